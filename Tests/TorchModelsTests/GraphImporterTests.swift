import Continual
import Foundation
import OrderedCollections
import Tensors
import Testing

@testable import TorchModels

@Suite("Graphs of an architecture file")
struct GraphImporterTests {
  private func model(_ text: String) throws -> ModuleDescription {
    let document = #"{"format": "coverify-architecture", "version": 1, "model": \#(text)}"#
    return try ArchitectureReader.read(json: document.utf8, source: "test", origin: .file("test"))
      .model
  }

  private func table(_ shapes: OrderedDictionary<String, Shape>) -> KeyTable {
    var parameters: OrderedDictionary<String, Parameter> = [:]
    for (name, shape) in shapes {
      parameters[name] = Parameter(name: name, shape: shape) {
        Tensor(shape, repeating: 2)
      }
    }
    return KeyTable(parameters, match: .exact)
  }

  @Test("a node's tensors are under its name, or its id where it has none")
  func names() throws {
    let table = table(["a.weight": [1, 1, 1], "deep.b.weight": [1, 1, 1]])
    let network = Network(
      try model(
        #"""
        {"type": "Graph", "output": "y", "nodes": [
          {"id": "y", "inputs": ["a", "b", "x"], "type": "Reduce", "reduce": "concat"},
          {"id": "b", "inputs": ["a"], "name": "deep.b", "type": "Conv1d"},
          {"id": "a", "inputs": ["x"], "type": "Conv1d"}]}
        """#), of: table)
    #expect(network.misfits.isEmpty)
    let output = try Plan(network.module, frame: [1, 1]).forward(Tensor([1, 1, 2], [1, -3]))
    #expect(output == Tensor([1, 3, 2], [2, -6, 4, -12, 1, -3]))
  }

  @Test("Add and Multiply without a constant join their inputs; with one they take one")
  func arithmetic() throws {
    let table = table([:])
    let network = Network(
      try model(
        #"""
        {"type": "Graph", "output": "p", "nodes": [
          {"id": "s", "inputs": ["x", "x", "x"], "type": "Add"},
          {"id": "c", "inputs": ["s"], "type": "Add", "constant": 1},
          {"id": "p", "inputs": ["c", "x"], "type": "Multiply"}]}
        """#), of: table)
    #expect(network.misfits.isEmpty)
    let output = try Plan(network.module, frame: [1, 1]).forward(Tensor([1, 1, 2], [2, 5]))
    #expect(output.scalars == [14, 80])
  }

  @Test("a Linear behind a Flatten of whole clips counts the axes of frames, wherever it is listed")
  func orderOfMaking() throws {
    let table = table(["head.weight": [1, 2]])
    let network = Network(
      try model(
        #"""
        {"type": "Graph", "output": "head", "nodes": [
          {"id": "head", "inputs": ["flat"], "type": "Linear"},
          {"id": "flat", "inputs": ["pool"], "type": "Flatten"},
          {"id": "pool", "inputs": ["x"], "type": "AdaptiveAvgPool1d", "output_size": 1}]}
        """#), of: table)
    #expect(network.misfits.isEmpty)
    #expect(network.blueprint.timeIsGone)
    let output = try Plan(network.module, frame: [1, 2], clipLength: 2)
      .forward(Tensor([1, 2, 2], [1, 2, 3, 4]))
    #expect(output.scalars == [10])
  }

  @Test("mistakes of the wiring are named by their JSON path, all at once")
  func mistakes() throws {
    let table = table([:])
    let network = Network(
      try model(
        #"""
        {"type": "Sequential", "modules": [{"type": "Graph", "output": "summ", "nodes": [
          {"id": "a", "inputs": ["x", "b"], "type": "ReLU"},
          {"id": "sum", "inputs": ["a", "bb"], "type": "Add"},
          {"id": "b", "inputs": ["a"], "type": "Zero", "slope": 1}]}]}
        """#), of: table)
    var found: [String] = []
    for problem in network.problems.map(\.text) {
      found.append(
        "\(problem.name) \(problem.finding)"
          + (problem.advice.isEmpty ? "" : " (\(problem.advice))"))
    }
    let graph = "$.model.modules[0]"
    #expect(
      found == [
        "\(graph).nodes[2].slope Zero has no argument \"slope\" (it has none)",
        "\(graph).nodes[0] is a ReLU, which takes one input, and reads 2; join them with a Reduce",
        "\(graph).nodes[1].inputs[1] reads \"bb\", which is not the id of a node "
          + "(there are x, a, sum, b)",
        "\(graph).output no node has the id \"summ\" (did you mean \"sum\"?)",
        "\(graph).nodes[0] reads what is made of itself: \"a\" reads \"b\" reads \"a\"",
      ])
  }

  @Test("a node without id or inputs, and modules instead of nodes, are refused by their JSON path")
  func frame() throws {
    let error = #expect(throws: ArchitectureError.self) {
      try model(
        #"""
        {"type": "Graph", "output": "a", "nodes": [
          {"inputs": "x", "type": "ReLU"}, {"id": 3, "type": "ReLU"}, {"id": "b", "inputs": [1]}]}
        """#)
    }
    #expect(
      error?.problems.map { "\($0.place) \($0.message)" } == [
        "$.model.nodes[0] has no \"id\", by which other nodes of the graph call it",
        "$.model.nodes[0].inputs found a string, expected a list",
        "$.model.nodes[1].id found an integer, expected a string",
        "$.model.nodes[1] has no \"inputs\"",
        "$.model.nodes[2].inputs[0] found an integer, expected a string",
        "$.model.nodes[2] has no \"type\"",
      ])
    #expect(
      error?.problems.map(\.code) == [.missing, .value, .value, .missing, .value, .missing])
    let table = table([:])
    let network = Network(
      try model(#"{"type": "Graph", "output": "x", "modules": [{"type": "ReLU"}]}"#), of: table)
    #expect(network.misfits.count == 1)
  }
}
