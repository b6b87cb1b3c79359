extension ModuleError {
  /// Something that is wrong with how the nodes of a ``Graph`` are wired.
  public struct WiringProblem: Hashable, Sendable {
    /// The id of the node; nil for the output of the graph.
    public let node: String?
    /// What is wrong.
    public let misfit: WiringMisfit
  }

  /// What can be wrong with a node of a ``Graph``, or with its output.
  public enum WiringMisfit: Hashable, Sendable {
    /// An output that is not the id of a node.
    case unknownOutput(String)
    /// An input that is not the id of a node.
    case unknownInput(String)
    /// A node with the id of the graph's input.
    case idOfInput
    /// A node with the id of another.
    case repeatedID(String)
    /// A node that reads nothing.
    case readsNothing
    /// A node of this class that joins several inputs, and reads one.
    case readsOne(type: String)
    /// A node of this class that takes one input, and reads several.
    case readsSeveral(Int, type: String)
    /// Nodes of which each reads the next, and the last the first.
    case cycle([String])
    /// A node from which nothing leads to this output.
    case unused(output: String)
  }
}
