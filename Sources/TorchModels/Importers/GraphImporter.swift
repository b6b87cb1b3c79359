import Continual

/// Modules wired in any way.
let graphLayers = [
  LayerDefinition(
    ["Graph"], family: .container,
    summary: "Modules wired in any way; branches are aligned in time by themselves.",
    arguments: [.init("output", .string, .required, "The id of the node that makes the output.")],
    structure: .graph
  ) {
    context throws(ModuleError) in
    guard context.has("output") else {
      context.report("Graph needs an \"output\", the id of the node that makes it")
      return Identity()
    }
    guard let output = context.string("output"), let nodes = context.wiredChildren(output: output)
    else {
      return Identity()
    }
    let wiring = GraphWiring(nodes, output: output)
    for problem in wiring.problems { context.report(problem, among: nodes) }
    return wiring.problems.isEmpty ? try Graph(nodes, output: output) : Identity()
  }
]

extension ImportContext {
  /// Whether this module joins several inputs of a graph, as `Add` does where it has no constant.
  func joinsInputs(unlessGiven argument: String) -> Bool {
    !has(argument) && (description.wiring?.inputs.count ?? 0) > 1
  }

  /// The modules inside a graph, each under its id where it has no name; nil where one of them has no
  /// place in the graph, which was reported before.
  ///
  /// They are made in the order in which they run, since one can take the time from those behind it.
  fileprivate func wiredChildren(output: String) -> [Graph.Node]? {
    let wirings = description.modules.compactMap(\.wiring)
    guard wirings.count == description.modules.count else { return nil }
    let unmade = wirings.map { Graph.Node($0.id, reads: $0.inputs, Identity()) }
    let runnable = GraphWiring(unmade, output: output).order
    var nodes = unmade
    for index in runnable + nodes.indices.filter({ !runnable.contains($0) }) {
      let wiring = wirings[index]
      let child = child(index, names: [wiring.id])
      nodes[index] = Graph.Node(
        wiring.id, reads: wiring.inputs, child.module, name: child.name)
    }
    return nodes
  }

  fileprivate func report(_ problem: GraphWiring.Problem, among nodes: [Graph.Node]) {
    let place =
      switch problem.place {
      case .node(let index): "nodes[\(index)]"
      case .input(let input, of: let index): "nodes[\(index)].inputs[\(input)]"
      case .output: "output"
      }
    let ids = [Graph.input] + nodes.map(\.id)
    let hint =
      switch problem.error.misfit {
      case .unknownInput(let id), .unknownOutput(let id):
        Spelling.hint(for: id, among: ids) ?? "there are " + ids.joined(separator: ", ")
      case .idOfInput, .repeatedID, .readsNothing, .readsOne, .readsSeveral, .cycle, .unused: ""
      }
    report(problem.error.misfit.text, argument: place, hint: hint)
  }
}
