import Tensors

/// The sums of one frame of outputs, by one of the strategies.
///
/// The frames that are multiplied are laid out as ``FrameLayout`` says; where they are is told by a base
/// for each tap in time.
struct ConvolutionProduct: Sendable {
  let strategy: ConvolutionStrategy
  let batch: Int
  let channels: Int
  let matrix: PackedMatrix
  let layout: FrameLayout
  /// What does the work of ``ConvolutionStrategy/interleaved``.
  private(set) var interleaved: InterleavedProduct?
  /// What is done with the outputs.
  private(set) var finish: Finish?
  /// The taps of one group in one frame.
  private let taps: TapOffsets
  /// The weights (time, channel) of ``ConvolutionStrategy/lanes``.
  private let lanes: [Float]
  /// The floats of a channel of the output.
  private let plane: Int

  /// Reads beyond the last stored frame, of outputs that are thrown away, stay within this.
  static let slack = 16

  init(
    _ sizes: ConvolutionSizes, _ strategy: ConvolutionStrategy, matrix: PackedMatrix,
    layout: FrameLayout
  ) {
    self.strategy = strategy
    self.matrix = matrix
    self.layout = layout
    batch = sizes.inputFrame[0]
    let channels = sizes.inputFrame[1]
    self.channels = channels
    plane = sizes.outputFrame.plane
    taps = TapOffsets(
      (0..<channels / sizes.groups).flatMap { channel in
        layout.taps.map { channel * layout.channelCount + $0 }
      })
    let depth = sizes.windows[0].kernel
    lanes =
      strategy == .lanes
      ? matrix.withPanels { panels in
        (0..<depth).flatMap { tap in (0..<channels).map { panels[$0 * depth + tap] } }
      } : []
    if strategy == .interleaved, let layout = InterleavedLayout(sizes, mode: .zeros) {
      interleaved = InterleavedProduct(matrix, layout)
    }
  }

  /// The floats of the stored frame of an element of a batch, and of all.
  private var itemCount: Int { interleaved?.layout.frameCount ?? channels * layout.channelCount }
  var frameCount: Int { batch * itemCount }

  /// Whether a stored frame is the frame itself.
  var isCopy: Bool { interleaved == nil && layout.isCopy }

  /// Has outputs finished.
  mutating func finish(with finish: Finish) {
    self.finish = finish
    interleaved?.finish(with: finish)
  }

  /// Stores a frame.
  ///
  /// - Parameters:
  ///   - frame: (B, C, S…), from its first float on.
  ///   - stride: the floats from one channel of the frame to the next.
  ///   - target: all zeros, or what this function has left there before.
  func store(_ frame: Span<Float>, stride: Int, into target: inout MutableSpan<Float>) {
    guard let interleaved else {
      return layout.store(batch * channels, from: frame, stride: stride, into: &target)
    }
    for item in 0..<batch {
      var own = target._mutatingExtracting((item * itemCount)...)
      interleaved.layout.store(
        frame.extracting((item * channels * stride)...), stride: stride, into: &own)
    }
  }

  /// The floats of work space.
  var scratch: Int {
    switch strategy {
    case .pointwise, .lanes, .temporal, .gapless, .spread: 0
    case .interleaved: interleaved?.scratch ?? 0
    case .planes: planeColumns(slack: ConvolutionProduct.slack)
    case .chunks(let rows):
      lines(of: rows, slack: ConvolutionProduct.slack).product(rows: matrix.rows)
    }
  }

  /// Computes an output frame.
  ///
  /// - Parameters:
  ///   - frames: what the stored frames are part of.
  ///   - slack: the floats that may be read behind the last frame.
  ///   - bases: where the frames of the window start, the oldest first.
  ///   - output: the frame, whose channels are `stride` floats apart.
  ///   - stride: as many as a frame has for each channel, or more.
  ///   - work: at least ``scratch`` floats.
  func compute(
    _ frames: Span<Float>, slack: Int, bases: Span<Int>, into output: inout MutableSpan<Float>,
    stride: Int, work: inout MutableSpan<Float>
  ) {
    for item in 0..<batch {
      let own = frames.extracting((item * itemCount)...)
      var target = output._mutatingExtracting((item * matrix.groups * matrix.rows * stride)...)
      switch strategy {
      case .lanes where stride == 1:
        DenseLoops.multiplyLanes(
          lanes.span, biases: matrix.biases.span, by: own, bases: bases, into: &target)
        if let finish {
          DenseLoops.finish(finish, rows: matrix.groups * matrix.rows, columns: 1, of: &target)
        }
      case .pointwise, .lanes, .temporal, .gapless, .spread:
        multiplyAtOnce(own, bases, into: &target, stride)
      case .interleaved:
        interleaved?.compute(own, bases: bases, into: &target, stride: stride, work: &work)
      case .planes: multiplyPlanes(own, slack, bases, into: &target, stride, &work)
      case .chunks(let rows):
        multiplyLines(lines(of: rows, slack: slack), own, bases, into: &target, stride, &work)
      }
    }
  }

  /// Computes each group straight into the output.
  private func multiplyAtOnce(
    _ frames: Span<Float>, _ bases: Span<Int>, into output: inout MutableSpan<Float>, _ stride: Int
  ) {
    let source = channels / matrix.groups * layout.channelCount
    for group in 0..<matrix.groups {
      var own = output._mutatingExtracting((group * matrix.rows * stride)...)
      DenseLoops.multiply(
        matrix, group: group, by: frames.extracting((group * source)...), bases: bases, taps: taps,
        finish: finish, into: &own, stride: stride, columns: plane)
    }
  }

  /// Computes all groups, of one output channel each.
  private func multiplyPlanes(
    _ frames: Span<Float>, _ slack: Int, _ bases: Span<Int>, into output: inout MutableSpan<Float>,
    _ stride: Int, _ work: inout MutableSpan<Float>
  ) {
    DenseLoops.multiplyPlanes(
      matrix, by: frames, plane: channels / matrix.groups * layout.channelCount, bases: bases,
      taps: taps, finish: finish, product: &work, into: &output, stride: stride,
      rows: layout.outputs.rows,
      columns: layout.outputs.columns, width: layout.width,
      computed: planeColumns(slack: slack))
  }

  /// Computes each group without what is between rows of outputs.
  private func multiplyLines(
    _ lines: DenseLoops.Lines, _ frames: Span<Float>, _ bases: Span<Int>,
    into output: inout MutableSpan<Float>, _ stride: Int, _ work: inout MutableSpan<Float>
  ) {
    let source = channels / matrix.groups * layout.channelCount
    for group in 0..<matrix.groups {
      var own = output._mutatingExtracting((group * matrix.rows * stride)...)
      DenseLoops.multiplyLines(
        matrix, group: group, by: frames.extracting((group * source)...), bases: bases, taps: taps,
        finish: finish, lines, product: &work, into: &own, stride: stride)
    }
  }

  /// The rows of outputs of a plane, of which so many are computed at once.
  private func lines(of most: Int, slack: Int) -> DenseLoops.Lines {
    .init(
      count: layout.outputs.rows, columns: layout.outputs.columns, width: layout.width,
      slack: slack, atOnce: most)
  }

  /// The outputs of a plane, of which the last row may be computed as a whole vector.
  private func planeColumns(slack: Int) -> Int {
    let rows = layout.outputs.rows
    let columns = lines(of: rows, slack: slack).computed(rows)
    guard slack >= ConvolutionProduct.slack else { return columns }
    return max(columns, (rows - 1) * layout.width + ConvolutionProduct.slack)
  }
}
