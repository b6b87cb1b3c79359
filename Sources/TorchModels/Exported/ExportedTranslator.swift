import Checkpoints
import Continual
import OrderedCollections
import PlainData
import Tensors

/// Makes a `Graph` of an exported program, call by call.
///
/// Each value with time is followed with its layout (``ExportedSignal``); calls that only move axes make
/// no node. Everything that cannot be said is reported, each with its module and line.
struct ExportedTranslator {
  let graph: ExportedGraph
  /// The tensors of the file, by name.
  let tensors: OrderedDictionary<String, StoredTensor>
  /// What the names of the program stand for so far.
  var values: [String: ExportedValue] = [:]
  /// The nodes of the graph so far.
  var modules: [ModuleDescription] = []
  /// What could not be said.
  var problems: [ArchitectureError.Problem] = []
  /// The tensors that modules read, by the names that they ask for.
  var weights: OrderedDictionary<String, StoredTensor> = [:]
  /// What should be said of the network.
  var notes: [String] = []
  /// Calls that need the whole clip, and have steps that mean something else.
  var wholeClips: [ArchitectureError.Problem] = []
  /// The parts of weights that the loader puts together, by the name of the whole.
  let foldedParts: [String: [String]]
  /// The wholes by the names of their parts.
  let wholes: [String: String]
  /// Whether no axis of the input is time, so that each clip is a single frame.
  let isStill: Bool
  /// The values that are what a node makes, by its id.
  private(set) var namesOfNodes: [String: [String]] = [:]
  /// Who reads the values.
  let use: ExportedUse
  /// The number of the first call that cannot be said; nil where all can.
  private(set) var firstProblem: Int?
  /// Parts of values that share their memory, by name.
  var views: [String: ExportedView] = [:]
  /// How many numbers constants may still have.
  private var constantsLeft = ExportedConstants.totalLimit
  /// How many frames of the input a frame of a node stands for, by its id.
  private(set) var rates: [String: Double] = [:]
  /// Values that are products of frames with positions, by name; as numbers they can be known as well.
  private(set) var relatives: [String: ExportedRelative] = [:]
  /// Several outputs in one; nil where there is one, or they cannot be joined.
  private(set) var outputs: ExportedOutputs?
  /// How often an id was wanted.
  private var ids: [String: Int] = [Graph.input: 1]

  /// A reading of the input: for each axis in PyTorch, the axis of the clip that it is.
  typealias Reading = [Int]

  /// Translates a whole program.
  ///
  /// - Parameters:
  ///   - graph: of the program.
  ///   - use: who reads its values.
  ///   - tensors: of the file.
  ///   - foldedParts: the parts of weights that the loader puts together, by the name of the whole.
  ///   - reading: which axis of the clip each axis of the input is; of the others the length is one.
  init(
    _ graph: ExportedGraph, _ use: ExportedUse, tensors: OrderedDictionary<String, StoredTensor>,
    foldedParts: [String: [String]], reading: Reading
  ) {
    self.graph = graph
    self.use = use
    self.tensors = tensors
    self.foldedParts = foldedParts
    isStill = !reading.contains(ExportedSignal.time)
    wholes = foldedParts.reduce(into: [:]) { wholes, whole in
      for part in whole.value { wholes[part] = whole.key }
    }
    bindSources(reading)
    let loops = isStill ? [] : ExportedLoop.all(in: graph, needed: use.needed)
    var done: Set<Int> = []
    for (index, node) in graph.nodes.enumerated()
    where use.needed.contains(index) && !done.contains(index) {
      let before = (problems.count, wholeClips.count)
      if let loop = loops.first(where: { $0.nodes.contains(index) }), isAlongTime(loop) {
        // At its last call: what it reads besides is there.
        guard index == loop.end else { continue }
        if translated(loop) {
          done.formUnion(loop.stacks.keys)
          continue
        }
        for earlier in loop.nodes.sorted().dropLast() {
          translate(graph.nodes[earlier], at: earlier)
        }
      }
      translate(node, at: index)
      // What other outputs alone are made of can do without.
      if !use.neededFirst.contains(index) {
        problems.removeLast(problems.count - before.0)
        wholeClips.removeLast(wholeClips.count - before.1)
      }
      if problems.count > before.0, firstProblem == nil { firstProblem = index }
    }
    if let name = graph.outputs.first, let node = graph.nodes.last {
      report(node) { translator throws(ExportedProblem) in
        try translator.paint(name, node)
        if case .places(let places, let axis)? = translator.values[name] {
          translator.values[name] = .signal(try translator.numbers(of: places, axis, node))
        }
        if case .signal(let signal)? = translator.values[name] {
          translator.values[name] = .signal(try translator.rejoined(signal, node))
        }
      }
    }
    finishOutput()
    outputs = joinedOutputs()
  }

  /// Whether a loop takes the frames of a clip.
  private func isAlongTime(_ loop: ExportedLoop) -> Bool {
    guard case .signal(let input)? = values[loop.root], !input.isFlat, !input.isLastFrame,
      input.dims.indices.contains(loop.dim)
    else { return false }
    return input.dims[loop.dim] == [ExportedSignal.time]
  }

  /// Whether a loop became a node that remembers; then what is read behind it is known.
  private mutating func translated(_ loop: ExportedLoop) -> Bool {
    let before = (modules.count, weights.count)
    do throws(ExportedProblem) {
      try translate(loop)
      return true
    } catch {
      modules.removeLast(modules.count - before.0)
      weights.removeLast(weights.count - before.1)
      return false
    }
  }

  /// Does something for a call, and reports what cannot be done.
  mutating func report(
    _ node: ExportedNode, _ body: (inout ExportedTranslator) throws(ExportedProblem) -> Void
  ) {
    do throws(ExportedProblem) {
      try body(&self)
    } catch {
      problems.append(.init(place: node.place.description, .call(of: node.name, error)))
    }
  }

  /// Notes that a call needs the whole clip.
  mutating func needsWholeClip(_ node: ExportedNode, _ problem: ExportedProblem) {
    guard !isStill else { return }
    wholeClips.append(.init(place: node.place.description, .call(of: node.name, problem)))
  }

  /// What a clip looks like: (B, C, T, S…).
  static func axes(of shape: [Int], _ reading: Reading) -> [Int] {
    var axes = [Int](repeating: 1, count: max((reading.max() ?? 0) + 1, 3))
    for (dim, axis) in reading.enumerated() where dim < shape.count { axes[axis] = shape[dim] }
    return axes
  }

  /// Whether an input besides the clip can have frames as well.
  private func hasTime(_ shape: Shape, _ reading: Reading) -> Bool {
    let clip = graph.userInputs.first.flatMap { graph.shapes[$0] } ?? []
    guard let dim = reading.firstIndex(of: ExportedSignal.time), dim < clip.count else {
      return false
    }
    return clip[dim] > 1 && shape.axes.contains(clip[dim])
  }

  private mutating func bindSources(_ reading: Reading) {
    for (name, source) in graph.sources {
      switch source {
      case .tensor(let key):
        values[name] =
          tensors[key].map { .tensor(key, $0.shape.axes) } ?? .unusable(.notInTheFile)
      case .input(0):
        let shape = graph.shapes[name] ?? []
        values[name] = .signal(
          ExportedSignal(
            node: Graph.input, axes: ExportedTranslator.axes(of: shape, reading),
            dims: reading.map { [$0] }))
      case .input(let number):
        values[name] = .unusable(.secondInput)
        let key = ExportedGraph.key(ofInput: number)
        guard let example = tensors[key], !hasTime(example.shape, reading) else { continue }
        values[name] = .tensor(key, example.shape.axes)
        note("input \(number + 1) is the one of the example: a stream has it from the beginning")
      case .constant: values[name] = .unusable(.notATensor)
      }
    }
  }

  private mutating func translate(_ node: ExportedNode, at index: Int) {
    // Numbers that are calculated of lengths are known, in the example.
    let isSize = node.outputs.allSatisfy { $0.map { graph.sizes[$0] != nil } ?? false }
    if isSize, !node.outputs.isEmpty { return }
    let view = view(node)
    if let view, case let name?? = node.outputs.first {
      views[name] = view
      // What is only written is not made before.
      if use.unreadParts.contains(name) { return }
    }
    let inputs = node.arguments.values.flatMap(\.names)
    let isUnknown = inputs.contains { if case .unknown? = values[$0] { true } else { false } }
    var result = ExportedValue.unknown
    var isWritten = false
    if !isUnknown {
      report(node) { translator throws(ExportedProblem) in
        try translator.use.memory.check(node, at: index, besides: translator.views)
        if let changed = node.changed, ExportedTranslator.overwriting.contains(node.name) {
          for name in inputs where name != changed { try translator.paint(name, node) }
          try translator.settleInputs(of: node)
          try translator.write(nil, into: changed, node)
          isWritten = true
          return
        }
        for name in inputs { try translator.paint(name, node) }
        if !ExportedOperators.takesPadding.contains(node.name) {
          try translator.settleInputs(of: node)
        }
        result = try translator.checked(try translator.call(node), node)
        if let changed = node.changed, translator.views[changed] != nil {
          try translator.write(result, into: changed, node)
        }
      }
    }
    if isWritten, let changed = node.changed {
      // Under the name of the call it can be read as well, unless it is a part.
      let value = views[changed] == nil ? values[changed] ?? .unknown : .unknown
      for case let name? in node.outputs { values[name] = value }
      return
    }
    // From now on, what was changed in place is the result.
    if let changed = node.changed { values[changed] = result }
    if node.outputs.count == 1, let name = node.outputs[0] {
      if case .several(let parts) = result { result = parts.first ?? .unknown }
      values[name] = result
      return
    }
    let several = if case .several(let values) = result { values } else { [ExportedValue]() }
    for (index, name) in node.outputs.enumerated() {
      guard let name else { continue }
      values[name] = index < several.count ? several[index] : .unknown
    }
  }

  /// What a call makes, if it has the shape that the program says.
  private mutating func checked(
    _ result: ExportedValue, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedValue {
    let made = if case .several(let values) = result { values } else { [result] }
    for (value, name) in zip(made, node.outputs) {
      guard case .signal(let signal) = value, let name else { continue }
      namesOfNodes[signal.node, default: []].append(name)
      guard let shape = graph.shapes[name], shape == signal.shape else {
        throw .shape(signal.shape, stated: graph.shapes[name])
      }
    }
    return result
  }

  private mutating func call(_ node: ExportedNode) throws(ExportedProblem) -> ExportedValue {
    if let constant = try constant(node) { return constant }
    if let made = try complexResult(node) { return made }
    if let places = try movingPlaces(node) { return places }
    try rejoinFrames(of: node)
    let relative = relative(node)
    if let name = node.outputs.first.flatMap(\.self) { relatives[name] = relative }
    let before = (modules.count, weights.count)
    do throws(ExportedProblem) {
      guard let operation = ExportedOperators.all[node.name] else {
        throw .unknownOperator(node.target)
      }
      return try operation(&self, node)
    } catch {
      modules.removeLast(modules.count - before.0)
      weights.removeLast(max(weights.count - before.1, 0))
      if relative != nil { return .positions }
      guard let made = try calculatedInFrames(node) else { throw error }
      return made
    }
  }
}

// MARK: - Constants

extension ExportedTranslator {
  /// What a call makes of constants alone; nil where it takes a value of the clip, or is not known.
  private mutating func constant(_ node: ExportedNode) throws(ExportedProblem) -> ExportedValue? {
    let inputs = node.arguments.values.flatMap(\.names).compactMap { values[$0] }
    // Of what is only filled, the shape alone is taken from a clip.
    let takesShapeAlone = ExportedConstants.isFilled(node.name) || isSpread(node)
    guard inputs.allSatisfy(\.isConstant) || takesShapeAlone else { return nil }
    // Weights in parts are put together by the loader.
    guard node.name != "_weight_norm" else { return nil }
    if let number = ExportedConstants.number(filling: node, self) {
      return .uniform(number, shape(of: node))
    }
    if node.outputs.count == 1, let result = try ExportedConstants.value(node, self, read) {
      return try kept([result])
    }
    let results = try calculated(node)
    return results.isEmpty ? nil : try kept(results)
  }

  /// Constants, if there are not too many of them.
  private mutating func kept(_ results: [Tensor64]) throws(ExportedProblem) -> ExportedValue {
    constantsLeft -= results.reduce(0) { $0 + $1.scalars.count }
    guard constantsLeft >= 0 else {
      throw .constants(limit: ExportedConstants.totalLimit)
    }
    return results.count == 1 ? .constant(results[0]) : .several(results.map { .constant($0) })
  }

  /// Whether a call gives a constant the shape of something else.
  private func isSpread(_ node: ExportedNode) -> Bool {
    guard ["expand_as", "view_as", "type_as", "reshape_as"].contains(node.name) else {
      return false
    }
    return value(node, node.arguments.keys.first ?? "self")?.isConstant ?? false
  }

  /// What a call of constants makes, as it is written; nothing where it is not known.
  private func calculated(_ node: ExportedNode) throws(ExportedProblem) -> [Tensor64] {
    let call = TensorCall(node, graph)
    let sizes = call.shapes.compactMap { $0?.reduce(1) { $0.times($1) } }
    guard node.changed == nil, sizes.count == call.shapes.count,
      sizes.reduce(0, { $0.plus($1) }) <= ExportedConstants.limit
    else { return [] }
    var given: [String: TensorView] = [:]
    for name in node.arguments.values.flatMap(\.names) {
      guard let value = values[name], value.isConstant, let numbers = try read(value) else {
        return []
      }
      var view = TensorView(numbers)
      if graph.flags.contains(name) { view.kind = .flag }
      given[name] = view
    }
    guard let results = try? TensorProgram.evaluate(call, given),
      results.count >= call.outputs.count
    else { return [] }
    let made = results.prefix(call.outputs.count)
    guard made.allSatisfy({ !$0.isComplex }),
      zip(made, call.shapes).allSatisfy({ $0.shape == $1 })
    else { return [] }
    return made.map(\.tensor)
  }

  /// The numbers of a constant; nil where it is not constant, or too large.
  func read(_ value: ExportedValue) throws(ExportedProblem) -> Tensor64? {
    switch value {
    case .constant(let tensor): return tensor
    case .number(let number): return Tensor64(Shape([]), [number])
    case .uniform(let number, let axes):
      guard let shape = Shape(checking: axes), shape.count <= ExportedConstants.limit else {
        return nil
      }
      return Tensor64(shape, repeating: number)
    case .tensor(let name, let shape):
      guard let tensor = tensors[name], shape.reduce(1, { $0.times($1) }) <= ExportedConstants.limit
      else { return nil }
      do throws(CheckpointError) {
        return try tensor.wideValues()
      } catch {
        throw .unreadable(name, error)
      }
    default: return nil
    }
  }

  /// The path of a module whose only tensor was calculated.
  ///
  /// - Parameters:
  ///   - role: the name that the module asks for.
  ///   - word: what the path says of it.
  ///   - numbers: the tensor.
  ///   - node: the call.
  /// - Returns: the path.
  mutating func path(
    to role: String, called word: String, _ numbers: Tensor64, _ node: ExportedNode
  ) -> String {
    let path = unused(node.place.module.adding("(\(node.valueName) \(word))"))
    weights[path.adding(role)] = StoredTensor(path: path.adding(role), computed: numbers)
    return path
  }

  /// A constant as a tensor of the file, under a name of its own.
  mutating func named(_ constant: Tensor64, _ node: ExportedNode) -> String {
    let name = unused(node.place.module.adding("(\(node.valueName) constant)"))
    weights[name] = StoredTensor(path: name, computed: constant)
    return name
  }
}

// MARK: - Making nodes

extension ExportedTranslator {
  /// Adds a node, and gives its id.
  ///
  /// - Parameters:
  ///   - type: the class.
  ///   - node: the call.
  ///   - inputs: what it reads.
  ///   - arguments: of the class.
  ///   - name: the path of its tensors; nil where it has none.
  ///   - modules: what is inside.
  /// - Returns: the id.
  /// - Throws: ``ExportedProblem`` where it reads what was padded, and no node makes the padding.
  mutating func add(
    _ type: String, _ node: ExportedNode, reading inputs: [ExportedSignal],
    _ arguments: OrderedDictionary<String, PlainValue> = [:], name: String? = nil,
    modules: [ModuleDescription] = []
  ) throws(ExportedProblem) -> String {
    guard inputs.allSatisfy({ $0.padding == nil }) else { throw .padded }
    let id = newID(for: node)
    var description = ModuleDescription(
      type: type, name: name, arguments: arguments, modules: modules,
      place: node.place.description)
    description.wiring = .init(id: id, inputs: inputs.map(\.node))
    self.modules.append(description)
    let rate = inputs.first.map { rates[$0.node] ?? 1 } ?? 1
    rates[id] = rate * ExportedTranslator.stride(type, arguments)
    return id
  }

  /// The path of the module where that is free, else with the name of the value behind it.
  private mutating func newID(for node: ExportedNode) -> String {
    let path = node.place.module
    return unused(path.isEmpty || ids[path] != nil ? path.adding(node.valueName) : path)
  }

  /// A name, or one with a number behind it where it is taken.
  mutating func unused(_ name: String) -> String {
    let count = ids[name, default: 0]
    ids[name] = count + 1
    return count == 0 ? name : unused("\(name)_\(count)")
  }

  /// A node whose axes are those of its input.
  mutating func same(
    _ type: String, _ node: ExportedNode, _ input: ExportedSignal,
    _ arguments: OrderedDictionary<String, PlainValue> = [:], name: String? = nil
  ) throws(ExportedProblem) -> ExportedValue {
    .signal(try applied(type, node, input, arguments, name: name))
  }

  /// What a node makes whose axes are those of its input.
  mutating func applied(
    _ type: String, _ node: ExportedNode, _ input: ExportedSignal,
    _ arguments: OrderedDictionary<String, PlainValue> = [:], name: String? = nil
  ) throws(ExportedProblem) -> ExportedSignal {
    var signal = input
    signal.node = try add(type, node, reading: [input], arguments, name: name)
    return signal
  }

  /// The path under which a module finds its tensors, made up where they have no common one.
  ///
  /// - Parameters:
  ///   - parts: the names that the module asks for, and what they are in the program; nil where there is
  ///     no such tensor.
  ///   - node: the call.
  ///   - change: gives the weight another shape; nil to leave it.
  ///   - changed: the names of the tensors that it changes.
  /// - Returns: the path.
  /// - Throws: ``ExportedProblem`` where one of them is not a tensor of the file.
  mutating func weights(
    _ parts: [(role: String, value: ExportedValue?)], of node: ExportedNode,
    changingWeight change: ((StoredTensor) -> StoredTensor)? = nil,
    for changed: Set<String> = ["weight"]
  ) throws(ExportedProblem) -> String {
    var names: [(role: String, name: String, isFolded: Bool)] = []
    var calculated: Set<String> = []
    for (role, value) in parts {
      switch value {
      case nil: break
      case .tensor(let name, _)?: names.append((role, name, false))
      case .folded(let name, _)?: names.append((role, name, true))
      case .constant(let numbers)?:
        let name = named(numbers, node)
        calculated.insert(name)
        names.append((role, name, false))
      case .unusable(let reason)?: throw .unusable(as: role, reason)
      default: throw .computed(role)
      }
    }
    let paths = Set(names.map { $0.name == $0.role ? "" : $0.name.without(suffix: "." + $0.role) })
    if change == nil, paths.count == 1, let path = paths.first.flatMap(\.self) {
      for (_, name, isFolded) in names {
        for part in isFolded ? foldedParts[name] ?? [] : [name] { weights[part] = tensors[part] }
      }
      return path
    }
    let path = node.place.module.adding("(\(node.valueName))")
    defer {
      // What was calculated is asked for under its new name alone.
      for (role, name, _) in names where calculated.contains(name) && name != path.adding(role) {
        weights[name] = nil
      }
    }
    for (role, name, isFolded) in names {
      guard !isFolded, let tensor = tensors[name] ?? weights[name] else {
        throw .reshapesWeightInParts(name)
      }
      let asked = path.adding(role)
      weights[asked] = (changed.contains(role) ? change?(tensor) : nil) ?? tensor
    }
    return path
  }
}

extension ExportedTranslator {
  /// The path of tensors that operator and module call by the same names.
  mutating func weights(
    _ roles: [String], of node: ExportedNode
  ) throws(ExportedProblem) -> String {
    try weights(roles.map { ($0, value(node, $0)) }, of: node)
  }

  /// Values by axes of the clip, with a standard one for those without a window.
  func spread<Value>(
    _ values: [Value], over axes: [Int?], of signal: ExportedSignal, or standard: Value
  ) -> [Value] {
    signal.axes.indices.dropFirst(ExportedSignal.time).map { axis in
      axes.firstIndex(of: axis).map { values[$0] } ?? standard
    }
  }
}

extension ExportedArgument {
  /// The values that it names.
  var names: [String] {
    switch self {
    case .value(let name), .size(let name): [name]
    case .values(let names): names.compactMap(\.self)
    case .ints(let entries):
      entries.compactMap { if case .name(let name) = $0 { name } else { nil } }
    default: []
    }
  }
}
