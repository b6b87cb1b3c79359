extension ModuleError.WiringProblem: CustomStringConvertible {
  /// The node and what is wrong with it.
  public var description: String {
    (node.map { "node \"\($0)\" " } ?? "the output: ") + misfit.text
  }
}

extension ModuleError.WiringMisfit {
  /// What is wrong, without the place.
  package var text: String {
    switch self {
    case .unknownOutput(let id): "no node has the id \"\(id)\""
    case .unknownInput(let id): "reads \"\(id)\", which is not the id of a node"
    case .idOfInput: "has the id of the graph's input, \"\(Graph.input)\""
    case .repeatedID(let id): "has the same id as a node before it, \"\(id)\""
    case .readsNothing: "reads nothing; give at least one input, \"\(Graph.input)\" or an id"
    case .readsOne(let type): "is a \(type), which joins several inputs, and reads one"
    case .readsSeveral(let count, let type):
      "is a \(type), which takes one input, and reads \(count); join them with a Reduce"
    case .cycle(let ids):
      "reads what is made of itself: "
        + (ids + ids.prefix(1)).map { "\"\($0)\"" }.joined(separator: " reads ")
    case .unused(let output): "is unused: nothing leads from it to the output \"\(output)\""
    }
  }
}
