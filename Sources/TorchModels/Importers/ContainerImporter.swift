import Continual
import PlainData

/// The containers of `torch.nn` and of `continual`.
let containerImporters = [
  ModuleImporter(["Sequential"], hasChildren: true) { context in
    Sequential(context.children())
  },
  ModuleImporter(
    ["Residual"],
    arguments: ["reduce", "aggregation_fn", "residual_shrink", "temporal_fill"],
    hasChildren: true
  ) { context in
    guard context.childCount == 1 else {
      context.report("Residual has one module inside, found \(context.childCount)")
      return Identity()
    }
    // It fills frames that are never seen.
    _ = context.choice("temporal_fill", as: Fill.self)
    return Residual(
      context.child(0, names: ["1", "0"]), reduce: context.reduction(), shrink: context.shrink())
  },
  ModuleImporter(
    ["BroadcastReduce"], arguments: ["reduce", "aggregation_fn", "auto_delay"], hasChildren: true
  ) { context throws(ModuleError) in
    try context.broadcastReduce()
  },
  ModuleImporter(
    ["Parallel"], arguments: ["reduce", "aggregation_fn", "auto_delay"], hasChildren: true
  ) { context throws(ModuleError) in
    // Before version 0.10 of the Python library, Parallel joined its branches itself.
    if context.has("aggregation_fn") || context.has("reduce") {
      return try context.broadcastReduce()
    }
    return Parallel(context.branches(), autoDelay: context.bool("auto_delay") ?? true)
  },
  ModuleImporter(["Broadcast"], arguments: ["num_streams"]) { context throws(ModuleError) in
    try BroadcastStreams(count: context.int("num_streams"))
  },
  ModuleImporter(["Reduce"], arguments: ["reduce"]) { context in
    Reduce(context.reduction())
  },
  ModuleImporter(["ParallelDispatch"], arguments: ["dispatch_mapping"]) { context in
    guard case .list(let values)? = context.raw("dispatch_mapping") else {
      context.report(
        "ParallelDispatch needs a \"dispatch_mapping\", as [2, 0, [0, 2], 2]",
        argument: "dispatch_mapping")
      return Identity()
    }
    return ParallelDispatch(values.compactMap { context.mapping($0) })
  },
  ModuleImporter(["Conditional"], arguments: ["predicate"], hasChildren: true) { context in
    guard (1...2).contains(context.childCount) else {
      context.report("Conditional has one or two modules inside, found \(context.childCount)")
      return Identity()
    }
    if !context.has("predicate") {
      context.report(
        "Conditional needs a \"predicate\": Python code that no file holds",
        hint: "say \"always\" or \"never\"")
    }
    // The Python library puts a delay in front of the faster branch, a level above it.
    return Conditional(
      context.choice("predicate", as: Conditional.Predicate.self) ?? .always,
      onTrue: context.child(0, names: ["0"], levels: ["1"]),
      onFalse: context.childCount > 1
        ? context.child(1, names: ["1"], levels: ["1"]) : nil)
  },
  ModuleImporter(["Framewise"], hasChildren: true) { context in
    context.framewise(takesTime: false)
  },
]

extension ImportContext {
  fileprivate func broadcastReduce() throws(ModuleError) -> any Module {
    _ = bool("auto_delay")
    return try BroadcastReduce(branches(), reduce: reduction())
  }

  /// The branches, each under its index; one that the Python library has lengthened by a delay is a
  /// level deeper, at `i.0` since version 0.14 and at `i.1` before.
  fileprivate func branches() -> [NamedModule] {
    description.modules.indices.map { index in
      child(index, names: [String(index)], levels: ["0", "1"])
    }
  }

  fileprivate func mapping(_ value: PlainValue) -> ParallelDispatch.Mapping? {
    switch value {
    case .int(let index): return .stream(index)
    case .list(let values): return .group(values.compactMap { mapping($0) })
    default:
      report(
        "found \(value), expected stream indices and lists of them", argument: "dispatch_mapping")
      return nil
    }
  }

  fileprivate func reduction() -> Reduction {
    if has("reduce"), has("aggregation_fn") {
      report(
        "is the older name of \"reduce\", which is given as well", argument: "aggregation_fn")
    }
    let name = has("aggregation_fn") ? "aggregation_fn" : "reduce"
    return choice(name, as: Reduction.self) ?? .sum
  }

  fileprivate func shrink() -> Residual.Shrink? {
    switch raw("residual_shrink") {
    case nil, .bool(false): nil
    case .bool(true): .centered
    default: choice("residual_shrink", as: Residual.Shrink.self)
    }
  }
}
