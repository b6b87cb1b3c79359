import Tensors

/// A matrix product along one axis of a frame, and along one, perhaps another, of a clip.
struct LinearKernel: Kernel {
  let outputFrame: Shape
  private let inputFrame: Shape
  private let clipAxis: Int
  private let stepAxis: Int
  private let clipLayout: AxisLayout
  private let stepLayout: AxisLayout
  private let matrix: PackedMatrix
  /// The inputs of one output in a frame.
  private let taps: TapOffsets
  /// Few places beside a row are too few to read all weights for: rows are then put side by side, at most so
  /// many columns of them.
  private static let mostColumns = 48

  init(
    inputFrame: Shape, outputFrame: Shape, clipAxis: Int, stepAxis: Int, matrix: PackedMatrix
  ) {
    self.inputFrame = inputFrame
    self.outputFrame = outputFrame
    self.clipAxis = clipAxis
    self.stepAxis = stepAxis
    self.matrix = matrix
    clipLayout = AxisLayout(clipAxis, frame: inputFrame)
    stepLayout = AxisLayout(stepAxis, frame: inputFrame)
    let inner = stepLayout.sizes(frames: 1).inner
    taps = TapOffsets((0..<matrix.columns).map { $0 * inner })
  }

  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    multiply(input, stepLayout, frames: frames, into: &output, scratch: &scratch)
  }

  func forward(
    _ clip: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) throws(ModuleError) {
    multiply(clip, clipLayout, frames: frames, into: &output, scratch: &scratch)
  }

  func scratch(frames: Int) -> Int {
    [clipLayout, stepLayout].map { scratch($0.sizes(frames: frames)) }.max() ?? 0
  }

  /// Room for the input and the output of rows side by side, also of fewer frames, of which more rows are.
  private func scratch(_ sizes: (outer: Int, length: Int, inner: Int)) -> Int {
    guard matrix.columns <= TapOffsets.mostRepeated else { return 0 }
    return (matrix.columns + matrix.rows)
      * min(LinearKernel.mostColumns, sizes.outer.times(sizes.inner))
  }

  /// How many rows are put side by side; none where there is enough to do beside each, or where a step would
  /// have to make a table of places.
  private func rowsAtOnce(_ outer: Int, inner: Int) -> Int {
    outer > 1 && inner > 0 && 2 * inner <= LinearKernel.mostColumns
      && matrix.columns <= TapOffsets.mostRepeated
      ? min(outer, LinearKernel.mostColumns / inner) : 0
  }

  func outputLength(ofClip frames: Int) throws(ModuleError) -> Int {
    clipAxis == AxisLayout.time ? try outputShape(ofClip: frames)[2] : frames
  }

  /// The shape that `forward` makes of a clip.
  ///
  /// - Throws: ``ModuleError`` where the axis of the clip is another one than that of the frames, and
  ///   does not fit, or leaves frames of another shape than steps do.
  func outputShape(ofClip frames: Int) throws(ModuleError) -> Shape {
    guard clipAxis != stepAxis else { return outputFrame.clip(frames: frames) }
    let clip = inputFrame.clip(frames: frames)
    guard clip[clipAxis] == matrix.columns else {
      throw ModuleError(
        .frame(.featuresOfClip(clip: clip, axis: clipAxis, expected: matrix.columns)))
    }
    var axes = clip.axes
    axes[clipAxis] = matrix.rows
    let shape = Shape(axes)
    guard shape.frame == outputFrame else {
      throw ModuleError(
        .frame(.otherInSteps(shape.frame, of: clip, inSteps: outputFrame)))
    }
    return shape
  }

  /// Multiplies along an axis; the product of a row with many places beside it is one call.
  private func multiply(
    _ input: Span<Float>, _ layout: AxisLayout, frames: Int,
    into output: inout MutableSpan<Float>, scratch: inout MutableSpan<Float>
  ) {
    guard frames > 0 else { return }
    let (outer, _, inner) = layout.sizes(frames: frames)
    let together = rowsAtOnce(outer, inner: inner)
    if together > 1 {
      var row = 0
      while row < outer {
        let count = min(together, outer - row)
        multiply(rows: row..<row + count, inner, input, into: &output, scratch: &scratch)
        row += count
      }
      return
    }
    let taps =
      frames == 1 && layout == stepLayout
      ? taps : TapOffsets(matrix.columns, step: inner)
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

  /// Multiplies some rows side by side, as one product: each output has the same sum as without the others.
  private func multiply(
    rows: Range<Int>, _ inner: Int, _ input: Span<Float>, into output: inout MutableSpan<Float>,
    scratch: inout MutableSpan<Float>
  ) {
    let width = rows.count * inner
    let product = matrix.columns * width
    var gathered = scratch._mutatingExtracting(0..<product)
    DenseLoops.swapAxes(
      input.extracting((rows.lowerBound * matrix.columns * inner)...), (rows.count, matrix.columns),
      of: inner, into: &gathered)
    let origin = DenseLoops.origin
    DenseLoops.withParts(
      of: &scratch, reading: 0..<product, writing: product..<product + matrix.rows * width
    ) { source, target in
      DenseLoops.multiply(
        matrix, by: source, bases: origin.span, taps: TapOffsets(matrix.columns, step: width),
        into: &target, stride: width, columns: width)
    }
    var own = output._mutatingExtracting((rows.lowerBound * matrix.rows * inner)...)
    DenseLoops.swapAxes(
      scratch.span.extracting(product..<product + matrix.rows * width), (matrix.rows, rows.count),
      of: inner, into: &own)
  }
}
