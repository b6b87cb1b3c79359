import Continual
import Tensors

/// `Linear` of `torch.nn` and of `continual`.
let linearImporters = [
  ModuleImporter(
    ["Linear"], arguments: ["in_features", "out_features", "bias", "channel_dim"]
  ) { context throws(ModuleError) in
    let weight = context.weight(
      "weight", [context.int("out_features"), context.int("in_features")])
    let rows = context.hasTensor("weight") ? weight.shape[0] : context.int("out_features")
    let bias = context.tensor("bias", [rows], if: context.bool("bias"))
    context.suggestInput(channels: weight.shape[1], spaceAxes: nil)
    return try Linear(
      weight: weight, bias: bias, axis: context.axis("channel_dim", default: -1))
  }
]

extension ImportContext {
  /// A dimension, which counts time unless the module is applied to each frame.
  func axis(_ name: String, default standard: Int) -> Axis {
    axis(int(name) ?? standard)
  }

  /// A dimension, which counts time unless the module is applied to each frame.
  func axis(_ dimension: Int) -> Axis {
    isFramewise ? .frame(dimension) : .clip(dimension)
  }
}
