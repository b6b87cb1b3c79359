import Checkpoints
import Continual
import OrderedCollections
import PlainData

/// The containers of `torch.nn` and of `continual`.
let containerLayers = [
  LayerDefinition(
    [LayerDefinition.chain], family: .container, summary: "Modules one after the other.",
    structure: .sequence
  ) { context in
    Sequential(context.children())
  }.with { $0.pickle.whole = { $0.transformerLayer($1, name: $2, path: $3) } },
  LayerDefinition(
    ["Residual"], family: .container, summary: "What a module makes of a clip, and the clip.",
    arguments: [
      .reduce, .aggregation,
      .init(
        "residual_shrink",
        .value("true, false, " + LayerDefinition.Kind.choice(of: Residual.Shrink.self).text), false,
        "Where the clip is cut, if the module makes fewer frames."),
      .fill(PaddingMode.ofPools),
    ],
    structure: .residual
  ) { context in
    guard context.childCount == 1 else {
      context.report("Residual has one module inside, found \(context.childCount)")
      return Identity()
    }
    // It fills frames that are never seen.
    _ = context.choice("temporal_fill", of: PaddingMode.ofPools)
    return Residual(
      context.child(0, names: ["1", "0"]), reduce: context.reduction(), shrink: context.shrink())
  },
  LayerDefinition(
    ["BroadcastReduce"], family: .container,
    summary: "What several branches make of a clip, joined.",
    arguments: [.reduce, .aggregation, .autoDelay], structure: .branches
  ) { context throws(ModuleError) in
    try context.broadcastReduce()
  }.with {
    $0.pickle.adjust = { reader, description, value, path in
      // Delays that were put in are among the modules.
      description.arguments["auto_delay"] = .bool(false)
      takeReduction(reader, &description, value, path)
    }
  },
  LayerDefinition(
    ["Parallel"], family: .container,
    summary: "A branch for each stream; joined, where `reduce` or `aggregation_fn` is given.",
    arguments: [
      .init(
        "reduce", .choice(of: Reduction.self), .unset,
        "How the results are joined; left out, they stay several streams."),
      .aggregation, .autoDelay,
    ],
    structure: .branches
  ) { context throws(ModuleError) in
    // Before version 0.10 of the Python library, Parallel joined its branches itself.
    if context.has("aggregation_fn") || context.has("reduce") {
      return try context.broadcastReduce()
    }
    return Parallel(context.branches(), autoDelay: context.flag("auto_delay"))
  }.with {
    $0.pickle.adjust = { reader, description, value, path in
      // Delays that were put in are among the modules.
      description.arguments["auto_delay"] = .bool(false)
      takeReduction(reader, &description, value, path)
    }
  },
  LayerDefinition(
    ["Broadcast"], family: .container, summary: "One stream, several times.",
    arguments: [
      .init("num_streams", .int, .unset, "How many times; left out, as many as are taken.")
    ]
  ) { context throws(ModuleError) in
    try BroadcastStreams(count: context.int("num_streams"))
  },
  LayerDefinition(
    ["Reduce"], family: .container, summary: "Several streams, joined.", arguments: [.reduce]
  ) { context in
    Reduce(context.reduction())
  }.with { $0.pickle.adjust = takeReduction },
  LayerDefinition(
    ["ParallelDispatch"], family: .container,
    summary: "Streams in another order, or several times.",
    arguments: [
      .init(
        "dispatch_mapping", .value("list of stream numbers and of such lists"), .required,
        "Which stream comes where.")
    ]
  ) { context in
    guard case .list(let values)? = context.raw("dispatch_mapping") else {
      context.report(
        "ParallelDispatch needs a \"dispatch_mapping\", as [2, 0, [0, 2], 2]",
        argument: "dispatch_mapping")
      return Identity()
    }
    return ParallelDispatch(values.compactMap { context.mapping($0) })
  },
  LayerDefinition(
    ["Conditional"], family: .container, summary: "One of two modules, chosen once.",
    arguments: [
      .init(
        "predicate", .choice(of: Conditional.Predicate.self), .required,
        "Whether the first is taken; Python code that no file holds.")
    ],
    structure: .alternatives
  ) { context in
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
  LayerDefinition(
    ["Framewise"], family: .container,
    summary: "Any module without a notion of time, applied to each frame.", structure: .wrapper
  ) { context in
    context.framewise(takesTime: false)
  },
  LayerDefinition(
    ["FrameSequence"], family: .container,
    summary: "A recurrent layer or an attention along the last axis of each frame.",
    arguments: [
      .init("reverse", .bool, false, "Whether it runs from the last place to the first.")
    ], structure: .wrapper
  ) { context in
    guard context.childCount == 1 else {
      context.report("FrameSequence has one module inside, found \(context.childCount)")
      return Identity()
    }
    return FrameSequence(
      context.child(0, names: ["fn", "", "0"]).module, isReversed: context.flag("reverse"))
  },
]

/// Which of the library's functions joins the branches.
private func takeReduction(
  _ reader: any PickleDescriber, _ description: inout ModuleDescription, _ value: PickledValue,
  _ path: String
) {
  guard let function = value.attribute("reduce") ?? value.attribute("aggregation_fn") else {
    return
  }
  if let word = reduction(of: function) {
    description.arguments["reduce"] = .string(word)
  } else {
    reader.problem(path, .ownReduction)
  }
}

/// Which of the library's functions joins the branches: it is wrapped, and carries its name.
private func reduction(of function: PickledValue) -> String? {
  function.names(within: 400).lazy.compactMap { name in
    for prefix in ["reduce_", "parallel_"] where name.hasPrefix(prefix) {
      let word = String(name.dropFirst(prefix.count))
      if ["sum", "concat", "mul", "max"].contains(word) { return word }
    }
    return nil
  }.first
}

extension ImportContext {
  fileprivate func broadcastReduce() throws(ModuleError) -> any Module {
    try BroadcastReduce(branches(), reduce: reduction(), autoDelay: flag("auto_delay"))
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

extension LayerDefinition {
  /// The class of modules one after the other, of which networks are put together.
  package static let chain = "Sequential"
}
