public import Continual
public import Tensors

/// A module that consists of others, on one stream or several: it means what these mean.
///
/// The modules that make and take several streams only have a meaning inside one.
public protocol StreamReferenced: Referenced {}

extension Sequential: StreamReferenced {}

/// The nodes are asked in an order in which each comes behind those that it reads.
extension Graph: StreamReferenced {}

extension StreamReferenced {
  public func reference(
    _ clip: Tensor64, inside: any InsideReference
  ) throws(VerificationError) -> Tensor64 {
    try StreamWalk.clips(through: self, clip, inside, isSteps: false)
  }

  public func referenceSteps(
    _ clip: Tensor64, inside: any InsideReference
  ) throws(VerificationError) -> Tensor64 {
    try StreamWalk.clips(through: self, clip, inside, isSteps: true)
  }

  public func referenceLength(ofClip frames: Int, inside: (any Module, Int) -> Int?) -> Int? {
    StreamWalk.length(through: self, frames, inside)
  }
}

extension StreamWalk where Value == Tensor64, Context == any InsideReference {
  /// What a module of streams makes of a clip.
  static func clips(
    through module: any Module, _ clip: Tensor64, _ inside: any InsideReference, isSteps: Bool
  ) throws(VerificationError) -> Tensor64 {
    let walk = StreamWalk(
      leaf: { (child, clip, inside) throws(VerificationError) in
        try inside.output(of: child, for: clip)
      },
      enter: { child, inside in inside.entering(child) },
      join: { (clips, reduction) throws(VerificationError) in
        isSteps
          ? try Combination.combineSteps(clips, by: reduction)
          : try Combination.combine(clips, by: reduction)
      })
    return try walk.run(module, clip, inside)
  }
}

extension StreamWalk where Value == Int, Context == Void {
  /// How many frames a module of streams makes of a clip; nil where PyTorch refuses it.
  static func length(
    through module: any Module, _ frames: Int, _ inside: (any Module, Int) -> Int?
  ) -> Int? {
    withoutActuallyEscaping(inside) { inside in
      let walk = StreamWalk(
        leaf: { (child, frames, _) throws(VerificationError) in
          guard let length = inside(child.module, frames) else {
            throw VerificationError(.length(.nothingMade(frames: frames)))
          }
          return length
        },
        enter: { _, _ in },
        join: { (lengths, reduction) throws(VerificationError) in
          let several = Set(lengths.filter { reduction == .concatenation || $0 != 1 })
          guard several.count <= 1 else {
            throw VerificationError(.clip(.branches(lengths)))
          }
          return several.first ?? 1
        })
      return try? walk.run(module, frames, ())
    }
  }
}

/// Walks through the modules of a sequence or a graph with values on one stream or several.
///
/// The values are clips, or only their lengths.
struct StreamWalk<Value, Context> {
  /// What a module of one stream makes of a value.
  let leaf: (NamedModule, Value, Context) throws(VerificationError) -> Value
  /// The context inside a container.
  let enter: (NamedModule, Context) -> Context
  /// What becomes of several values.
  let join: ([Value], Reduction) throws(VerificationError) -> Value

  /// What flows between modules.
  indirect enum Flow {
    case one(Value)
    case many([Flow])
  }

  /// What a sequence or a graph, whose context this is, makes of a value.
  func run(
    _ module: any Module, _ value: Value, _ context: Context
  ) throws(VerificationError) -> Value {
    let output =
      if let graph = module as? Graph {
        try run(graph, .one(value), context)
      } else {
        try run(module.children, .one(value), context)
      }
    guard case .one(let result) = output else {
      throw VerificationError(.clip(.severalStreams(type: module.typeName)))
    }
    return result
  }

  private func run(
    _ graph: Graph, _ input: Flow, _ context: Context
  ) throws(VerificationError) -> Flow {
    var values = [Graph.input: input]
    // Values are clips: what no later node reads goes, so that a deep network is not held as a whole.
    var lastReaders = [graph.output: graph.nodes.count]
    for (index, node) in graph.nodes.enumerated() {
      for id in node.inputs { lastReaders[id] = max(lastReaders[id] ?? index, index) }
    }
    for (index, node) in graph.nodes.enumerated() {
      let inputs = node.inputs.compactMap { values[$0] }
      values[node.id] = try run(
        node.module, inputs.count == 1 ? inputs[0] : .many(inputs), context)
      for id in node.inputs where lastReaders[id] == index { values[id] = nil }
    }
    guard let output = values[graph.output] else {
      throw VerificationError(.clip(.noOutput))
    }
    return output
  }

  private func run(
    _ modules: [NamedModule], _ input: Flow, _ context: Context
  ) throws(VerificationError) -> Flow {
    var flow = input
    for (index, child) in modules.enumerated() {
      if let broadcast = child.module as? BroadcastStreams {
        let next = index + 1 < modules.count ? modules[index + 1].module as? Parallel : nil
        let count = broadcast.count ?? next?.children.count ?? 1
        flow = .many([Flow](repeating: flow, count: count))
      } else {
        flow = try run(child, flow, context)
      }
    }
    return flow
  }

  private func run(
    _ child: NamedModule, _ flow: Flow, _ context: Context
  ) throws(VerificationError) -> Flow {
    switch (child.module, flow) {
    case (let sequence as Sequential, _):
      // A sequence inside a sequence is not a place of its own in a plan.
      return try run(sequence.children, flow, enter(child, context))
    case (let graph as Graph, _):
      return try run(graph, flow, enter(child, context))
    case (let parallel as Parallel, .many(let streams)):
      let inside = enter(child, context)
      var outputs: [Flow] = []
      for (module, stream) in zip(parallel.children, streams) {
        outputs.append(try run(module, stream, inside))
      }
      return .many(outputs)
    case (let dispatch as ParallelDispatch, .many(let streams)):
      return try select(.group(dispatch.mapping), from: streams)
    case (let reduce as Reduce, .many(let streams)):
      var values: [Value] = []
      for case .one(let value) in streams { values.append(value) }
      return .one(try join(values, reduce.reduction))
    case (_, .one(let value)):
      return .one(try leaf(child, value, context))
    case (_, .many(let streams)):
      throw VerificationError(
        .clip(.oneStream(type: child.module.typeName, found: streams.count)))
    }
  }

  private func select(
    _ mapping: ParallelDispatch.Mapping, from streams: [Flow]
  ) throws(VerificationError) -> Flow {
    switch mapping {
    case .stream(let index):
      guard streams.indices.contains(index) else {
        throw VerificationError(.clip(.noStream(index, count: streams.count)))
      }
      return streams[index]
    case .group(let mappings):
      var group: [Flow] = []
      for mapping in mappings { group.append(try select(mapping, from: streams)) }
      return .many(group)
    }
  }
}
