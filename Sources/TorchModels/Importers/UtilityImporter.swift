import Continual
import PlainData

/// Small modules: those that do nothing, shift time, calculate with a constant, or change axes.
let utilityImporters: [ModuleImporter] = [
  ModuleImporter(["Identity"]) { _ in Identity() },
  ModuleImporter(
    ["Delay"], arguments: ["delay", "temporal_fill", "auto_shrink"],
    attributes: ["_delay": "delay"]
  ) { context throws(ModuleError) in
    try Delay(
      frames: context.requiredInt("delay"),
      temporalFill: context.choice("temporal_fill", as: Fill.self) ?? .zeros,
      autoShrink: context.delayShrink())
  },
  ModuleImporter(["Skip"], arguments: ["steps"]) { context throws(ModuleError) in
    try Skip(frames: context.requiredInt("steps"))
  },
  ModuleImporter(["Add"], arguments: ["constant"]) { context in
    if context.joinsInputs(unlessGiven: "constant") { return Reduce(.sum) }
    return Arithmetic(.add(context.operand("constant")), isFramewise: context.isFramewise)
  },
  ModuleImporter(["Multiply"], arguments: ["factor"]) { context in
    if context.joinsInputs(unlessGiven: "factor") { return Reduce(.product) }
    return Arithmetic(.multiply(context.operand("factor")), isFramewise: context.isFramewise)
  },
  ModuleImporter(["Constant"], arguments: ["constant"]) { context in
    Arithmetic(.constant(context.operand("constant")), isFramewise: context.isFramewise)
  },
  ModuleImporter(["Zero"]) { _ in Arithmetic(.zero) },
  ModuleImporter(["One"]) { _ in Arithmetic(.one) },
  ModuleImporter(["Reshape"], arguments: ["shape", "contiguous"]) { context throws(ModuleError) in
    // How the elements lie in memory cannot be seen.
    _ = context.bool("contiguous")
    return try Reshape(shape: context.integers("shape") ?? [])
  },
  ModuleImporter(["Flatten"], arguments: ["start_dim", "end_dim"]) { context in
    let start = context.axis("start_dim", default: 1)
    let end = context.axis("end_dim", default: -1)
    // In a clip, axis 2 is time; the last one is time or behind it.
    if case .clip(let first) = start, case .clip(let last) = end {
      if (1...2).contains(first), last == -1 || last >= 2 { context.loseTime() }
    }
    return Flatten(start: start, end: end)
  },
]

extension ImportContext {
  /// An integer that has no default.
  fileprivate func requiredInt(_ name: String) -> Int {
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
    default: return .number(double(name, default: 0))
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
