import Tensors

/// A matrix product along one axis of a frame, and along one, perhaps another, of a clip.
struct LinearKernel: Kernel {
  let outputFrame: Shape
  private let clipAxis: Int
  private let stepAxis: Int
  private let clipLayout: AxisLayout
  private let stepLayout: AxisLayout
  private let matrix: PackedMatrix
  /// The inputs of one output in a frame.
  private let taps: TapOffsets

  init(
    inputFrame: Shape, outputFrame: Shape, clipAxis: Int, stepAxis: Int, matrix: PackedMatrix
  ) {
    self.outputFrame = outputFrame
    self.clipAxis = clipAxis
    self.stepAxis = stepAxis
    self.matrix = matrix
    clipLayout = AxisLayout(clipAxis, frame: inputFrame)
    stepLayout = AxisLayout(stepAxis, frame: inputFrame)
    let inner = stepLayout.sizes(frames: 1).inner
    taps = TapOffsets((0..<matrix.columns).map { $0 * inner })
  }

  func outputLength(ofClip frames: Int) -> Int? {
    guard clipAxis == AxisLayout.time else { return frames }
    return frames == matrix.columns ? matrix.rows : nil
  }

  func step(
    _ frame: Span<Float>, into output: inout MutableSpan<Float>,
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) -> Bool {
    multiply(frame, stepLayout, frames: 1, taps: taps, into: &output)
    return true
  }

  func forward(_ clip: Tensor) throws(ModuleError) -> Tensor {
    let frames = clip.shape[2]
    let shape = try outputShape(of: clip.shape)
    var scalars = [Float](repeating: 0, count: shape.count)
    if frames > 0 {
      let inner = clipLayout.sizes(frames: frames).inner
      var output = scalars.mutableSpan
      multiply(
        clip.scalars.span, clipLayout, frames: frames,
        taps: TapOffsets((0..<matrix.columns).map { $0 * inner }), into: &output)
    }
    return Tensor(shape, scalars)
  }

  /// The shape that `forward` makes of a clip.
  ///
  /// - Throws: ``ModuleError`` where the axis of the clip is another one than that of the frames, and
  ///   does not fit, or leaves frames of another shape than steps do.
  private func outputShape(of clip: Shape) throws(ModuleError) -> Shape {
    guard clipAxis != stepAxis else { return outputFrame.clip(frames: clip[2]) }
    guard clip[clipAxis] == matrix.columns else {
      throw ModuleError(
        .shape,
        "the clip has shape \(clip) with \(clip[clipAxis]) elements on axis \(clipAxis), but in_features "
          + "is \(matrix.columns); in steps the module works on another axis, and channel_dim=1 means the "
          + "channels in both")
    }
    var axes = clip.axes
    axes[clipAxis] = matrix.rows
    let shape = Shape(axes)
    guard shape.frame == outputFrame else {
      throw ModuleError(
        .shape,
        "makes frames \(shape.frame) of the clip \(clip), and frames \(outputFrame) in steps, where it works "
          + "on another axis; channel_dim=1 means the channels in both")
    }
    return shape
  }

  /// Multiplies along an axis; the product of a row with many places beside it is one call.
  private func multiply(
    _ input: Span<Float>, _ layout: AxisLayout, frames: Int, taps: TapOffsets,
    into output: inout MutableSpan<Float>
  ) {
    let (outer, _, inner) = layout.sizes(frames: frames)
    let origin = DenseLoops.origin
    for row in 0..<outer {
      var own = output._mutatingExtracting(
        row * matrix.rows * inner..<(row + 1) * matrix.rows * inner)
      DenseLoops.multiply(
        matrix, by: input.extracting((row * matrix.columns * inner)...),
        bases: origin.span, taps: taps,
        into: &own, stride: inner, columns: inner)
    }
  }
}
