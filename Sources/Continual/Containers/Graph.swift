/// Modules wired in any way without cycles, for networks that are not a tree: dense connections, sums of
/// skips, outputs that are used twice.
///
/// A node reads the graph's input, which is called `x`, or other nodes. One that reads several needs a
/// module that takes several streams, as ``Reduce`` or a ``Sequential`` that starts with one. Where
/// streams are joined, frames are matched by their index, so that branches of any delay and stride are
/// aligned by themselves; their strides in time must be equal there.
///
/// ```swift
/// // y = conv(x) + relu(conv(x)) * x
/// let graph = try Graph(
///   [
///     Graph.Node("a", reads: ["x"], convolution),
///     Graph.Node("b", reads: ["a"], relu),
///     Graph.Node("gated", reads: ["b", "x"], Reduce(.product)),
///     Graph.Node("y", reads: ["a", "gated"], Reduce(.sum)),
///   ], output: "y")
/// ```
public struct Graph: MultiStreamModule {
  /// A module and what it reads.
  public struct Node: Sendable {
    /// What other nodes call it.
    public let id: String

    /// What it reads: `x`, or the ids of other nodes.
    public let inputs: [String]

    /// The module, with the name it adds to the path.
    public let module: NamedModule

    /// Wires a module.
    ///
    /// - Parameters:
    ///   - id: what other nodes call it.
    ///   - inputs: what it reads; `x` is the graph's input.
    ///   - module: what it does.
    ///   - name: what it adds to the path; nil for its id.
    public init(
      _ id: String, reads inputs: [String], _ module: any Module, name: String? = nil
    ) {
      self.id = id
      self.inputs = inputs
      self.module = NamedModule(name ?? id, module)
    }
  }

  /// What nodes call the graph's input.
  public static let input = "x"

  /// The nodes, each behind those that it reads.
  public let nodes: [Node]

  /// The node whose output is the graph's.
  public let output: String

  /// Wires modules.
  ///
  /// - Parameters:
  ///   - nodes: in any order.
  ///   - output: the id of the node whose output is the graph's.
  /// - Throws: ``ModuleError`` with everything that is wrong: ids that are unknown or given twice,
  ///   cycles, nodes that nothing uses, and modules with another number of inputs than they take.
  public init(_ nodes: [Node], output: String) throws(ModuleError) {
    let wiring = GraphWiring(nodes, output: output)
    guard wiring.problems.isEmpty else {
      throw ModuleError(.wiring(wiring.problems.map(\.error)))
    }
    let names = Graph.distinctNames(of: nodes)
    self.nodes = wiring.order.map { index in
      let node = nodes[index]
      return Node(node.id, reads: node.inputs, node.module.module, name: names[index])
    }
    self.output = output
  }

  /// The names of nodes, or the ids of those whose names others have as well: such a name would not tell where
  /// something happens.
  private static func distinctNames(of nodes: [Node]) -> [String] {
    var counts: [String: Int] = [:]
    for node in nodes { counts[node.module.name, default: 0] += 1 }
    let names = nodes.map { counts[$0.module.name] == 1 ? $0.module.name : $0.id }
    return Set(names).count == names.count ? names : nodes.map(\.id)
  }

  public var typeName: String { "Graph" }

  public var summary: String { "output=\"\(output)\"" }

  public var children: [NamedModule] { nodes.map(\.module) }

  public func lower(
    _ input: Streams, into plan: inout PlanBuilder
  ) throws(ModuleError) -> Streams {
    var values = [Graph.input: input]
    for node in nodes {
      let inputs = node.inputs.compactMap { values[$0] }
      values[node.id] = try plan.lower(
        node.module, streams: inputs.count == 1 ? inputs[0] : .many(inputs))
    }
    guard let result = values[output] else { preconditionFailure("the output is not a node") }
    return result
  }
}
