import Foundation
import OrderedCollections
import PlainData
import Tensors
import TestSupport
import Testing

@testable import Checkpoints
@testable import TorchModels

@Suite("Programs that are damaged or made up")
struct ExportedProgramTests {
  /// What a program is changed to: numbers no network has, and values of other kinds.
  private static let intruders: [PlainValue] = [
    .int(0), .int(-1), .int(1), .int(2), .int(3), .int(1 << 20), .int(1 << 31), .int(1 << 62),
    .int(.max), .int(.min), .null, .bool(true), .double(1e300), .double(-0.5), .string(""),
    .string("x"), .list([]), .object([:]),
  ]

  /// One value somewhere in a document is another, or is left out.
  private static func mutated(_ value: PlainValue, _ random: inout SeededRandom) -> PlainValue {
    switch value {
    case .object(var members) where !members.isEmpty:
      let key = random.pick(Array(members.keys))
      if Int.random(in: 0..<12, using: &random) == 0 {
        members[key] = Bool.random(using: &random) ? nil : random.pick(intruders)
      } else if let member = members[key] {
        members[key] = mutated(member, &random)
      }
      return .object(members)
    case .list(var values) where !values.isEmpty:
      let index = Int.random(in: values.indices, using: &random)
      switch Int.random(in: 0..<16, using: &random) {
      case 0: values.remove(at: index)
      case 1: values.append(values[index])
      case 2: values.swapAt(index, Int.random(in: values.indices, using: &random))
      default: values[index] = mutated(values[index], &random)
      }
      return .list(values)
    default: return random.pick(intruders)
    }
  }

  /// One value of the graph is another, in what the loader reads.
  private static func changed(
    _ document: PlainValue, _ random: inout SeededRandom
  ) -> PlainValue {
    guard case .object(var root) = document, case .object(var module)? = root["graph_module"],
      case .object(var graph)? = module["graph"]
    else { return mutated(document, &random) }
    if Int.random(in: 0..<6, using: &random) == 0, let signature = module["signature"] {
      module["signature"] = mutated(signature, &random)
    } else {
      let key = random.pick(["nodes", "nodes", "nodes", "tensor_values"])
      if case .list(var nodes)? = graph[key], !nodes.isEmpty {
        let index = Int.random(in: nodes.indices, using: &random)
        if case .object(var node) = nodes[index], let inputs = node["inputs"] {
          node["inputs"] = mutated(inputs, &random)
          nodes[index] = .object(node)
        }
        graph[key] = Bool.random(using: &random) ? .list(nodes) : mutated(.list(nodes), &random)
      } else if let values = graph[key] {
        graph[key] = mutated(values, &random)
      }
      module["graph"] = .object(graph)
    }
    root["graph_module"] = .object(module)
    return .object(root)
  }

  @Test("no change of a program makes the loader fail otherwise than by an error")
  func mutations() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "fixtures/exported")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".pt2") && $0 != "unet-flat.pt2" }.sorted()
    #expect(files.count >= 12)
    var random = SeededRandom(7)
    var (loaded, refused) = (0, 0)
    for file in files {
      let path = folder.appending(path: file)
      let checkpoint = try Checkpoint(contentsOf: path.path)
      let document = try #require(checkpoint.program).document
      for _ in 0..<150 {
        var changed = document
        for _ in 0..<Int.random(in: 1...3, using: &random) {
          changed = Self.changed(changed, &random)
        }
        let program = ExportedProgram(
          document: changed, notes: nil, exampleInputs: [], constants: [])
        do throws(ArchitectureError) {
          let network = try ExportedNetwork(checkpoint, program)
          loaded += 1
          #expect(network.frames > 0)
        } catch {
          refused += 1
          #expect(!error.problems.isEmpty)
          #expect(error.description.utf8.count < 20_000)
        }
      }
    }
    // Most changes are of what nobody reads.
    #expect(loaded > 50)
    #expect(refused > 50)
  }

  @Test("what is changed in place is changed for everyone who reads it later")
  func inPlace() throws {
    let shapes = ["x": [1, 2, 5], "r": [1, 2, 5], "v": [1, 2, 5], "y": [1, 2, 5]]
    let changed = try network(
      program(
        [
          node("relu_.default", "r", tensor("self")),
          node("add.Tensor", "y", tensor("self", "r") + ", " + tensor("other", "x")),
        ], shapes: shapes))
    let sum = try #require(changed.model.modules.last)
    #expect(sum.wiring?.inputs == ["a", "a"])
    // A block of a residual network: each call works on the memory of the one before.
    let block = try network(
      program(
        [
          node("relu.default", "r", tensor("self")),
          node("add_.Tensor", "v", tensor("self", "r") + ", " + tensor("other", "x")),
          node("relu_.default", "w", tensor("self", "v")),
          node("add.Tensor", "y", tensor("self", "w") + ", " + tensor("other", "w")),
        ], shapes: shapes.merging(["w": [1, 2, 5]]) { $1 }))
    #expect(block.model.modules.map(\.type) == ["ReLU", "Add", "ReLU", "Add"])
    let view = try network(
      program(
        [
          node("alias.default", "v", tensor("self")), node("relu_.default", "r", tensor("self")),
          node("add.Tensor", "y", tensor("self", "r") + ", " + tensor("other", "v")),
        ], shapes: shapes))
    #expect(view.model.modules.map(\.type) == ["Calculation"])
    let assumption = try #require(view.assumptions.first)
    #expect(
      assumption.contains("changes in place what is read again under another name (v)"),
      "\(assumption)")
  }

  // MARK: - Programs by hand

  /// A program of calls on a clip `x`.
  private func program(
    _ nodes: [String], shapes: [String: [Int]], output: String = "y"
  ) throws -> ExportedProgram {
    let values = shapes.map { name, shape in
      "\"\(name)\": {\"sizes\": [\(shape.map { "{\"as_int\": \($0)}" }.joined(separator: ","))]}"
    }.joined(separator: ",")
    let text = """
      {"graph_module": {"graph": {"nodes": [\(nodes.joined(separator: ","))],
        "tensor_values": {\(values)}, "sym_int_values": {}},
        "signature": {"input_specs": [{"user_input": {"arg": {"as_tensor": {"name": "x"}}}}],
          "output_specs": [{"user_output": {"arg": {"as_tensor": {"name": "\(output)"}}}}]}}}
      """
    return ExportedProgram(
      document: try PlainValue(json: text.utf8), notes: nil, exampleInputs: [], constants: [])
  }

  private func node(
    _ target: String, _ output: String, _ arguments: String, line: String = ""
  ) -> String {
    """
    {"target": "torch.ops.aten.\(target)", "inputs": [\(arguments)],
     "outputs": [{"as_tensor": {"name": "\(output)"}}], "metadata": {
       "nn_module_stack": "L__self__,,net.Net;L__self__a,a,net.Block", "stack_trace": "\(line)"}}
    """
  }

  private func tensor(_ name: String, _ value: String = "x") -> String {
    "{\"name\": \"\(name)\", \"arg\": {\"as_tensor\": {\"name\": \"\(value)\"}}}"
  }

  private func network(_ program: ExportedProgram) throws(ArchitectureError) -> ExportedNetwork {
    let data = ZipBuilder([
      .init("net/models/model.json", Array("{\"graph_module\": {}}".utf8)),
      .init("net/archive_format", Array("pt2".utf8)),
    ]).data
    let checkpoint: Checkpoint
    do throws(CheckpointError) {
      checkpoint = try Checkpoint(name: "net.pt2", data: data)
    } catch {
      throw ArchitectureError(source: "net.pt2", place: "", .file(error))
    }
    return try ExportedNetwork(checkpoint, program)
  }

  private func problem(_ program: ExportedProgram) -> String {
    do throws(ArchitectureError) {
      let network = try network(program)
      return "\(network.model)"
    } catch {
      return error.description
    }
  }

  private func int(_ name: String, _ value: Int) -> String {
    "{\"name\": \"\(name)\", \"arg\": {\"as_int\": \(value)}}"
  }

  private func slice(_ output: String, of input: String, _ dim: Int, _ start: Int, _ end: Int)
    -> String
  {
    node(
      "slice.Tensor", output,
      [tensor("self", input), int("dim", dim), int("start", start), int("end", end)]
        .joined(separator: ", "))
  }

  private func copy(_ source: String, into target: String, _ output: String) -> String {
    node("copy_.default", output, tensor("self", target) + ", " + tensor("src", source))
  }

  @Test("what is copied into zeros is shifted in time, and parts of channels are joined")
  func shift() throws {
    let shapes = [
      "x": [1, 4, 5], "z": [1, 4, 5], "a": [1, 4, 4], "b": [1, 2, 4], "c": [1, 4, 4],
      "d": [1, 2, 4], "e": [1, 1, 5], "f": [1, 1, 5], "y": [1, 4, 5], "k": [1, 2, 4],
      "l": [1, 1, 5],
    ]
    let nodes = [
      node("zeros_like.default", "z", tensor("self")), slice("a", of: "x", 2, 1, .max),
      slice("b", of: "a", 1, 0, 2), slice("c", of: "z", 2, 0, 4), slice("d", of: "c", 1, 0, 2),
      copy("b", into: "d", "k"), slice("e", of: "x", 1, 2, 3), slice("f", of: "z", 1, 3, 4),
      copy("e", into: "f", "l"), node("relu.default", "y", tensor("self", "z")),
    ]
    let shifted = try network(program(nodes, shapes: shapes))
    let types = shifted.model.modules.map(\.type)
    #expect(types.contains("Skip"), "\(types)")
    // The third channel is zeros, so that a matrix puts the others in their places.
    #expect(types.last == "ReLU" && types.contains("MatMul"), "\(types)")
    // A call whose result nobody reads changes what is read later all the same.
    let changed = try network(
      program(
        [node("relu_.default", "r", tensor("self")), node("exp.default", "y", tensor("self"))],
        shapes: ["x": [1, 2, 5], "r": [1, 2, 5], "y": [1, 2, 5]]))
    #expect(changed.model.modules.map(\.type) == ["ReLU", "Lambda"])
  }

  @Test("the place of the smallest number finds the row of a table")
  func places() throws {
    let shapes = ["x": [1, 3, 5], "p": [1, 5], "c": [6], "m": [3, 2], "y": [1, 5, 2]]
    let network = try network(
      program(
        [
          node("argmin.default", "p", tensor("self") + ", " + int("dim", 1)),
          node("arange.default", "c", ""), node("view.default", "m", tensor("self", "c")),
          node("embedding.default", "y", tensor("weight", "m") + ", " + tensor("indices", "p")),
        ], shapes: shapes))
    let types = network.model.modules.map(\.type)
    #expect(types.count { $0 == "MatMul" } == 2, "\(types)")
    #expect(network.order?.output == [0, 2, 1] || network.order?.output == [0, 2, 3])
    // By itself, a place is a number.
    let number = try self.network(
      program(
        [node("argmax.default", "y", tensor("self") + ", " + int("dim", 1))],
        shapes: ["x": [1, 3, 5], "y": [1, 5]]))
    #expect(number.model.modules.contains { $0.type == "MatMul" })
  }

  @Test("what is not known of complex numbers is refused by name")
  func complex() throws {
    let shapes = ["x": [1, 40], "s": [1, 5, 9], "y": [1, 5, 9]]
    let nodes = [
      node(
        "stft.default", "s", tensor("self") + ", " + int("n_fft", 8) + ", " + int("hop_length", 4)),
      node("reciprocal.default", "y", tensor("self", "s")),
    ]
    let text = problem(try program(nodes, shapes: shapes))
    #expect(text.contains("reciprocal takes complex numbers"), "\(text)")
  }

  @Test("frames of two clips in one are no stream, and the call that reads them is named")
  func framesOfTwoClips() throws {
    let shapes = [
      "x": [1, 5], "w": [1, 5], "z": [1, 5], "a": [1, 3], "b": [1, 3], "k": [1, 3], "y": [1, 5],
    ]
    let nodes = [
      node("relu.default", "w", tensor("self")), node("exp.default", "z", tensor("self")),
      slice("a", of: "w", 1, 0, 3), slice("b", of: "z", 1, 0, 3), copy("a", into: "b", "k"),
      node("tanh.default", "y", tensor("self", "z")),
    ]
    let network = try network(program(nodes, shapes: shapes))
    let text = network.assumptions.joined()
    #expect(text.contains("takes some frames of one clip and others of another"), "\(text)")
  }

  @Test("frames are stacked where time is split, and made of channels where these are joined to it")
  func rates() throws {
    func view(_ output: String, of input: String) -> String {
      node("view.default", output, tensor("self", input))
    }
    let stacked = try network(
      program(
        [view("v", of: "x"), node("relu.default", "y", tensor("self", "v"))],
        shapes: ["x": [1, 3, 12], "v": [1, 3, 4, 3], "y": [1, 3, 4, 3]]))
    #expect(stacked.model.modules.contains { $0.type == "Conv1d" })
    let weight = try #require(stacked.tensors.values.first).wideValues()
    #expect(weight.shape == [9, 1, 3])
    #expect(weight.scalars == (0..<27).map { $0 / 3 % 3 == $0 % 3 ? 1 : 0 })
    let order = "{\"name\": \"dims\", \"arg\": {\"as_ints\": [0, 1, 3, 2]}}"
    let shuffled = try network(
      program(
        [
          view("v", of: "x"), node("permute.default", "p", tensor("self", "v") + ", " + order),
          view("w", of: "p"),
          node("cumsum.default", "y", tensor("self", "w") + ", " + int("dim", 2)),
        ],
        shapes: [
          "x": [1, 6, 5], "v": [1, 2, 3, 5], "p": [1, 2, 5, 3], "w": [1, 2, 15], "y": [1, 2, 15],
        ]))
    #expect(shuffled.model.modules.contains { $0.type == "PixelShuffle1d" })
  }

  @Test("an operator that is not known is named with its module and the user's line")
  func unknownOperator() throws {
    let line =
      #"File \"net.py\", line 12, in forward\n    return magic(x)\n  "#
      + #"File \"/site/torch/nn/functional.py\", line 9, in magic\n    inner"#
    let program = try program(
      [node("magic.default", "y", tensor("self"), line: line)],
      shapes: ["x": [1, 2, 5], "y": [1, 2, 5]])
    let text = problem(program)
    #expect(text.contains("net.pt2: a (Block), net.py, line 12: return magic(x): magic"), "\(text)")
    #expect(text.contains("torch.ops.aten.magic.default"))
    #expect(text.contains("--arch"))
    #expect(!text.contains("functional.py"))
  }

  @Test("each call is compared with the shape that the program says")
  func shapes() throws {
    let program = try program(
      [node("relu.default", "y", tensor("self"))], shapes: ["x": [1, 2, 5], "y": [1, 2, 6]])
    #expect(problem(program).contains("makes [1, 2, 5], and the program says [1, 2, 6]"))
  }

  @Test("a clip joined with itself again and again does not overflow")
  func doubling() throws {
    var nodes: [String] = []
    var shapes = ["x": [1, 1 << 20, 5]]
    for level in 0..<80 {
      let before = level == 0 ? "x" : "y\(level - 1)"
      let list =
        "{\"name\": \"tensors\", \"arg\": {\"as_tensors\": [{\"name\": \"\(before)\"}, "
        + "{\"name\": \"\(before)\"}]}}"
      let dim = "{\"name\": \"dim\", \"arg\": {\"as_int\": 1}}"
      nodes.append(node("cat.default", "y\(level)", "\(list), \(dim)"))
      shapes["y\(level)"] = [1, level < 40 ? 1 << (21 + level) : .max, 5]
    }
    let text = problem(try program(nodes, shapes: shapes, output: "y79"))
    #expect(text.contains("makes"), "\(text)")
  }

  @Test("what a program calculates of nothing has a limit for all of it together")
  func constants() throws {
    var nodes: [String] = []
    var shapes = ["x": [1, 1, 5]]
    var before = "x"
    for number in 0..<12 {
      shapes["c\(number)"] = [1 << 20]
      shapes["y\(number)"] = [1, 1, 5]
      nodes.append(node("arange.default", "c\(number)", ""))
      nodes.append(
        node(
          "add.Tensor", "y\(number)", tensor("self", before) + ", " + tensor("other", "c\(number)"))
      )
      before = "y\(number)"
    }
    let text = problem(try program(nodes, shapes: shapes, output: before))
    #expect(text.contains("constants of more than"), "\(text)")
  }

  @Test(
    "an einsum takes the matrix as its letters say",
    arguments: [
      ("bct,cd->bdt", [2, 3], [0, 1, 2, 3, 4, 5]), ("bct,dc->bdt", [3, 2], [0, 2, 4, 1, 3, 5]),
      ("dc,bct->bdt", [3, 2], [0, 2, 4, 1, 3, 5]), ("bct,cd->btd", [2, 3], [0, 1, 2, 3, 4, 5]),
    ] as [(String, [Int], [Double])])
  func einsum(_ equation: String, _ shape: [Int], _ wanted: [Double]) throws {
    let names = equation.hasPrefix("d") ? ["m", "x"] : ["x", "m"]
    let list = names.map { "{\"name\": \"\($0)\"}" }.joined(separator: ",")
    let program = try program(
      [
        node("arange.default", "c", ""), node("view.default", "m", tensor("self", "c")),
        node(
          "einsum.default", "y",
          "{\"name\": \"equation\", \"arg\": {\"as_string\": \"\(equation)\"}}, "
            + "{\"name\": \"tensors\", \"arg\": {\"as_tensors\": [\(list)]}}"),
      ],
      shapes: [
        "x": [1, 2, 5], "c": [6], "m": shape,
        "y": equation.hasSuffix("d") ? [1, 5, 3] : [1, 3, 5],
      ])
    let network = try network(program)
    #expect(network.model.modules.map(\.type) == ["MatMul"])
    let matrix = try #require(network.tensors.values.first).wideValues()
    #expect(matrix.shape == [2, 3])
    #expect(matrix.scalars == wanted)
    #expect((network.order?.output == [0, 2, 1]) == equation.hasSuffix("d"))
  }

  @Test(
    "sums that are not a product with matrices along one axis are refused",
    arguments: [
      "bct,cd->bd", "bct,bd->bctd", "bct,cd->bcdt", "bct->bct", "bct,ce->bdt", "b.t,cd->bdt",
    ])
  func otherSums(_ equation: String) throws {
    let program = try program(
      [
        node("arange.default", "c", ""), node("view.default", "m", tensor("self", "c")),
        node(
          "einsum.default", "y",
          "{\"name\": \"equation\", \"arg\": {\"as_string\": \"\(equation)\"}}, "
            + "{\"name\": \"tensors\", \"arg\": {\"as_tensors\": [{\"name\": \"x\"}, "
            + "{\"name\": \"m\"}]}}"),
      ], shapes: ["x": [1, 2, 5], "c": [6], "m": [2, 3], "y": [1, 3, 5]])
    #expect(problem(program).contains("adds up in a way"), "\(problem(program))")
  }

  @Test("a second input and a network for training are refused by name")
  func refusals() throws {
    let training = try program(
      [
        node(
          "dropout.default", "y",
          tensor("input") + ", {\"name\": \"train\", \"arg\": {\"as_bool\": true}}")
      ], shapes: ["x": [1, 2, 5], "y": [1, 2, 5]])
    #expect(problem(training).contains("model.eval()"))
    let both = try program(
      [node("add.Tensor", "y", tensor("self") + ", " + tensor("other", "z"))],
      shapes: ["x": [1, 2, 5], "y": [1, 2, 5]])
    #expect(problem(both).contains("takes what no call makes (z)"), "\(problem(both))")
  }

  @Test("the article lists each operator that is known")
  func article() throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
      .appending(path: "Sources/TorchModels/Documentation.docc/ExportedPrograms.md")
    let text = try String(contentsOf: path, encoding: .utf8)
    let table = try #require(text.components(separatedBy: "## Operators").last)
    let listed = Set(table.matches(of: /`([A-Za-z0-9_]+)`/).map { String($0.1) })
    let all = Set(ExportedOperators.all.keys).union(ExportedConstants.names)
      .union(ExportedTranslator.overwriting)
    // The forms that work in place are those of the others.
    let known = all.filter { !$0.hasSuffix("_") || !all.contains(String($0.dropLast())) }
    #expect(known.subtracting(listed).sorted() == [])
    #expect(listed.subtracting(known).sorted() == [])
  }
}
