public import Tensors

/// Normalizes groups of channels by their own mean and variance, as `torch.nn.GroupNorm`.
///
/// Takes and makes clips of any shape. The statistics are those of a group of channels in one batch
/// entry: over the whole clip in `forward`, and over one frame in steps, as in the Python library.
/// Both mean different things unless the module is applied to each frame.
public struct GroupNorm: Module {
  /// The number of groups, each of the same number of channels.
  public let groups: Int

  /// What the normalized channels are multiplied by; nil for one.
  public let weight: Tensor?

  /// What is then added; nil for zero.
  public let bias: Tensor?

  /// What is added to the variance.
  public let eps: Double

  /// Whether the module is applied to each frame.
  public let isFramewise: Bool

  /// Makes a normalization.
  ///
  /// - Parameters:
  ///   - groups: `num_groups`, which divides the number of channels.
  ///   - weight: (C); nil for `affine=False`.
  ///   - bias: (C); nil for `affine=False`.
  ///   - eps: what is added to the variance.
  ///   - isFramewise: whether the module is applied to each frame.
  /// - Throws: ``ModuleError`` where the arguments do not fit together.
  public init(
    groups: Int, weight: Tensor?, bias: Tensor?, eps: Double = 1e-5, isFramewise: Bool = false
  ) throws(ModuleError) {
    self.groups = groups
    self.weight = weight
    self.bias = bias
    self.eps = eps
    self.isFramewise = isFramewise
    var check = ArgumentCheck()
    check.require("num_groups", [groups], in: 1...ArgumentCheck.largest)
    check.requireChannels([("weight", weight), ("bias", bias)])
    try check.finish()
  }

  public var typeName: String { "GroupNorm" }

  public var summary: String {
    var words = [String(groups)]
    if let channels { words.append(String(channels)) }
    words.append("eps=\(eps)")
    if channels == nil { words.append("affine=False") }
    return words.joined(separator: ", ")
  }

  public var parameterCount: Int { (weight?.shape.count ?? 0) + (bias?.shape.count ?? 0) }

  private var channels: Int? { (weight ?? bias)?.shape.count }

  public func divergence(frame: Shape) -> String? {
    guard !isFramewise else { return nil }
    return "takes the statistics of the whole clip, and in steps those of each frame"
  }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    let frame = input.frame
    try checkChannels(channels, of: frame)
    guard frame[1].isMultiple(of: groups) else {
      throw ModuleError(.frame(.groups(frame: frame, "num_groups", groups)))
    }
    return plan.append(
      StatisticsNormKernel(
        frame: frame, groups: .channels(frame[1] / groups), weight: weight?.scalars,
        bias: bias?.scalars,
        eps: eps, isFramewise: isFramewise),
      to: input)
  }
}
