/// Looks once at everything that a value leads to, before anybody walks it.
///
/// What is read as plain data has to be a tree that could be printed: no list, tuple or dict holds
/// itself, none is nested too deep, shared ones do not multiply into more values than fit in
/// memory, keys are different and can be keys. An object of an unknown class is another matter: a
/// configuration that knows its parent, or a function that knows its module, holds itself rightly.
/// So what such objects hold is visited once, by whichever way it is found first.
///
/// The sizes are counted from the leaves up, each value once. A pair of a pair of … 60 times over
/// takes 60 steps to refuse, not 2⁶⁰.
struct GraphSurvey: Sendable {
  let graph: ObjectGraph
  private let limits: Limits
  private var colors: [Color]
  private var sizes: [Int32]
  private var heights: [Int16]
  /// What each class or function means; `unknown` for values that are something else.
  let meanings: [Globals.Meaning]
  /// Whether a value is a tensor, or leads to one in any way.
  private(set) var leadsToTensor: [Bool]

  private enum Color: UInt8 {
    case unseen
    case open
    case done
  }

  /// What a value leads to.
  struct Children {
    /// Parts of the value, as it would be printed.
    var parts: [ObjectGraph.Index] = []
    /// Whatever an object of an unknown class holds.
    var others: [ObjectGraph.Index] = []
  }

  /// Surveys everything below a value.
  ///
  /// - Throws: ``CheckpointError`` for the first value that is not plain data.
  init(
    _ root: PickledValue, persistentsAreTensors: Bool = false, limits: Limits
  ) throws(CheckpointError) {
    graph = root.graph
    self.limits = limits
    let count = graph.nodes.count
    colors = Array(repeating: .unseen, count: count)
    sizes = Array(repeating: 1, count: count)
    heights = Array(repeating: 0, count: count)
    let meanings = Globals.meanings(in: graph)
    self.meanings = meanings
    leadsToTensor = TensorReach.values(in: graph) { index in
      switch root.graph[index] {
      case .persistent: return persistentsAreTensors
      case .object(let place):
        switch meanings[Int(root.graph.objects[Int(place)].callee)] {
        case .tensor, .uninitialized: return true
        case .dictionary, .sequence, .opaque: return false
        case .unknown, .reconstructor:
          return root.value(index).calleeName.map {
            Globals.isTensorFunction($0) || Globals.isUninitialized($0)
          } ?? false
        }
      default: return false
      }
    }
    var roots = [ObjectGraph.Index(root.index)]
    while let next = roots.popLast() { try visit(next, &roots) }
  }

  /// Visits a value after its parts; `others` collects what unknown objects hold.
  private mutating func visit(
    _ root: ObjectGraph.Index, _ others: inout [ObjectGraph.Index]
  ) throws(CheckpointError) {
    // A value that is to be closed is on the stack as its complement.
    var pending = [root]
    while let next = pending.popLast() {
      guard next >= 0 else {
        try close(~next)
        continue
      }
      switch colors[Int(next)] {
      case .done: continue
      case .open:
        throw trouble(next, .cycle)
      case .unseen: break
      }
      if isLeaf(next) {
        colors[Int(next)] = .done
        continue
      }
      colors[Int(next)] = .open
      try checkKeys(next)
      let children = children(of: next)
      others += children.others.filter { colors[Int($0)] == .unseen }
      pending.append(~next)
      pending += children.parts
    }
  }

  private func isLeaf(_ index: ObjectGraph.Index) -> Bool {
    switch graph[index] {
    case .none, .bool, .int, .largeInteger, .float, .text, .bytes, .global, .persistent: true
    default: false
    }
  }

  /// All parts of a value are known now.
  private mutating func close(_ index: ObjectGraph.Index) throws(CheckpointError) {
    var size = 1
    var height = 0
    for part in children(of: index).parts {
      size += Int(sizes[Int(part)])
      height = max(height, Int(heights[Int(part)]) + 1)
      guard size <= limits.walkedValues else {
        throw trouble(index, .walked(limit: limits.walkedValues))
      }
    }
    guard height <= limits.depth else {
      throw trouble(index, .depth(limit: limits.depth))
    }
    colors[Int(index)] = .done
    sizes[Int(index)] = Int32(size)
    heights[Int(index)] = Int16(height)
  }

  func trouble(
    _ index: ObjectGraph.Index, _ trouble: GraphFinding.Trouble
  ) -> CheckpointError {
    let kind: GraphFinding.Kind =
      switch graph[index] {
      case .tuple: .tuple
      case .list: .list
      case .set: .set
      case .dict: .dict
      default: .value
      }
    return CheckpointError(
      GraphFinding(kind: kind, trouble: trouble), entry: graph.entry,
      offset: Int(graph.offsets[Int(index)]))
  }
}

// MARK: - The parts of a value

extension GraphSurvey {
  /// What the object of a call is to a reader of tensors.
  enum Role {
    /// A dict, a set, a size, a number: plain data.
    case data
    case tensor
    case opaque
  }

  func role(of object: ObjectGraph.Object) -> Role {
    switch meanings[Int(object.callee)] {
    case .tensor: .tensor
    case .dictionary, .sequence: .data
    case .unknown, .opaque, .uninitialized, .reconstructor: .opaque
    }
  }

  private func children(of index: ObjectGraph.Index) -> Children {
    switch graph[index] {
    case .tuple(let start, let count): return Children(parts: Array(graph.tuple(start, count)))
    case .list(let place), .set(let place), .dict(let place):
      return Children(parts: graph.lists[Int(place)])
    case .object(let place):
      let object = graph.objects[Int(place)]
      let all =
        [object.callee, object.arguments] + (object.keywords.map { [$0] } ?? []) + object.items
        + object.appended + object.states
      switch role(of: object) {
      case .data: return Children(parts: all)
      // What a tensor is made of is read with it.
      case .tensor: return Children()
      case .opaque: return opaqueChildren(all, object.states)
      }
    default: return Children()
    }
  }

  /// The submodules and parameters of a module are parts of it; anything else it merely knows.
  private func opaqueChildren(
    _ all: [ObjectGraph.Index], _ states: [ObjectGraph.Index]
  ) -> Children {
    var parts: [ObjectGraph.Index] = []
    for state in states {
      guard case .dict(let place) = graph[state] else { continue }
      let items = graph.lists[Int(place)]
      for place in stride(from: 0, to: items.count - 1, by: 2) {
        if let name = graph.text(items[place]), GraphSurvey.moduleParts.contains(name) {
          parts.append(items[place + 1])
        }
      }
    }
    return Children(parts: parts, others: all)
  }

  /// Where a module keeps what its `state_dict` lists.
  static let moduleParts: Set = ["_parameters", "_buffers", "_modules"]
}
