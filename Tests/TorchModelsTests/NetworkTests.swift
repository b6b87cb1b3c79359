import Continual
import OrderedCollections
import PlainData
import Synchronization
import Tensors
import Testing

@testable import TorchModels

@Suite("Modules from descriptions and tensors")
struct NetworkTests {
  private func parameters(
    _ shapes: OrderedDictionary<String, Shape>, value: Float = 1
  ) -> OrderedDictionary<String, Parameter> {
    var parameters: OrderedDictionary<String, Parameter> = [:]
    for (name, shape) in shapes {
      parameters[name] = Parameter(name: name, shape: shape) {
        Tensor(shape, repeating: value)
      }
    }
    return parameters
  }

  private func table(
    _ shapes: OrderedDictionary<String, Shape>, match: WeightsOptions.Match = .exact,
    value: Float = 1
  ) -> KeyTable {
    KeyTable(parameters(shapes, value: value), match: match)
  }

  private func node(
    _ type: String, _ arguments: OrderedDictionary<String, PlainValue> = [:],
    _ modules: [ModuleDescription] = []
  ) -> ModuleDescription {
    ModuleDescription(type: type, arguments: arguments, modules: modules, place: type)
  }

  @Test("behind a Flatten of a whole clip, layers count the axes of a frame")
  func classifier() throws {
    let table = table(["2.weight": [3, 2], "2.bias": [3]])
    let network = Network(
      node(
        "Sequential", [:],
        [node("AdaptiveAvgPool1d", ["output_size": .int(1)]), node("Flatten"), node("Linear")]),
      of: table)
    #expect(network.misfits.isEmpty)
    #expect(network.blueprint.timeIsGone)
    let plan = try Plan(network.module, frame: [1, 2], clipLength: 4)
    // Means 2.5 and 6.5, added by weights of one, and a bias of one.
    let output = try plan.forward(Tensor([1, 2, 4], [1, 2, 3, 4, 5, 6, 7, 8]))
    #expect(output == Tensor([1, 3, 1], repeating: 10))
  }

  @Test(
    "what a layer takes says nothing about a clip whose axes were changed in front of it",
    arguments: ["Reshape", "Flatten", "Rearrange"])
  func changedAxes(_ type: String) throws {
    let arguments: OrderedDictionary<String, PlainValue> =
      switch type {
      case "Reshape": ["shape": .list([.int(-1), .int(6)])]
      case "Flatten": ["start_dim": .int(1), "end_dim": .int(2)]
      default: ["pattern": .string("b c t s -> b (c s) t")]
      }
    let first = node("Sequential", [:], [node("Conv1d"), node(type, arguments)])
    let table = table(["0.weight": [4, 6, 1]])
    let known = try #require(Network(first, of: table).blueprint.suggestedSample)
    #expect(known == InputSample(channels: 6, space: []))
    let behind = node("Sequential", [:], [node(type, arguments), node("Conv1d")])
    let guess = try #require(
      Network(behind, of: self.table(["1.weight": [4, 6, 1]])).blueprint.suggestedSample)
    #expect(!guess.hasKnownAxes)
  }

  @Test("channels, kernel size, bias and groups are told by the tensors")
  func toldByTensors() throws {
    let table = table(["0.weight": [6, 1, 3], "0.bias": [6], "1.weight": [4, 3, 1]])
    let network = Network(
      node("Sequential", [:], [node("Conv1d"), node("Conv1d")]), of: table)
    #expect(network.misfits.isEmpty)
    let plan = try Plan(network.module, frame: [1, 2])
    #expect(plan.timing.receptiveField == 3)
    #expect(plan.output.frame == [1, 4])
  }

  @Test(
    "a branch that auto_delay has lengthened is found a level deeper, and that is said",
    arguments: ["1", "1.0", "1.1"])
  func lengthenedBranch(prefix: String) {
    let table = table(["0.weight": [2, 2, 3], "\(prefix).weight": [2, 2, 1]])
    let network = Network(
      node("BroadcastReduce", [:], [node("Conv1d", ["padding": .int(1)]), node("Conv1d")]),
      of: table)
    #expect(network.misfits.isEmpty)
    #expect(network.blueprint.notes.count == (prefix == "1" ? 0 : 1))
  }

  @Test(
    "modules with several possible names, one in the other many times over, are built at once",
    .timeLimit(.minutes(5)), arguments: [0, 1, 2])
  func deepChoices(layout: Int) {
    let depth = 40
    var description = node("Conv1d")
    for level in 0..<depth {
      let outer = level.isMultiple(of: 2) ? "Residual" : "BroadcastReduce"
      description = ModuleDescription(
        type: outer, modules: [description], place: "\(level)")
    }
    // As it should be, with another name at every level, and not at all.
    var path: [String] = []
    for level in (0..<depth).reversed() {
      let isResidual = level.isMultiple(of: 2)
      path.append(isResidual ? (layout == 0 ? "1" : "0") : (layout == 0 ? "0" : "0.1"))
    }
    let name = layout == 2 ? "weight" : path.joined(separator: ".") + ".weight"
    let table = table([name: [2, 2, 3]])
    let network = Network(description, of: table)
    #expect(network.misfits.isEmpty == (layout < 2))
  }

  @Test("a network is drawn without reading a tensor; each is read once then, whatever was tried")
  func readOnce() {
    let reads = Mutex<[String: Int]>([:])
    let shapes: OrderedDictionary<String, Shape> = [
      "0.weight": [2, 2, 3], "1.0.weight": [2, 2, 1],
    ]
    let table = KeyTable(
      shapes.reduce(into: [:]) { parameters, tensor in
        parameters[tensor.key] = Parameter(name: tensor.key, shape: tensor.value) {
          reads.withLock { $0[tensor.key, default: 0] += 1 }
          return Tensor(tensor.value, repeating: 1)
        }
      }, match: .exact)
    let description = node(
      "BroadcastReduce", [:], [node("Conv1d", ["padding": .int(1)]), node("Conv1d")])
    let drawn = Network(drawing: description, of: table)
    #expect(drawn.misfits.isEmpty)
    let early = reads.withLock { $0 }
    #expect(early.isEmpty)
    #expect(drawn.filled(description).misfits.isEmpty)
    let all = reads.withLock { $0 }
    #expect(all == ["0.weight": 1, "1.0.weight": 1])
  }

  @Test("all misfits are found, the near name is proposed, and none follows from another")
  func misfits() {
    let table = table(
      ["0.weight": [4, 2, 3], "0.bais": [4], "1.weight": [5], "1.bias": [4], "head.weight": [1]])
    let network = Network(
      node(
        "Sequential", [:],
        [
          node("Conv1d", ["bias": .bool(true), "strid": .int(2)]),
          node("BatchNorm1d", ["num_features": .int(4), "track_running_stats": .bool(false)]),
        ]), of: table)
    let text = network.error(in: "m.pt")?.description ?? ""
    for part in [
      "5 problems", "Conv1d has no argument \"strid\"", "did you mean \"stride\"?",
      "missing     0.bias", "did you mean 0.bais?", "shape       1.weight",
      "expected (4), found (5)",
      "unexpected  0.bais", "unexpected  head.weight",
    ] {
      #expect(text.contains(part), "\(part) is missing in\n\(text)")
    }
  }

  @Test("a weight that is NaN or infinite is named with its place")
  func notFinite() {
    let table = table(["weight": [2, 1, 1]], value: .nan)
    let network = Network(node("Conv1d"), of: table)
    #expect(
      network.misfits.contains { problem in
        if case .notFinite("weight", let place, _, 2) = problem {
          place == [0, 0, 0]
        } else {
          false
        }
      })
  }

  @Test("sizes that only a description says reserve no memory and stop nothing")
  func absurdSizes() {
    for size in [-1, Int.max, 1 << 40] {
      let table = table([:])
      let network = Network(
        node("Conv1d", ["in_channels": .int(size), "out_channels": .int(size)]), of: table)
      #expect(!network.misfits.isEmpty)
    }
  }

  @Test("two modules that flattened names cannot tell apart are refused")
  func flattenedCollision() {
    let table = table(["weight": [2, 2, 1]], match: .flattened)
    let network = Network(
      node("Sequential", [:], [node("Conv1d"), node("Conv1d")]), of: table)
    #expect(!network.misfits.isEmpty)
  }
}
