import Continual
import Tensors

/// The normalizations of `torch.nn` in evaluation mode.
let normalizationImporters = [
  ModuleImporter(
    ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d"], arguments: channelNormArguments
  ) { context throws(ModuleError) in
    try context.channelNorm(.batch)
  },
  ModuleImporter(
    ["InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"], arguments: channelNormArguments
  ) { context throws(ModuleError) in
    try context.channelNorm(.instance)
  },
  ModuleImporter(["GroupNorm"], arguments: ["num_groups", "num_channels", "eps", "affine"]) {
    context throws(ModuleError) in
    let channels: [Int?] = [context.int("num_channels") ?? context.shape("weight")?.axes.first]
    let affine = context.bool("affine")
    if !context.has("num_groups") { context.report("GroupNorm needs \"num_groups\"") }
    return try GroupNorm(
      groups: context.int("num_groups") ?? 1,
      weight: context.tensor("weight", channels, if: affine),
      bias: context.tensor("bias", channels, if: affine), eps: context.double("eps", default: 1e-5),
      isFramewise: context.isFramewise)
  },
  ModuleImporter(
    ["LayerNorm"], arguments: ["normalized_shape", "eps", "elementwise_affine", "bias"]
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
      eps: context.double("eps", default: 1e-5), isFramewise: context.isFramewise)
  },
]

private let channelNormArguments = [
  "num_features", "eps", "momentum", "affine", "track_running_stats",
]

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
      eps: double("eps", default: 1e-5), isFramewise: isFramewise)
  }
}
