public import Tensors

/// Shifts and scales each channel, as `BatchNorm1d` to `BatchNorm3d` and `InstanceNorm1d` to
/// `InstanceNorm3d` of `torch.nn` in evaluation mode.
///
/// Takes and makes (B, C, T), (B, C, T, S) or (B, C, T, H, W), by the number of dimensions.
///
/// * With stored statistics, mean, variance, weight and bias are fused to one scale and one shift in
///   double precision; an element costs one multiplication and one addition. Clip and step have the
///   same bits.
/// * Without (`track_running_stats=False`), the statistics are those of the input, of the whole batch or
///   of each batch entry: over the whole clip in `forward`, over one frame in steps, as in the Python
///   library. Both mean different things unless the module is applied to each frame anyway.
public struct BatchNorm: Module {
  /// Which class of `torch.nn` it is.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The statistics of the input, where there are no others, are those of the whole batch.
    case batch = "BatchNorm"
    /// They are those of each batch entry.
    case instance = "InstanceNorm"
  }

  /// Which class of `torch.nn` it is.
  public let kind: Kind

  /// 1, 2 or 3, as in `BatchNorm1d`.
  public let dimensions: Int

  /// What the normalized channels are multiplied by; nil for one.
  public let weight: Tensor?

  /// What is then added; nil for zero.
  public let bias: Tensor?

  /// The mean and the variance of each channel; nil where those of the input are taken.
  public let statistics: Statistics?

  /// What is added to the variance.
  public let eps: Double

  /// Whether the module is applied to each frame and counts the axes of frames.
  public let isFramewise: Bool

  /// What training has measured.
  public struct Statistics: Hashable, Sendable {
    /// `running_mean`, (C).
    public let mean: Tensor
    /// `running_var`, (C).
    public let variance: Tensor
  }

  /// Makes a normalization.
  ///
  /// - Parameters:
  ///   - kind: of the batch or of each entry.
  ///   - dimensions: 1, 2 or 3, as in `BatchNorm1d`.
  ///   - weight: (C); nil for `affine=False`.
  ///   - bias: (C); nil for `affine=False`.
  ///   - runningMean: (C); nil for `track_running_stats=False`.
  ///   - runningVariance: (C); nil for `track_running_stats=False`.
  ///   - eps: what is added to the variance.
  ///   - isFramewise: whether the module is applied to each frame, whose axes it then counts.
  /// - Throws: ``ModuleError`` where the tensors do not fit together.
  public init(
    _ kind: Kind = .batch, dimensions: Int, weight: Tensor?, bias: Tensor?, runningMean: Tensor?,
    runningVariance: Tensor?, eps: Double = 1e-5, isFramewise: Bool = false
  ) throws(ModuleError) {
    self.kind = kind
    self.dimensions = dimensions
    self.weight = weight
    self.bias = bias
    self.eps = eps
    self.isFramewise = isFramewise
    if let runningMean, let runningVariance {
      statistics = Statistics(mean: runningMean, variance: runningVariance)
    } else {
      statistics = nil
    }
    var check = ArgumentCheck()
    check.require("the number of dimensions", [dimensions], in: 1...3)
    check.require(
      (runningMean == nil) == (runningVariance == nil), .halfStatistics)
    check.requireChannels([
      ("weight", weight), ("bias", bias), ("running_mean", runningMean),
      ("running_var", runningVariance),
    ])
    try check.finish()
  }

  public var typeName: String { "\(kind.rawValue)\(dimensions)d" }

  public var summary: String {
    var words = channels.map { [String($0)] } ?? []
    words.append("eps=\(eps)")
    if weight == nil, bias == nil { words.append("affine=False") }
    if statistics == nil { words.append("track_running_stats=False") }
    return words.joined(separator: ", ")
  }

  public var parameterCount: Int { (weight?.shape.count ?? 0) + (bias?.shape.count ?? 0) }

  private var channels: Int? {
    (weight ?? bias ?? statistics?.mean)?.shape.count
  }

  public func divergence(frame: Shape) -> String? {
    guard statistics == nil, !isFramewise else { return nil }
    return
      "has no stored statistics, and takes those of the whole clip, and in steps those of each "
      + "frame"
  }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    let frame = input.frame
    let ranks =
      isFramewise
      ? (dimensions == 1 && kind == .batch ? [2, 3] : [dimensions + 2]) : [dimensions + 1]
    guard ranks.contains(frame.rank) else {
      throw ModuleError(
        .frame(.axes(frame: frame, type: typeName, expected: ranks[0])))
    }
    try checkChannels(channels, of: frame)
    if let statistics {
      return plan.append(scaling(frame, by: statistics), to: input)
    }
    return plan.append(
      StatisticsNormKernel(
        frame: frame, groups: kind == .batch ? .channelsOfBatch : .channels(1),
        weight: weight?.scalars, bias: bias?.scalars,
        eps: eps, isFramewise: isFramewise),
      to: input)
  }

  private func scaling(_ frame: Shape, by statistics: Statistics) -> ChannelScaleKernel {
    var scales: [Float] = []
    var shifts: [Float] = []
    for channel in 0..<frame[1] {
      let scale =
        Double(weight?.scalars[channel] ?? 1)
        / (Double(statistics.variance.scalars[channel]) + eps).squareRoot()
      scales.append(Float(scale))
      shifts.append(
        Float(
          Double(bias?.scalars[channel] ?? 0) - Double(statistics.mean.scalars[channel]) * scale))
    }
    return ChannelScaleKernel(outputFrame: frame, scales: scales, shifts: shifts)
  }
}

extension ArgumentCheck {
  /// Notes tensors that are not one number for each channel.
  mutating func requireChannels(_ tensors: [(name: String, tensor: Tensor?)]) {
    let given = tensors.compactMap { entry in
      entry.tensor.map { ModuleError.NamedShape(name: entry.name, shape: $0.shape) }
    }
    guard let first = given.first?.shape else { return }
    require(given.allSatisfy { $0.shape == first } && first.rank == 1, .perChannel(given))
  }
}

/// Throws where the number of channels a module was made for is not that of a frame.
func checkChannels(_ channels: Int?, of frame: Shape) throws(ModuleError) {
  guard let channels, channels != frame[1] else { return }
  throw ModuleError(.frame(.channels(frame: frame, expected: channels, of: .tensors)))
}
