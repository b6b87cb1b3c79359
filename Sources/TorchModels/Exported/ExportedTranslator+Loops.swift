import Checkpoints
import OrderedCollections
import PlainData
import Tensors

// Loops over frames, which an export unrolls.
extension ExportedTranslator {
  /// Makes a node that remembers of a loop along time; what is read behind the loop is known then.
  ///
  /// - Parameter loop: of the program.
  /// - Throws: ``ExportedProblem`` where it reads something else than constants besides, or cannot be calculated.
  mutating func translate(_ loop: ExportedLoop) throws(ExportedProblem) {
    guard let node = loop.body.last, case .signal(let input)? = values[loop.root] else {
      throw .takesOneFrame
    }
    let clip = try settled(input, node)
    let inside = clip.dims.indices.filter { $0 != loop.dim }.flatMap { clip.dims[$0] }.filter {
      $0 != ExportedSignal.batch && clip.axes[$0] != 1
    }
    var frames = try withChannels(inside: inside, clip, node)
    let path = unused(node.place.module.adding("(\(node.valueName) loop)"))
    var (renamed, tensors): ([String: String], [String]) = ([:], [])
    let made = Set(loop.body.flatMap(\.outputs).compactMap(\.self))
    for name in OrderedSet(loop.body.flatMap { $0.arguments.values.flatMap(\.names) }) {
      guard name != loop.frame, !made.contains(name),
        !loop.states.contains(where: { $0.read == name })
      else { continue }
      let own = path.adding(name)
      try keep(name, as: own)
      renamed[name] = own
      tensors.append(own)
    }
    var initial: [String] = []
    for (index, state) in loop.states.enumerated() {
      let own = path.adding("state \(index)")
      try keep(state.initial, as: own)
      initial.append(own)
    }
    let shapes = loop.outputs.values.map { graph.shapes[$0] ?? [] }
    let counts = shapes.map { $0.reduce(1) { $0.times($1) } }
    let total = counts.reduce(0) { $0.plus($1) }
    guard total <= 1 << 22, let shape = graph.shapes[loop.frame],
      shapes.allSatisfy({ $0.first == 1 })
    else { throw .takesOneFrame }
    let calls = loop.body.map { TensorCall($0, graph).renamed { renamed[$0] ?? $0 } }
    guard calls.allSatisfy({ TensorOperators.all[$0.name] != nil }) else { throw .takesOneFrame }
    frames.node = try add(
      LayerDefinition.loop, node, reading: [frames],
      [
        "calls": .list(calls.map(\.plain)), "inputs": .list([.string(loop.frame)]),
        "outputs": .list(loop.outputs.values.map { .string($0) }),
        "states": .list(loop.states.map { .string($0.read) }),
        "made": .list(loop.states.map { .string($0.made) }),
        "initial": .list(initial.map { .string($0) }), "input_shape": .integers(shape),
        "output_count": .int(total), "tensors": .list(tensors.map { .string($0) }),
      ], name: "")
    frames.axes[ExportedSignal.channels] = total
    var start = 0
    var parts: [ExportedLoop.Place: ExportedSignal] = [:]
    for (index, place) in loop.outputs.keys.enumerated() {
      let part = try part(frames, 1, start, counts[index], node)
      start += counts[index]
      // (B, inside…, T)
      parts[place] = try reshaped(
        part, to: [part.axes[0]] + shapes[index].dropFirst() + [part.axes[2]], node)
    }
    for (name, place) in loop.lasts {
      guard var last = parts[place] else { continue }
      last.isLastFrame = true
      last.dims.removeLast()
      values[name] = .signal(last)
    }
    for (index, place) in loop.stacks {
      guard var all = parts[place], let name = graph.nodes[index].outputs.first.flatMap(\.self)
      else { continue }
      let call = graph.nodes[index]
      let isStack = call.name == "stack"
      let rank = all.dims.count - (isStack ? 0 : 1)
      let dim = try dim(call, or: 0, rank: rank)
      let time = all.dims.removeLast()
      if isStack {
        all.dims.insert(time, at: dim)
      } else {
        // Frames of length one along the axis in which they come together.
        guard all.shape[dim] == 1 else { throw .joinedAxis }
        all.dims[dim] = time
      }
      guard all.shape == graph.shapes[name] else {
        throw .shape(all.shape, stated: graph.shapes[name])
      }
      values[name] = .signal(all)
    }
  }

  /// A constant as a tensor that a module reads.
  private mutating func keep(_ name: String, as own: String) throws(ExportedProblem) {
    switch values[name] {
    case .tensor(let key, _)?:
      guard let tensor = tensors[key] else { throw .operand(.other) }
      weights[own] = tensor
    case let value?:
      guard let numbers = try read(value) else { throw .takesOneFrame }
      weights[own] = StoredTensor(path: own, computed: numbers)
    case nil: throw .takesOneFrame
    }
  }
}
