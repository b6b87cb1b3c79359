/// Which values of a graph lead to a tensor, by whatever they hold.
///
/// A walk that looks for tensors goes nowhere else, so that millions of objects of unknown classes cost
/// it nothing. Found by going back from the tensors along all references, each of them once; cycles do
/// not matter.
enum TensorReach {
  /// For each value, whether it is a tensor or leads to one.
  ///
  /// - Parameters:
  ///   - graph: the values.
  ///   - isTensor: whether a value is a tensor itself.
  /// - Returns: an answer for each value.
  static func values(
    in graph: ObjectGraph, isTensor: (ObjectGraph.Index) -> Bool
  ) -> [Bool] {
    var leads = [Bool](repeating: false, count: graph.nodes.count)
    var pending: [ObjectGraph.Index] = []
    for index in graph.nodes.indices.map(ObjectGraph.Index.init) where isTensor(index) {
      leads[Int(index)] = true
      pending.append(index)
    }
    guard !pending.isEmpty else { return leads }
    // The holders of value i are holders[starts[i]..<starts[i + 1]].
    var starts = [Int32](repeating: 0, count: graph.nodes.count + 1)
    forEachReference(in: graph) { _, held in starts[Int(held) + 1] += 1 }
    for index in graph.nodes.indices { starts[index + 1] += starts[index] }
    var next = starts
    var holders = [ObjectGraph.Index](repeating: 0, count: Int(starts[graph.nodes.count]))
    forEachReference(in: graph) { holder, held in
      holders[Int(next[Int(held)])] = holder
      next[Int(held)] += 1
    }
    while let value = pending.popLast() {
      for place in starts[Int(value)]..<starts[Int(value) + 1] {
        let holder = holders[Int(place)]
        guard !leads[Int(holder)] else { continue }
        leads[Int(holder)] = true
        pending.append(holder)
      }
    }
    return leads
  }

  private static func forEachReference(
    in graph: ObjectGraph, _ body: (_ holder: ObjectGraph.Index, _ held: ObjectGraph.Index) -> Void
  ) {
    for index in graph.nodes.indices {
      let holder = ObjectGraph.Index(index)
      switch graph.nodes[index] {
      case .tuple(let start, let count):
        for held in graph.tuple(start, count) { body(holder, held) }
      case .list(let place), .set(let place), .dict(let place):
        for held in graph.lists[Int(place)] { body(holder, held) }
      case .object(let place):
        let object = graph.objects[Int(place)]
        body(holder, object.callee)
        body(holder, object.arguments)
        if let keywords = object.keywords { body(holder, keywords) }
        for held in object.states { body(holder, held) }
        for held in object.items { body(holder, held) }
        for held in object.appended { body(holder, held) }
      default: break
      }
    }
  }
}
