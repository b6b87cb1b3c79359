import Continual
import Tensors

/// `ConvTranspose1d`, `ConvTranspose2d`, `ConvTranspose3d` of `torch.nn`.
///
/// As for a convolution, `padding` can have a pair for an axis: what is cropped before, and after.
let transposedConvolutionLayers = [
  LayerDefinition(
    ["ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"], family: .convolution,
    summary:
      "A transposed convolution over time, or over time and space, which makes clips larger.",
    arguments: [
      .init("in_channels", .int, .told, "The number of channels that come in."),
      .init("out_channels", .int, .told, "The number of channels that come out."),
      .init("kernel_size", .sizes, .told, "The size of the kernel."),
      .init(
        "stride", .sizes, 1, "How far the outputs of neighbours are apart.", isOpenInDrafts: true),
      .init(
        "padding", .value("integer, or a list with one or a pair for each axis"), 0,
        "How much is cropped at both ends.", isOpenInDrafts: true),
      .init(
        "output_padding", .sizes, 0, "How much more there is at the end.", isOpenInDrafts: true),
      .dilation(isOpen: true),
      .init("groups", .int, .told, "In how many groups the channels are, each by itself."),
      .bias,
      .init("padding_mode", .choice(["zeros"]), "zeros", "What PyTorch allows here."),
    ],
    weightAxes: .init(output: 1, input: 0), rate: .raised(by: "stride")
  ) { context throws(ModuleError) in
    let axes = context.dimensions
    let sizes = context.sizes("kernel_size", axes: axes)
    let inputs = context.int("in_channels")
    let outputs = context.int("out_channels")
    let found = context.shape("weight")
    let groups = context.transposedGroups(outputs: outputs, weight: found)
    if let found, found.rank == axes + 2 {
      context.check("in_channels", inputs, against: found[0], of: "weight")
      context.check("out_channels", outputs, against: found[1].times(groups), of: "weight")
    }
    let perGroup = outputs.map { $0 / max(groups, 1) }
    let kernel = sizes.map { $0.map { Int?($0) } } ?? [Int?](repeating: nil, count: axes)
    let weight = context.weight("weight", [inputs, perGroup] + kernel)
    // Of a weight that is missing nothing is known but what the arguments say.
    let rows = found == nil ? outputs : weight.shape[1].times(groups)
    let bias = context.tensor("bias", [rows], if: context.bool("bias"))
    context.suggestInput(channels: inputs ?? weight.shape[0], spaceAxes: context.spaceAxes)
    if let mode = context.string("padding_mode"), mode != "zeros" {
      context.report("found \"\(mode)\", expected \"zeros\"", argument: "padding_mode")
    }
    let (before, after) = context.sides(axes: axes)
    return try TransposedConvolution(
      weight: weight.reshaped(context.withTime(weight.shape)), bias: bias,
      stride: context.withTime(context.sizes("stride", axes: axes), standard: 1, still: 1),
      before: before, after: after,
      outputPadding: context.withTime(
        context.sizes("output_padding", axes: axes), standard: 0, still: 0),
      dilation: context.withTime(context.sizes("dilation", axes: axes), standard: 1, still: 1),
      groups: groups)
  }.with { $0.inference = .transposedConvolution }
]

extension ImportContext {
  /// The groups: what is given, or what the channels say that come out; else one, as in PyTorch.
  fileprivate func transposedGroups(outputs: Int?, weight: Shape?) -> Int {
    if let groups = int("groups") { return groups }
    guard let weight, weight.rank > 1, weight[1] > 0,
      let channels = outputs ?? shape("bias").flatMap({ $0.rank == 1 ? $0[0] : nil }),
      channels.isMultiple(of: weight[1])
    else { return 1 }
    return max(channels / weight[1], 1)
  }
}
