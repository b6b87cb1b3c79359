import Checkpoints
import Continual
import OrderedCollections
import PlainData

/// The pools of `torch.nn` and of `continual`.
let poolingLayers = [
  LayerDefinition(
    ["AvgPool1d", "AvgPool2d", "AvgPool3d"], family: .pooling,
    summary: "The average of a window that slides over time and space.",
    arguments: windowArguments + [
      ceilMode,
      .init(
        "count_include_pad", .bool, true, "Whether padding counts as elements of the average."),
      .init("divisor_override", .int, .unset, "What the sum is divided by instead of a count."),
      .dilation(), .fill(PaddingMode.ofPools),
    ],
    rate: .lowered(by: "stride", otherwise: "kernel_size")
  ) { context throws(ModuleError) in
    try context.pool(
      .average(
        countIncludePad: context.flag("count_include_pad"),
        divisorOverride: context.int("divisor_override")))
  }.with { $0.pickle.adjust = takePoolPadding },
  LayerDefinition(
    ["MaxPool1d", "MaxPool2d", "MaxPool3d"], family: .pooling,
    summary: "The maximum of a window that slides over time and space.",
    arguments: windowArguments + [
      .dilation(), ceilMode, .fill(PaddingMode.ofPools), .returnIndices,
    ],
    rate: .lowered(by: "stride", otherwise: "kernel_size")
  ) { context throws(ModuleError) in
    context.refuseIndices()
    return try context.pool(.maximum)
  }.with { $0.pickle.adjust = takePoolPadding },
  LayerDefinition(
    ["AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d"], family: .pooling,
    summary: "The averages of parts of the clip, so that the output has a given size.",
    arguments: adaptiveArguments
  ) { context throws(ModuleError) in
    try context.adaptivePool(.average(countIncludePad: true, divisorOverride: nil))
  },
  LayerDefinition(
    ["AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "AdaptiveMaxPool3d"], family: .pooling,
    summary: "The maxima of parts of the clip, so that the output has a given size.",
    arguments: adaptiveArguments + [.returnIndices]
  ) { context throws(ModuleError) in
    context.refuseIndices()
    return try context.adaptivePool(.maximum)
  },
]

private let windowArguments: [LayerDefinition.Argument] = [
  .init("kernel_size", .sizes, .required, "The size of the window."),
  .init("stride", .sizes, .unset, "How far the window moves; left out, by its own size."),
  .init("padding", .sizes, 0, "How much is added at both ends."),
]

private let ceilMode = LayerDefinition.Argument(
  "ceil_mode", .bool, false, "Whether a window may reach beyond the end.")

private let adaptiveArguments: [LayerDefinition.Argument] = [
  .init("output_size", .optionalSizes, .required, "The size of the output."),
  .init("kernel_size", .int, .unset, "How many frames steps look at; left out, the whole clip."),
  .init("stride", .int, 1, "How many frames steps move on."),
  .init("padding", .int, 0, "How many frames are added at both ends in steps."),
  .init("dilation", .int, 1, "The distance of the frames that steps look at."),
  .fill(PaddingMode.ofPools),
]

/// continual keeps the function that makes the missing frames.
private func takePoolPadding(
  _ reader: any PickleDescriber, _ description: inout ModuleDescription, _ value: PickledValue,
  _ path: String
) {
  if value.attribute("_make_padding")?.names(within: 64).contains("clone") ?? false {
    description.arguments["temporal_fill"] = .string("replicate")
  }
}
extension ImportContext {
  fileprivate func pool(_ kind: Pooling.Kind) throws(ModuleError) -> any Module {
    let axes = dimensions
    let kernel = sizes("kernel_size", axes: axes)
    if kernel == nil, !has("kernel_size") {
      report("\(description.type) needs a \"kernel_size\"; no tensor tells it")
    }
    return try Pooling(
      kind: kind,
      kernelSize: withTime(kernel, standard: 1, still: 1),
      stride: withTime(sizes("stride", axes: axes) ?? kernel, standard: 1, still: 1),
      padding: withTime(sizes("padding", axes: axes), standard: 0, still: 0),
      dilation: withTime(sizes("dilation", axes: axes), standard: 1, still: 1),
      ceilMode: flag("ceil_mode"),
      temporalFill: choice("temporal_fill", of: PaddingMode.ofPools))
  }

  fileprivate func adaptivePool(_ kind: Pooling.Kind) throws(ModuleError) -> any Module {
    let axes = dimensions
    var output: [Int?] = [Int?](repeating: 1, count: axes)
    if has("output_size") || description.arguments["output_size"] == .null {
      output = optionalSizes("output_size", axes: axes) ?? [Int?](repeating: nil, count: axes)
    } else {
      report("\(description.type) needs an \"output_size\"; no tensor tells it")
    }
    if isFramewise { output.insert(nil, at: 0) }
    return try AdaptivePooling(
      kind: kind, outputSize: output,
      window: temporal("kernel_size"),
      stride: temporal("stride") ?? 1,
      padding: temporal("padding") ?? 0,
      dilation: temporal("dilation") ?? 1,
      temporalFill: choice("temporal_fill", of: PaddingMode.ofPools))
  }

  /// An argument for the time axis alone; a pickled pool holds it as `(7, None, None)`.
  private func temporal(_ name: String) -> Int? {
    guard case .list(let values)? = raw(name) else { return int(name) }
    if case .int(let number)? = values.first, values.dropFirst().allSatisfy({ $0 == .null }) {
      return number
    }
    report("found \(PlainValue.list(values)), expected an integer", argument: name)
    return nil
  }
}

extension ImportContext {
  fileprivate func refuseIndices() {
    if flag("return_indices") {
      report("indices are not computed", argument: "return_indices")
    }
  }
}
