import Tensors

/// A convolution whose kernel is one element: it mixes the channels of each place.
///
/// A clip is one product whose columns are all places of all frames; a step is the same product with
/// the places of one frame. Nothing is copied and nothing remembered.
struct PointwiseConvolutionKernel: PointwiseKernel, FinishingKernel {
  let outputFrame: Shape
  let inputFrame: Shape
  let matrix: PackedMatrix
  /// The channels of a group in a frame.
  private let taps: TapOffsets
  /// What is done with the outputs.
  private(set) var finish: Finish?

  init(_ sizes: ConvolutionSizes, matrix: PackedMatrix) {
    inputFrame = sizes.inputFrame
    outputFrame = sizes.outputFrame
    self.matrix = matrix
    let plane = sizes.inputFrame.plane
    taps = TapOffsets((0..<matrix.columns).map { $0 * plane })
  }

  func finishing(with finish: Finish) -> PointwiseConvolutionKernel? {
    var kernel = self
    kernel.finish = finish
    return kernel
  }

  func apply(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>,
    scratch: inout MutableSpan<Float>
  ) {
    guard frames > 0 else { return }
    let plane = frames * inputFrame.plane
    multiply(input, taps: taps(plane: plane), into: &output, plane: plane)
  }

  /// The channels of a group where each is so many floats.
  func taps(plane: Int) -> TapOffsets {
    plane == inputFrame.plane ? taps : TapOffsets(matrix.columns, step: plane)
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
        taps: taps, finish: finish, into: &own, stride: plane, columns: plane)
    }
  }
}
