import Continual
import PlainData

/// Small modules: those that do nothing, shift time, calculate with a constant, or change axes.
let utilityLayers: [LayerDefinition] = [
  LayerDefinition(
    [LayerDefinition.nothing], family: .utility, summary: "Nothing.",
    functions: ["clone", "positive", "_unity"], effect: .nothing
  ) { _ in Identity() },
  LayerDefinition(
    ["Delay"], family: .utility, summary: "Each frame, later; a clip stays as it is.",
    arguments: [
      .init("delay", .int, .required, "By how many frames."),
      .init(
        "temporal_fill", .choice(of: PaddingMode.ofPools), "zeros",
        "What steps of the Python library give before the first frame."),
      .init(
        "auto_shrink",
        .value("true, false, " + LayerDefinition.Kind.choice(of: Delay.Shrink.self).text), false,
        "Where a clip is cut, to be as long as a branch without padding."),
    ],
    attributes: ["_delay": "delay"], effect: .delayed
  ) { context throws(ModuleError) in
    try Delay(
      frames: context.requiredInt("delay"),
      temporalFill: context.choice("temporal_fill", of: PaddingMode.ofPools) ?? .zeros,
      autoShrink: context.delayShrink())
  },
  LayerDefinition(
    ["Skip"], family: .utility, summary: "All frames but the first.",
    arguments: [.init("steps", .int, .required, "How many are left out.")]
  ) { context throws(ModuleError) in
    try Skip(frames: context.requiredInt("steps"))
  },
  LayerDefinition(
    ["Add"], family: .utility,
    summary: "A constant is added; in a graph, without one, the sum of all inputs.",
    arguments: [operand("constant")],
    functions: [.init("add", renames: ["other": "constant"])]
  ) { context in
    if context.joinsInputs(unlessGiven: "constant") { return Reduce(.sum) }
    return Arithmetic(.add(context.operand("constant")), isFramewise: context.isFramewise)
  }.with { $0.pickle.functions = ["_add"] },
  LayerDefinition(
    ["Multiply"], family: .utility,
    summary: "A constant factor; in a graph, without one, the product of all inputs.",
    arguments: [operand("factor")],
    functions: [
      .init("mul", renames: ["other": "factor"]), .init("multiply", renames: ["other": "factor"]),
    ]
  ) { context in
    if context.joinsInputs(unlessGiven: "factor") { return Reduce(.product) }
    return Arithmetic(.multiply(context.operand("factor")), isFramewise: context.isFramewise)
  }.with { $0.pickle.functions = ["_multiply"] },
  LayerDefinition(
    ["Constant"], family: .utility, summary: "A constant, whatever the clip is.",
    arguments: [operand("constant")]
  ) { context in
    Arithmetic(.constant(context.operand("constant")), isFramewise: context.isFramewise)
  },
  LayerDefinition(
    ["CumulativeSum"], family: .utility, summary: "The sum of each frame and all before it."
  ) { _ in CumulativeSum() },
  LayerDefinition(
    ["Zero"], family: .utility, summary: "Zeros in the shape of the clip.",
    functions: ["zeros_like"]
  ) { _ in Arithmetic(.zero) },
  LayerDefinition(
    ["One"], family: .utility, summary: "Ones in the shape of the clip.",
    functions: ["ones_like"]
  ) { _ in Arithmetic(.one) },
  LayerDefinition(
    ["Reshape"], family: .utility, summary: "The elements of each frame in another shape.",
    arguments: [
      .init("shape", .integers, .unset, "The lengths of the axes; left out, none."),
      .init("contiguous", .bool, .ignored, "How PyTorch keeps the elements in memory."),
    ]
  ) { context throws(ModuleError) in
    // How the elements lie in memory cannot be seen.
    _ = context.bool("contiguous")
    context.changeAxes()
    return try Reshape(shape: context.integers("shape") ?? [])
  },
  LayerDefinition(
    ["Flatten"], family: .utility, summary: "Neighbouring axes as one.",
    arguments: [
      .axis("start_dim", default: 1, "The first of them."),
      .axis("end_dim", default: -1, "The last of them."),
    ],
    // By itself, the function starts with the batch.
    functions: [.init("flatten", defaults: ["start_dim": .int(0)])]
  ) { context in
    let start = context.axis("start_dim")
    let end = context.axis("end_dim")
    // In a clip, axis 2 is time; the last one is time or behind it.
    if case .clip(let first) = start, case .clip(let last) = end {
      if (1...2).contains(first), last == -1 || last >= 2 { context.loseTime() }
    }
    context.changeAxes()
    return Flatten(start: start, end: end)
  },
]

/// A number that has no default, or a tensor.
private func operand(_ name: String) -> LayerDefinition.Argument {
  .init(
    name, .value("number, nested lists of numbers, or the name of a tensor of the file"), .required,
    "What each element is combined with, spread over missing axes.")
}

extension ImportContext {
  /// An integer that has no default.
  func requiredInt(_ name: String) -> Int {
    if !has(name) { report("\(description.type) needs \"\(name)\"") }
    return int(name) ?? 1
  }

  /// A number that has no default, nested lists of numbers, which are a tensor, or the name of a tensor
  /// of the file.
  fileprivate func operand(_ name: String) -> Arithmetic.Operand {
    guard let value = raw(name) else {
      report("\(description.type) needs \"\(name)\"")
      return .number(0)
    }
    switch value {
    case .list: break
    case .string(let key) where PlainValue.infinity(key) == nil:
      return .tensor(fileTensor(key, ranks: 0...8))
    default: return .number(double(name))
    }
    guard let tensor = value.tensor else {
      report("found \(value), expected a number or lists of equal length", argument: name)
      return .number(0)
    }
    return .tensor(tensor)
  }

  fileprivate func delayShrink() -> Delay.Shrink? {
    switch raw("auto_shrink") {
    case nil, .bool(false): nil
    case .bool(true): .centered
    default: choice("auto_shrink", as: Delay.Shrink.self)
    }
  }
}

extension LayerDefinition {
  /// The class that leaves clips as they are, and stands where a module does nothing.
  package static let nothing = "Identity"
}
