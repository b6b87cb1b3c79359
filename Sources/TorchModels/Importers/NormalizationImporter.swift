import Continual
import Tensors

/// The normalizations of `torch.nn` in evaluation mode.
let normalizationLayers = [
  LayerDefinition(
    ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d"], family: .normalization,
    summary: "Each channel, by the mean and variance that were seen in training.",
    arguments: channelNormArguments(isOpen: true), effect: .channelwise
  ) { context throws(ModuleError) in
    try context.channelNorm(.batch)
  }.with { $0.inference = .batchNorm },
  LayerDefinition(
    ["InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"], family: .normalization,
    summary: "Each channel of each sample, by its own mean and variance.",
    arguments: channelNormArguments(isOpen: false)
  ) { context throws(ModuleError) in
    try context.channelNorm(.instance)
  },
  LayerDefinition(
    ["GroupNorm"], family: .normalization,
    summary: "Groups of channels of each sample, by their own mean and variance.",
    arguments: [
      .init("num_groups", .int, .required, "The number of groups."),
      .init("num_channels", .int, .told, "The number of channels."),
      .eps,
      .init("affine", .bool, .told, "Whether there are a weight and a bias for each channel."),
    ]
  ) { context throws(ModuleError) in
    let channels: [Int?] = [context.int("num_channels") ?? context.shape("weight")?.axes.first]
    let affine = context.bool("affine")
    if !context.has("num_groups") { context.report("GroupNorm needs \"num_groups\"") }
    return try GroupNorm(
      groups: context.int("num_groups") ?? 1,
      weight: context.tensor("weight", channels, if: affine),
      bias: context.tensor("bias", channels, if: affine), eps: context.double("eps"),
      isFramewise: context.isFramewise)
  },
  LayerDefinition(
    ["LayerNorm"], family: .normalization,
    summary: "The last axes, by the mean and variance of each place.",
    arguments: [
      .init("normalized_shape", .integers, .told, "The lengths of the last axes."),
      .eps,
      .init("elementwise_affine", .bool, .told, "Whether there is a weight for each element."),
      .bias,
    ]
  ) { context throws(ModuleError) in
    let given = context.integers("normalized_shape")
    let shape = given ?? context.shape("weight")?.axes ?? []
    if shape.isEmpty, given == nil {
      context.report("LayerNorm needs \"normalized_shape\"; no tensor tells it")
    }
    let expected = shape.map { Int?($0) }
    let affine = context.bool("elementwise_affine")
    let hasBias = affine == false ? false : context.bool("bias")
    return try LayerNorm(
      normalizedShape: shape, weight: context.tensor("weight", expected, if: affine),
      bias: context.tensor("bias", expected, if: hasBias),
      eps: context.double("eps"), isFramewise: context.isFramewise)
  },
]

private func channelNormArguments(isOpen: Bool) -> [LayerDefinition.Argument] {
  let eps = LayerDefinition.Argument.eps
  return [
    .init("num_features", .int, .told, "The number of channels."),
    .init(eps.name, eps.kind, eps.standard, eps.summary, isOpenInDrafts: isOpen),
    .init("momentum", .number, .ignored, "How fast the statistics follow in training."),
    .init("affine", .bool, .told, "Whether there are a weight and a bias for each channel."),
    .init("track_running_stats", .bool, .told, "Whether statistics of the training are used."),
  ]
}

extension ImportContext {
  fileprivate func channelNorm(_ kind: BatchNorm.Kind) throws(ModuleError) -> any Module {
    let found = ["weight", "running_mean"].compactMap { shape($0)?.axes.first }.first
    let features: [Int?] = [int("num_features") ?? found]
    let affine = bool("affine")
    let tracked = bool("track_running_stats")
    ignoreTensor("num_batches_tracked")
    if let features = features[0] { suggestInput(channels: features, spaceAxes: spaceAxes) }
    return try BatchNorm(
      kind, dimensions: dimensions, weight: tensor("weight", features, if: affine),
      bias: tensor("bias", features, if: affine),
      runningMean: tensor("running_mean", features, if: tracked),
      runningVariance: tensor("running_var", features, if: tracked),
      eps: double("eps"), isFramewise: isFramewise)
  }
}
