public import Tensors

/// Normalizes the last axes by their own mean and variance, as `torch.nn.LayerNorm`.
///
/// In a network of clips, the axes are those of space, since a stream has no axis of time; in one
/// that is applied to each frame, they can hold the channels too. Clip and step have the same bits.
public struct LayerNorm: Module {
  /// The lengths of the last axes.
  public let normalizedShape: [Int]

  /// What the normalized elements are multiplied by; nil for one.
  public let weight: Tensor?

  /// What is then added; nil for zero.
  public let bias: Tensor?

  /// What is added to the variance.
  public let eps: Double

  /// Whether the module is applied to each frame, whose axes then are counted.
  public let isFramewise: Bool

  /// Makes a normalization.
  ///
  /// - Parameters:
  ///   - normalizedShape: the lengths of the last axes, at least one.
  ///   - weight: of that shape; nil for `elementwise_affine=False`.
  ///   - bias: of that shape; nil for none.
  ///   - eps: what is added to the variance.
  ///   - isFramewise: whether the module is applied to each frame.
  /// - Throws: ``ModuleError`` where the shapes do not fit together.
  public init(
    normalizedShape: [Int], weight: Tensor?, bias: Tensor?, eps: Double = 1e-5,
    isFramewise: Bool = false
  ) throws(ModuleError) {
    self.normalizedShape = normalizedShape
    self.weight = weight
    self.bias = bias
    self.eps = eps
    self.isFramewise = isFramewise
    var check = ArgumentCheck()
    check.require("the number of axes of normalized_shape", [normalizedShape.count], in: 1...4)
    check.require("normalized_shape", normalizedShape, in: 1...ArgumentCheck.largest)
    for case (let name, let tensor?) in [("weight", weight), ("bias", bias)] {
      check.require(
        tensor.shape.axes == normalizedShape,
        .normalized(name, tensor.shape, expected: normalizedShape))
    }
    try check.finish()
  }

  public var typeName: String { "LayerNorm" }

  public var summary: String {
    "\(Arguments.tuple(normalizedShape)), eps=\(eps)"
      + (weight == nil ? ", elementwise_affine=False" : "")
  }

  public var parameterCount: Int { (weight?.shape.count ?? 0) + (bias?.shape.count ?? 0) }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    let frame = input.frame
    guard isFramewise || normalizedShape.count <= frame.rank - 2 else {
      throw ModuleError(
        .stream(.normalizedTime(axes: normalizedShape.count, frame: frame)))
    }
    guard frame.axes.suffix(normalizedShape.count) == normalizedShape[...] else {
      throw ModuleError(.frame(.normalized(frame: frame, expected: normalizedShape)))
    }
    return plan.append(
      LayerNormKernel(
        outputFrame: frame, size: normalizedShape.reduce(1, *), weight: weight?.scalars,
        bias: bias?.scalars, eps: eps),
      to: input)
  }
}

/// Normalizes runs of `size` elements of each frame.
///
/// Mean and variance are computed in double precision, one after the other, piece by piece. A piece
/// is what lies side by side in a clip: the run, or the part of it in one channel.
private struct LayerNormKernel: InPlaceKernel {
  let outputFrame: Shape
  let size: Int
  let weight: [Float]?
  let bias: [Float]?
  let eps: Double

  func apply(
    _ input: Span<Float>?, frames: Int, into output: inout MutableSpan<Float>,
    scratch: inout MutableSpan<Float>
  ) {
    let plane = outputFrame.plane
    let piece = min(size, plane)
    for time in 0..<frames {
      for start in stride(from: 0, to: outputFrame.count, by: size) {
        // Where the pieces of this run are: all of one plane, or one in each of several planes.
        let first = (start / plane * frames + time) * plane + start % plane
        normalize(
          input, Pieces(first: first, step: frames * plane, length: piece, count: size / piece),
          into: &output)
      }
    }
  }

  private struct Pieces {
    let first: Int
    let step: Int
    let length: Int
    let count: Int

    func range(_ index: Int) -> Range<Int> {
      first + index * step..<first + index * step + length
    }
  }

  /// The mean, and one over the root of the variance.
  private func moments(
    of pieces: Pieces, in source: Span<Float>
  ) -> (mean: Double, scale: Double) {
    var total = 0.0
    for index in 0..<pieces.count { total += sum(source.extracting(pieces.range(index))) }
    let mean = total / Double(size)
    var squares = 0.0
    for index in 0..<pieces.count {
      squares += sum(source.extracting(pieces.range(index))) { ($0 - mean) * ($0 - mean) }
    }
    return (mean, 1 / (squares / Double(size) + eps).squareRoot())
  }

  private func normalize(
    _ input: Span<Float>?, _ pieces: Pieces, into output: inout MutableSpan<Float>
  ) {
    let (mean, scale) =
      if let input { moments(of: pieces, in: input) } else { moments(of: pieces, in: output.span) }
    for index in 0..<pieces.count {
      map(input, pieces.range(index), into: &output) { Float((Double($0) - mean) * scale) }
      var target = output._mutatingExtracting(pieces.range(index))
      let elements = index * pieces.length..<(index + 1) * pieces.length
      if let weight {
        DenseLoops.multiply(&target, by: weight.span.extracting(elements))
      }
      if let bias { DenseLoops.add(bias.span.extracting(elements), to: &target) }
    }
  }
}
