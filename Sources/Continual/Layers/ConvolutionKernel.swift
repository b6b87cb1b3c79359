import Tensors

/// A convolution over a ring of the last frames.
///
/// The ring holds raw frames, padded and laid out as ``FrameLayout`` says. An output is made only in
/// steps where one is due. Each of its elements starts at the bias, and the products are added in the
/// order of the weights: time (the oldest frame first), input channel, height, width. The clip is
/// computed with the same ring, frame after frame, so that clip and step have the same bits.
struct ConvolutionKernel: Kernel {
  let outputFrame: Shape
  private let batch: Int
  private let channels: Int
  /// The floats of one channel of an input frame, and of an output frame.
  private let inputPlane: Int
  private let outputPlane: Int
  private let window: TemporalWindow
  /// What stands for missing frames of a clip, and of a stream.
  private let clipFill: PaddingMode
  private let streamFill: PaddingMode
  private let layout: FrameLayout
  private let matrix: PackedMatrix
  /// The taps of one group in one frame.
  private let taps: TapOffsets
  /// Whether an output is made of inputs at the same place only.
  private let isInTimeOnly: Bool
  /// Whether a frame is one number a channel, and each has a sum of its own, with the weights `lanes`
  /// (time, channel).
  private let isLanes: Bool
  private let lanes: [Float]
  /// How many rows of outputs are computed at once, where they cannot go straight to the output.
  private let chunkRows: Int

  /// Reads beyond the last stored frame, of outputs that are thrown away, stay within this.
  private static let slack = 16

  init(
    _ sizes: ConvolutionSizes, weight: Tensor, bias: Tensor?, layout: FrameLayout,
    window: TemporalWindow, clipFill: PaddingMode, streamFill: PaddingMode
  ) {
    outputFrame = sizes.outputFrame
    batch = sizes.inputFrame[0]
    channels = sizes.inputFrame[1]
    inputPlane = sizes.inputFrame.plane
    outputPlane = sizes.outputFrame.plane
    self.layout = layout
    self.window = window
    self.clipFill = clipFill
    self.streamFill = streamFill
    matrix = PackedMatrix(
      ConvolutionKernel.timeFirst(weight), biases: bias?.scalars, groups: sizes.groups,
      rows: weight.shape[0] / sizes.groups)
    var offsets: [Int] = []
    for channel in 0..<channels / sizes.groups {
      offsets += layout.taps.map { channel * layout.channelCount + $0 }
    }
    taps = TapOffsets(offsets)
    isInTimeOnly = layout.isCopy && layout.taps.count == 1
    isLanes =
      isInTimeOnly && inputPlane == 1 && sizes.groups == channels && weight.shape[0] == channels
    let depth = window.axis.kernel
    var lanes: [Float] = []
    if isLanes {
      for tap in 0..<depth {
        for channel in 0..<weight.shape[0] { lanes.append(weight.scalars[channel * depth + tap]) }
      }
    }
    self.lanes = lanes
    // Some hundred outputs at once: enough for the loops to run well, little enough to stay in cache.
    let most = max((matrix.rows == 1 ? 4096 : 480) / layout.width, 1)
    let chunks = (layout.outputs.rows + most - 1) / most
    chunkRows = (layout.outputs.rows + chunks - 1) / chunks
  }

  /// The weights (Cout, Cin / groups, kT, kS…) in the order (Cout, kT, Cin / groups, kS…).
  private static func timeFirst(_ weight: Tensor) -> [Float] {
    let (channels, depth) = (weight.shape[1], weight.shape[2])
    let plane = weight.shape.axes.dropFirst(3).reduce(1, *)
    var result: [Float] = []
    result.reserveCapacity(weight.shape.count)
    for output in 0..<weight.shape[0] {
      for time in 0..<depth {
        for channel in 0..<channels {
          let start = ((output * channels + channel) * depth + time) * plane
          result += weight.scalars[start..<start + plane]
        }
      }
    }
    return result
  }

  var timing: Timing { window.timing }

  /// The floats of one stored frame.
  private var frameCount: Int { batch * channels * layout.channelCount }

  var state: StateLayout {
    window.isStateless
      ? StateLayout(counters: TemporalWindow.counters)
      : StateLayout(
        floats: window.slots * frameCount + ConvolutionKernel.slack,
        counters: TemporalWindow.counters)
  }

  /// The work space of a product, then that of a stored frame where there is no ring.
  var scratch: Int { productCount + storedCount }

  private var storedCount: Int {
    window.isStateless && !layout.isCopy ? frameCount + ConvolutionKernel.slack : 0
  }

  /// Whether rows of outputs follow one another without a gap.
  private var isGapless: Bool { layout.width == layout.outputs.columns }

  /// Whether each channel is convolved by itself, and its outputs are one chunk.
  private var isOnePlaneEach: Bool {
    matrix.rows == 1 && matrix.groups == channels && !isGapless
      && chunkRows == layout.outputs.rows
  }

  private var productCount: Int {
    isGapless
      ? 0 : matrix.rows * chunkColumns(ofRows: chunkRows, slack: ConvolutionKernel.slack)
  }

  func outputLength(ofClip frames: Int) -> Int? {
    frames > 0 ? window.axis.outputLength(of: frames) : nil
  }
}

// MARK: - Steps

extension ConvolutionKernel {
  func step(
    _ frame: Span<Float>, into output: inout MutableSpan<Float>,
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) -> Bool {
    let index = counters[0]
    counters[0] += 1
    if window.isStateless {
      guard window.isDue(atFrame: index) else { return false }
      computeAlone(frame, into: &output, scratch: &scratch)
      return true
    }
    store(frame, at: 0, stride: inputPlane, into: &memory, slot: window.slot(ofFrame: index))
    if index == 0 && window.axis.before > 0 && streamFill == .replicate {
      for slot in 1..<window.slots { copyFrame(from: 0, to: slot, in: &memory) }
    }
    guard window.isDue(atFrame: index) else { return false }
    compute(
      memory.span, slack: ConvolutionKernel.slack,
      bases: window.bases.span.extracting(window.bases(atFrame: index)),
      into: &output, stride: outputPlane, scratch: &scratch)
    return true
  }

  /// Computes an output frame from one input frame, where no frame has to be kept.
  private func computeAlone(
    _ frame: Span<Float>, into output: inout MutableSpan<Float>,
    scratch: inout MutableSpan<Float>
  ) {
    let bases = window.bases.span.extracting(window.bases(atFrame: 0))
    if layout.isCopy {
      compute(
        frame, slack: 0, bases: bases, into: &output, stride: outputPlane, scratch: &scratch)
    } else {
      var stored = scratch._mutatingExtracting(productCount..<productCount + storedCount)
      layout.store(batch * channels, from: frame, stride: inputPlane, into: &stored)
      compute(
        nil, slack: ConvolutionKernel.slack, bases: bases, into: &output, stride: outputPlane,
        scratch: &scratch)
    }
  }

  func drain(
    into output: inout MutableSpan<Float>,
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) -> Bool {
    while counters[0] > 0 && counters[1] < window.drainable {
      let index = counters[0]
      counters[0] += 1
      counters[1] += 1
      let slot = window.slot(ofFrame: index)
      if streamFill == .replicate {
        copyFrame(from: window.slot(ofFrame: index - 1), to: slot, in: &memory)
      } else {
        clearFrame(slot, in: &memory)
      }
      if window.isDue(atFrame: index) {
        compute(
          memory.span, slack: ConvolutionKernel.slack,
          bases: window.bases.span.extracting(window.bases(atFrame: index)),
          into: &output, stride: outputPlane, scratch: &scratch)
        return true
      }
    }
    return false
  }
}

// MARK: - Clips

extension ConvolutionKernel {
  func forward(_ clip: Tensor) throws(ModuleError) -> Tensor {
    let axis = window.axis
    let frames = clip.shape[2]
    guard let length = outputLength(ofClip: frames) else {
      throw ModuleError(
        .clipTooShort,
        "the clip has \(frames) frames and \(axis.before + axis.after) of padding, but the kernel "
          + "spans \(axis.span) frames")
    }
    guard clipFill.accepts(padding: max(axis.before, axis.after), length: frames) else {
      throw ModuleError(
        .clipTooShort,
        "the clip has \(frames) frames, too few for \(clipFill.rawValue) padding of "
          + "\(max(axis.before, axis.after)) frames")
    }
    guard Size.product(outputFrame.axes + [length]) != nil else {
      throw ModuleError(
        .argument, "\(length) frames \(outputFrame) are more than can be held at once")
    }
    let shape = outputFrame.clip(frames: length)
    var scalars = [Float](repeating: 0, count: shape.count)
    var output = scalars.mutableSpan
    if let time = timeLayout(frames: frames) {
      convolveInTime(clip.scalars.span, frames: frames, time, into: &output)
    } else {
      convolve(clip.scalars.span, frames: frames, into: &output, length: length)
    }
    return Tensor(shape, scalars)
  }

  /// How a clip is laid out for a convolution that leaves space alone; nil for others.
  ///
  /// It is padded in time and cut into phases of the stride in time.
  private func timeLayout(frames: Int) -> FrameLayout? {
    guard isInTimeOnly else { return nil }
    let layout =
      inputPlane == 1
      ? FrameLayout(
        rows: WindowAxis(), of: 1, columns: window.axis, of: frames, mode: clipFill)
      : FrameLayout(
        rows: window.axis, of: frames, columns: WindowAxis(), of: inputPlane, mode: clipFill)
    guard let layout, Size.product([channels, layout.channelCount]) != nil else { return nil }
    return layout
  }

  /// Computes all outputs of a clip as one product, whose columns are all places of all outputs.
  private func convolveInTime(
    _ clip: Span<Float>, frames: Int, _ time: FrameLayout, into output: inout MutableSpan<Float>
  ) {
    let columns = time.outputs.rows * time.outputs.columns
    let taps = TapOffsets((0..<channels / matrix.groups).map { $0 * time.channelCount })
    var stored = [Float](repeating: 0, count: channels * time.channelCount)
    for item in 0..<batch {
      var target = stored.mutableSpan
      time.store(
        channels, from: clip.extracting((item * channels * frames * inputPlane)...),
        stride: frames * inputPlane, into: &target)
      for group in 0..<matrix.groups {
        let start = (item * matrix.groups + group) * matrix.rows * columns
        var own = output._mutatingExtracting(start..<start + matrix.rows * columns)
        DenseLoops.multiply(
          matrix, group: group,
          by: target.span.extracting((group * taps.offsets.count * time.channelCount)...),
          bases: time.taps.span, taps: taps, into: &own, stride: columns, columns: columns)
      }
    }
  }

  /// Computes the outputs of a clip one after the other, in a ring of its own.
  private func convolve(
    _ clip: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, length: Int
  ) {
    let axis = window.axis
    let ring = TemporalWindow(
      WindowAxis(kernel: axis.kernel, stride: axis.stride, dilation: axis.dilation),
      frameCount: frameCount)
    var memory = [Float](
      repeating: 0, count: ring.slots * frameCount + ConvolutionKernel.slack)
    var scratch = [Float](repeating: 0, count: scratch)
    var stored = memory.mutableSpan
    var work = scratch.mutableSpan
    // Padded frames are numbered from zero; the last window may end before the last of them.
    for index in 0..<(length - 1) * axis.stride + axis.span {
      let slot = ring.slot(ofFrame: index)
      if let time = clipFill.source(of: index - axis.before, length: frames) {
        store(
          clip, at: time * inputPlane, stride: frames * inputPlane, into: &stored, slot: slot)
      } else {
        clearFrame(slot, in: &stored)
      }
      guard ring.isDue(atFrame: index) else { continue }
      let time = (index - (axis.span - 1)) / axis.stride
      var own = output._mutatingExtracting((time * outputPlane)...)
      compute(
        stored.span, slack: ConvolutionKernel.slack,
        bases: ring.bases.span.extracting(ring.bases(atFrame: index)), into: &own,
        stride: length * outputPlane, scratch: &work)
    }
  }
}

// MARK: - Frames in the ring

extension ConvolutionKernel {
  /// Stores a frame whose channels are `stride` floats apart, the first one at `start`.
  private func store(
    _ source: Span<Float>, at start: Int, stride: Int, into memory: inout MutableSpan<Float>,
    slot: Int
  ) {
    var own = memory._mutatingExtracting(slot * frameCount..<(slot + 1) * frameCount)
    layout.store(
      batch * channels, from: source.extracting(start...), stride: stride, into: &own)
  }

  private func copyFrame(from: Int, to: Int, in memory: inout MutableSpan<Float>) {
    for index in 0..<frameCount {
      memory[to * frameCount + index] = memory[from * frameCount + index]
    }
  }

  private func clearFrame(_ slot: Int, in memory: inout MutableSpan<Float>) {
    var own = memory._mutatingExtracting(slot * frameCount..<(slot + 1) * frameCount)
    for index in own.indices { own[index] = 0 }
  }
}

// MARK: - Products

extension ConvolutionKernel {
  /// Computes an output frame whose channels are `stride` floats apart.
  ///
  /// Without `frames`, the only stored frame is in the work space behind the product. There are
  /// `slack` floats behind the last frame.
  private func compute(
    _ frames: Span<Float>?, slack: Int, bases: Span<Int>, into output: inout MutableSpan<Float>,
    stride: Int, scratch: inout MutableSpan<Float>
  ) {
    for item in 0..<batch {
      if isLanes && stride == 1, let frames {
        var own = output._mutatingExtracting(item * channels..<(item + 1) * channels)
        DenseLoops.multiplyLanes(
          lanes.span, biases: matrix.biases.span, by: frames.extracting((item * channels)...),
          bases: bases, into: &own)
        continue
      }
      if isOnePlaneEach, let frames {
        var own = output._mutatingExtracting((item * matrix.groups * stride)...)
        DenseLoops.multiplyPlanes(
          matrix, by: frames.extracting((item * channels * layout.channelCount)...),
          plane: layout.channelCount, bases: bases, taps: taps, product: &scratch, into: &own,
          stride: stride, rows: layout.outputs.rows, columns: layout.outputs.columns,
          width: layout.width,
          computed: chunkColumns(ofRows: layout.outputs.rows, slack: slack))
        continue
      }
      for group in 0..<matrix.groups {
        let source =
          (item * channels + group * (channels / matrix.groups)) * layout.channelCount
        let target = (item * matrix.groups + group) * matrix.rows * stride
        if isGapless {
          var own = output._mutatingExtracting(target...)
          if let frames {
            DenseLoops.multiply(
              matrix, group: group, by: frames.extracting(source...), bases: bases, taps: taps,
              into: &own, stride: stride, columns: outputPlane)
          } else {
            DenseLoops.multiply(
              matrix, group: group, by: scratch.span.extracting((productCount + source)...),
              bases: bases, taps: taps, into: &own, stride: stride, columns: outputPlane)
          }
          continue
        }
        for row in Swift.stride(from: 0, to: layout.outputs.rows, by: chunkRows) {
          let rows = min(chunkRows, layout.outputs.rows - row)
          let columns = chunkColumns(ofRows: rows, slack: slack)
          let first = source + row * layout.width
          if let frames {
            DenseLoops.multiply(
              matrix, group: group, by: frames.extracting(first...), bases: bases, taps: taps,
              into: &scratch, stride: columns, columns: columns)
          } else {
            DenseLoops.multiply(
              matrix, group: group, within: &scratch,
              by: productCount + first..<productCount + storedCount, bases: bases, taps: taps,
              into: 0..<productCount, stride: columns, columns: columns)
          }
          copyProduct(
            scratch.span, rowStride: columns, rows: rows, into: &output,
            at: target + row * layout.outputs.columns, stride: stride)
        }
      }
    }
  }

  /// The outputs of some rows with those between the rows, in whole vectors where the slack allows.
  private func chunkColumns(ofRows rows: Int, slack: Int) -> Int {
    let columns = (rows - 1) * layout.width + layout.outputs.columns
    return slack < ConvolutionKernel.slack ? columns : (columns + 15) / 16 * 16
  }

  /// Copies the outputs of some rows, without those between the rows.
  private func copyProduct(
    _ product: Span<Float>, rowStride: Int, rows: Int, into output: inout MutableSpan<Float>,
    at start: Int, stride: Int
  ) {
    for channel in 0..<matrix.rows {
      var own = output._mutatingExtracting((start + channel * stride)...)
      DenseLoops.copyRows(
        product.extracting((channel * rowStride)...), stride: layout.width, into: &own,
        stride: layout.outputs.columns, rows: rows, columns: layout.outputs.columns)
    }
  }
}
