import Continual
import OrderedCollections
import PlainData

/// The pools of `torch.nn` and of `continual`.
let poolingImporters = [
  ModuleImporter(
    ["AvgPool1d", "AvgPool2d", "AvgPool3d"],
    arguments: [
      "kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override",
      "dilation", "temporal_fill",
    ]
  ) { context throws(ModuleError) in
    try context.pool(
      .average(
        countIncludePad: context.bool("count_include_pad") ?? true,
        divisorOverride: context.int("divisor_override")))
  },
  ModuleImporter(
    ["MaxPool1d", "MaxPool2d", "MaxPool3d"],
    arguments: [
      "kernel_size", "stride", "padding", "dilation", "ceil_mode", "temporal_fill",
      "return_indices",
    ]
  ) { context throws(ModuleError) in
    if context.bool("return_indices") == true {
      context.report("indices are not computed", argument: "return_indices")
    }
    return try context.pool(.maximum)
  },
  ModuleImporter(
    ["AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d"],
    arguments: adaptiveArguments
  ) { context throws(ModuleError) in
    try context.adaptivePool(.average(countIncludePad: true, divisorOverride: nil))
  },
  ModuleImporter(
    ["AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "AdaptiveMaxPool3d"],
    arguments: adaptiveArguments + ["return_indices"]
  ) { context throws(ModuleError) in
    if context.bool("return_indices") == true {
      context.report("indices are not computed", argument: "return_indices")
    }
    return try context.adaptivePool(.maximum)
  },
]

private let adaptiveArguments = [
  "output_size", "kernel_size", "stride", "padding", "dilation", "temporal_fill",
]

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
      ceilMode: bool("ceil_mode") ?? false,
      temporalFill: choice("temporal_fill", as: Fill.self))
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
      temporalFill: choice("temporal_fill", as: Fill.self))
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
