import Continual
import Tensors

/// `Linear` of `torch.nn` and of `continual`.
let linearLayers = [
  LayerDefinition(
    ["Linear"], family: .linear, summary: "A product with a matrix, of each vector along an axis.",
    arguments: [
      .init("in_features", .int, .told, "The length of a vector that comes in."),
      .init("out_features", .int, .told, "The length of a vector that comes out."),
      .bias,
      .axis("channel_dim", default: -1, "The axis of the vectors; 1 for the channels."),
    ],
    weightAxes: .init(output: 0, input: 1, axisArgument: "channel_dim")
  ) { context throws(ModuleError) in
    let weight = context.weight(
      "weight", [context.int("out_features"), context.int("in_features")])
    let rows = context.hasTensor("weight") ? weight.shape[0] : context.int("out_features")
    let bias = context.tensor("bias", [rows], if: context.bool("bias"))
    context.suggestInput(channels: weight.shape[1], spaceAxes: nil)
    return try Linear(weight: weight, bias: bias, axis: context.axis("channel_dim"))
  }.with { $0.inference = .linear }
]
