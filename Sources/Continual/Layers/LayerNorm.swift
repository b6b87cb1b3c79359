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
/// A run lies in one piece, or in planes of several channels; where these are single numbers, the runs of all
/// frames are the columns of a matrix.
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
    guard size > plane else {
      // One run follows the other, whatever the number of frames.
      return NormLoops.standardizeRuns(
        input, into: &output, size: size, eps: eps, weight: weight?.span, bias: bias?.span)
    }
    for first in stride(from: 0, to: outputFrame.count / plane, by: size / plane) {
      if plane == 1 {
        let own = first * frames..<(first + size) * frames
        var target = output._mutatingExtracting(own)
        NormLoops.normalizeColumns(
          input?.extracting(own), into: &target, size: size, eps: eps, weight: weight?.span,
          bias: bias?.span)
        continue
      }
      for time in 0..<frames {
        standardize(input, from: (first * frames + time) * plane, frames: frames, into: &output)
      }
    }
  }

  /// Normalizes a run of planes that are `frames` planes apart.
  private func standardize(
    _ input: Span<Float>?, from first: Int, frames: Int, into output: inout MutableSpan<Float>
  ) {
    let plane = outputFrame.plane
    let rows = NormLoops.Rows(count: size / plane, length: plane, stride: frames * plane)
    let all = first..<first + (rows.count - 1) * rows.stride + plane
    let (mean, variance) =
      if let input {
        NormLoops.moments(input.extracting(all), rows)
      } else {
        NormLoops.moments(output.span.extracting(all), rows)
      }
    let scale = 1 / (variance + eps).squareRoot()
    for index in 0..<rows.count {
      let own = index * plane..<(index + 1) * plane
      let start = first + index * rows.stride
      var target = output._mutatingExtracting(start..<start + plane)
      NormLoops.standardize(
        input?.extracting(start..<start + plane), into: &target, mean: mean, scale: scale,
        weight: weight?.span.extracting(own), bias: bias?.span.extracting(own))
    }
  }
}
