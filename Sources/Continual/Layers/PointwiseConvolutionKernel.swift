import Tensors

/// A convolution whose kernel is one element: it mixes the channels of each place.
///
/// A clip is one product whose columns are all places of all frames; a step is the same product with
/// the places of one frame. Nothing is copied and nothing remembered.
struct PointwiseConvolutionKernel: Kernel {
  let outputFrame: Shape
  private let inputFrame: Shape
  private let matrix: PackedMatrix
  /// The channels of a group in a frame.
  private let taps: TapOffsets

  init(_ sizes: ConvolutionSizes, matrix: PackedMatrix) {
    inputFrame = sizes.inputFrame
    outputFrame = sizes.outputFrame
    self.matrix = matrix
    let plane = sizes.inputFrame.plane
    taps = TapOffsets((0..<matrix.columns).map { $0 * plane })
  }

  func step(
    _ frame: Span<Float>, into output: inout MutableSpan<Float>,
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) -> Bool {
    multiply(frame, taps: taps, into: &output, plane: inputFrame.plane)
    return true
  }

  func forward(_ clip: Tensor) throws(ModuleError) -> Tensor {
    let frames = clip.shape[2]
    let shape = outputFrame.clip(frames: frames)
    var scalars = [Float](repeating: 0, count: shape.count)
    if frames > 0 {
      let plane = frames * inputFrame.plane
      var output = scalars.mutableSpan
      multiply(
        clip.scalars.span, taps: TapOffsets((0..<matrix.columns).map { $0 * plane }),
        into: &output, plane: plane)
    }
    return Tensor(shape, scalars)
  }

  /// Multiplies frames or clips whose channels are `plane` floats each.
  private func multiply(
    _ input: Span<Float>, taps: TapOffsets, into output: inout MutableSpan<Float>, plane: Int
  ) {
    let origin = DenseLoops.origin
    for part in 0..<inputFrame[0] * matrix.groups {
      let rows = matrix.rows * plane
      var own = output._mutatingExtracting(part * rows..<(part + 1) * rows)
      DenseLoops.multiply(
        matrix, group: part % matrix.groups,
        by: input.extracting((part * matrix.columns * plane)...), bases: origin.span,
        taps: taps,
        into: &own, stride: plane, columns: plane)
    }
  }
}
