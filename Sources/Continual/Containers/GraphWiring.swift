/// In which order the nodes of a ``Graph`` can be computed, or everything that is wrong with them.
package struct GraphWiring: Sendable {
  /// Something that is wrong, and where.
  package struct Problem: Hashable, Sendable {
    /// Where it is.
    package enum Place: Hashable, Sendable {
      /// The node of this index.
      case node(Int)
      /// One of the ids that a node reads.
      case input(Int, of: Int)
      /// What the graph gives as its output.
      case output
    }

    /// Where it is.
    package let place: Place
    /// What is wrong, and the id of the node.
    package let error: ModuleError.WiringProblem
  }

  /// The indices of the nodes, each behind those that it reads; not all of them where something is
  /// wrong.
  package private(set) var order: [Int] = []

  /// Everything that is wrong, in the order of the nodes.
  package private(set) var problems: [Problem] = []

  private let nodes: [Graph.Node]
  private let output: String
  private var indices: [String: Int] = [:]

  /// Looks at the nodes of a graph.
  ///
  /// - Parameters:
  ///   - nodes: in any order.
  ///   - output: the id of the node whose output is the graph's.
  package init(_ nodes: [Graph.Node], output: String) {
    self.nodes = nodes
    self.output = output
    for (index, node) in nodes.enumerated() where indices[node.id] == nil {
      indices[node.id] = index
    }
    for index in nodes.indices { checkNode(index) }
    if !isKnown(output) { note(.unknownOutput(output), at: .output) }
    sort()
    // What is cut off by another mistake is not reported again.
    if problems.isEmpty { checkUse() }
  }

  private func isKnown(_ id: String) -> Bool { id == Graph.input || indices[id] != nil }

  private mutating func note(_ misfit: ModuleError.WiringMisfit, at place: Problem.Place) {
    let id: String? =
      switch place {
      case .node(let index), .input(_, of: let index): nodes[index].id
      case .output: nil
      }
    problems.append(
      Problem(place: place, error: ModuleError.WiringProblem(node: id, misfit: misfit)))
  }

  private mutating func checkNode(_ index: Int) {
    let node = nodes[index]
    if node.id == Graph.input {
      note(.idOfInput, at: .node(index))
    } else if let first = indices[node.id], first != index {
      note(.repeatedID(node.id), at: .node(index))
    }
    for (place, id) in node.inputs.enumerated() where !isKnown(id) {
      note(.unknownInput(id), at: .input(place, of: index))
    }
    let type = node.module.module.typeName
    switch node.module.module {
    case _ where node.inputs.isEmpty:
      note(.readsNothing, at: .node(index))
    case is Reduce where node.inputs.count == 1 && isSingle(node.inputs[0]):
      note(.readsOne(type: type), at: .node(index))
    case is any MultiStreamModule: break
    case _ where node.inputs.count > 1:
      note(.readsSeveral(node.inputs.count, type: type), at: .node(index))
    default: break
    }
  }

  /// Whether what an id stands for is surely one stream.
  private func isSingle(_ id: String) -> Bool {
    guard let index = indices[id] else { return false }
    return !(nodes[index].module.module is any MultiStreamModule)
  }

  /// Puts each node behind those that it reads, otherwise in the order in which they are given.
  private mutating func sort() {
    var readers = [[Int]](repeating: [], count: nodes.count)
    var waiting = [Int](repeating: 0, count: nodes.count)
    for (index, node) in nodes.enumerated() {
      for id in node.inputs {
        guard let source = indices[id], id != Graph.input else { continue }
        readers[source].append(index)
        waiting[index] += 1
      }
    }
    var ready = nodes.indices.filter { waiting[$0] == 0 }
    var next = 0
    while next < ready.count {
      let index = ready[next]
      next += 1
      for reader in readers[index] {
        waiting[reader] -= 1
        if waiting[reader] == 0 { ready.append(reader) }
      }
    }
    order = ready
    for cycle in cycles(among: waiting) {
      note(.cycle(cycle.map { nodes[$0].id }), at: .node(cycle[0]))
    }
  }

  /// Cycles, as nodes of which each reads the next; at least one where there are any.
  private func cycles(among waiting: [Int]) -> [[Int]] {
    var cycles: [[Int]] = []
    var seen: Set<Int> = []
    for first in waiting.indices where waiting[first] > 0 {
      var path: [Int] = []
      var next: Int? = first
      while let index = next, seen.insert(index).inserted {
        path.append(index)
        // A node that never became ready reads another such node, so the walk ends where it has been.
        let sources = nodes[index].inputs.filter { $0 != Graph.input }.compactMap { indices[$0] }
        next = sources.first { waiting[$0] > 0 }
      }
      if let start = next.flatMap({ path.firstIndex(of: $0) }) {
        cycles.append(Array(path[start...]))
      }
    }
    return cycles
  }

  /// Every node must have a part in the output.
  private mutating func checkUse() {
    var used: Set<String> = []
    var pending = [output]
    while let id = pending.popLast() {
      guard used.insert(id).inserted, let index = indices[id], id != Graph.input else { continue }
      pending += nodes[index].inputs
    }
    for (index, node) in nodes.enumerated() where !used.contains(node.id) {
      note(.unused(output: output), at: .node(index))
    }
  }
}
