import Tensors

/// Several matrices along one axis of the frames, each for a group of channels.
///
/// Of `K` matrices, those whose results are added are one matrix of `K * V` columns.
struct MatMulKernel: PointwiseKernel {
  let outputFrame: Shape
  private let inputFrame: Shape
  private let layout: AxisLayout
  private let matrix: PackedMatrix
  /// How many groups of channels one product reads, and how many groups of results there are.
  private let groupsRead: Int
  private let groupsMade: Int
  /// Whether each matrix reads the same channels.
  private let isRepeated: Bool
  /// The channels of one group.
  private let channels: Int
  /// The elements along the axis, before and after.
  private let length: Int
  private let outputLength: Int
  /// The inputs of one output in a group of channels, and in a frame.
  private let groupTaps: TapOffsets
  private let frameTaps: TapOffsets

  /// - Parameters:
  ///   - inputFrame: (B, C, S…).
  ///   - outputFrame: of the results.
  ///   - axis: its index in clips (B, C, T, S…), behind time.
  ///   - stack: what the matrices are applied to.
  ///   - transposed: (W, K V) where the results are added, otherwise (K, W, V).
  ///   - count: K.
  init(
    inputFrame: Shape, outputFrame: Shape, axis: Int, stack: MatMul.Stack, transposed: [Float],
    count: Int
  ) {
    self.inputFrame = inputFrame
    self.outputFrame = outputFrame
    layout = AxisLayout(axis, frame: inputFrame)
    length = inputFrame[axis - 1]
    outputLength = outputFrame[axis - 1]
    groupsRead = stack == .sum ? count : 1
    groupsMade = stack == .sum ? 1 : count
    isRepeated = stack == .repeated
    channels = outputFrame[1] / groupsMade
    matrix = PackedMatrix(transposed, biases: nil, groups: groupsMade, rows: outputLength)
    // Time is outside of the axis, so this is so for any number of frames.
    let inner = layout.sizes(frames: 1).inner
    let places = (0..<length).map { $0 * inner }
    groupTaps = TapOffsets(places)
    let group = channels * inputFrame.plane
    frameTaps = TapOffsets(
      (0..<groupsRead).flatMap { place in places.map { place * group + $0 } })
  }

  func apply(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>,
    scratch: inout MutableSpan<Float>
  ) {
    guard frames > 0, output.count > 0 else { return }
    let origin = DenseLoops.origin
    let taps =
      frames == 1
      ? frameTaps
      : TapOffsets(
        groupTaps, repeats: groupsRead, step: channels * inputFrame.plane * frames)
    let inner = layout.sizes(frames: frames).inner
    // The rows of one channel: all that is between it and the axis, time among it.
    let rows = inputFrame.plane * frames / (length * inner)
    let (channelIn, channelOut) = (rows * length * inner, rows * outputLength * inner)
    for batch in 0..<outputFrame[0] {
      for group in 0..<groupsMade {
        for channel in 0..<channels {
          let source = batch * inputFrame[1] + (isRepeated ? 0 : group * channels) + channel
          let target = batch * outputFrame[1] + group * channels + channel
          for row in 0..<rows {
            let from = source * channelIn + row * length * inner
            let to = target * channelOut + row * outputLength * inner
            var own = output._mutatingExtracting(to..<to + outputLength * inner)
            DenseLoops.multiply(
              matrix, group: group, by: input.extracting(from...), bases: origin.span,
              taps: taps, into: &own, stride: inner, columns: inner)
          }
        }
      }
    }
  }
}
