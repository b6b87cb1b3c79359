import Continual
import OrderedCollections
import PlainData
import Tensors
import Testing

@testable import TorchModels

@Suite("Modules from descriptions and tensors")
struct ModelBuilderTests {
  private func parameters(
    _ shapes: OrderedDictionary<String, Shape>, value: Float = 1
  ) -> OrderedDictionary<String, Parameter> {
    var parameters: OrderedDictionary<String, Parameter> = [:]
    for (name, shape) in shapes {
      parameters[name] = Parameter(name: name, shape: shape, scalarType: .float32) {
        Tensor(shape, repeating: value)
      }
    }
    return parameters
  }

  private func builder(
    _ shapes: OrderedDictionary<String, Shape>, match: WeightsOptions.Match = .exact,
    value: Float = 1
  ) -> ModelBuilder {
    ModelBuilder(KeyTable(parameters(shapes, value: value), match: match))
  }

  private func node(
    _ type: String, _ arguments: OrderedDictionary<String, PlainValue> = [:],
    _ modules: [ModuleDescription] = []
  ) -> ModuleDescription {
    ModuleDescription(type: type, arguments: arguments, modules: modules, place: type)
  }

  @Test("behind a Flatten of a whole clip, layers count the axes of a frame")
  func classifier() throws {
    let builder = builder(["2.weight": [3, 2], "2.bias": [3]])
    let module = builder.module(
      node(
        "Sequential", [:],
        [node("AdaptiveAvgPool1d", ["output_size": .int(1)]), node("Flatten"), node("Linear")]),
      at: "")
    #expect(builder.problems.isEmpty)
    #expect(builder.timeIsGone)
    let plan = try Plan(module, frame: [1, 2], clipLength: 4)
    // Means 2.5 and 6.5, added by weights of one, and a bias of one.
    let output = try plan.forward(Tensor([1, 2, 4], [1, 2, 3, 4, 5, 6, 7, 8]))
    #expect(output == Tensor([1, 3, 1], repeating: 10))
  }

  @Test("channels, kernel size, bias and groups are told by the tensors")
  func toldByTensors() throws {
    let builder = builder(["0.weight": [6, 1, 3], "0.bias": [6], "1.weight": [4, 3, 1]])
    let module = builder.module(
      node("Sequential", [:], [node("Conv1d"), node("Conv1d")]), at: "")
    builder.reportUnused()
    #expect(builder.problems.isEmpty)
    let plan = try Plan(module, frame: [1, 2])
    #expect(plan.timing.receptiveField == 3)
    #expect(plan.output.frame == [1, 4])
  }

  @Test(
    "a branch that auto_delay has lengthened is found a level deeper, and that is said",
    arguments: ["1", "1.0", "1.1"])
  func lengthenedBranch(prefix: String) {
    let builder = builder(["0.weight": [2, 2, 3], "\(prefix).weight": [2, 2, 1]])
    _ = builder.module(
      node("BroadcastReduce", [:], [node("Conv1d", ["padding": .int(1)]), node("Conv1d")]),
      at: "")
    builder.reportUnused()
    #expect(builder.problems.isEmpty)
    #expect(builder.notes.count == (prefix == "1" ? 0 : 1))
  }

  @Test(
    "modules with several possible names, one in the other many times over, are built at once",
    .timeLimit(.minutes(1)), arguments: [0, 1, 2])
  func deepChoices(layout: Int) {
    let depth = 60
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
    let builder = builder([name: [2, 2, 3]])
    _ = builder.module(description, at: "")
    builder.reportUnused()
    #expect(builder.problems.isEmpty == (layout < 2))
  }

  @Test("all misfits are found, the near name is proposed, and none follows from another")
  func misfits() {
    let builder = builder(
      ["0.weight": [4, 2, 3], "0.bais": [4], "1.weight": [5], "1.bias": [4], "head.weight": [1]])
    _ = builder.module(
      node(
        "Sequential", [:],
        [
          node("Conv1d", ["bias": .bool(true), "strid": .int(2)]),
          node("BatchNorm1d", ["num_features": .int(4), "track_running_stats": .bool(false)]),
        ]), at: "")
    builder.reportUnused()
    let text = ModelError(file: "m.pt", problems: builder.problems, fitting: 0).description
    for part in [
      "5 problems", "Conv1d has no argument \"strid\"", "did you mean \"stride\"?",
      "missing     0.bias", "did you mean 0.bais?", "shape       1.weight",
      "expected (4), found (5)",
      "unexpected  0.bais", "unexpected  head.weight",
    ] {
      #expect(text.contains(part), "\(part) is missing in\n\(text)")
    }
  }

  @Test("a weight that is no number is named with its place")
  func notFinite() {
    let builder = builder(["weight": [2, 1, 1]], value: .nan)
    _ = builder.module(node("Conv1d"), at: "")
    #expect(
      builder.problems.contains { problem in
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
      let builder = builder([:])
      _ = builder.module(
        node("Conv1d", ["in_channels": .int(size), "out_channels": .int(size)]), at: "")
      #expect(!builder.problems.isEmpty)
    }
  }

  @Test("two modules that flattened names cannot tell apart are refused")
  func flattenedCollision() {
    let builder = builder(["weight": [2, 2, 1]], match: .flattened)
    _ = builder.module(
      node("Sequential", [:], [node("Conv1d"), node("Conv1d")]), at: "")
    #expect(!builder.problems.isEmpty)
  }
}
