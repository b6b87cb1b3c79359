import Continual
import OrderedCollections
import PlainData
import Tensors
import Testing

@testable import TorchModels

@Suite("functions by their names")
struct LambdaImporterTests {
  private func build(
    _ arguments: OrderedDictionary<String, PlainValue>
  ) -> (module: any Module, problems: [String]) {
    let table = KeyTable([:], match: .exact)
    let node = ModuleDescription(type: "Lambda", arguments: arguments, place: "$.model")
    let network = Network(node, of: table)
    return (network.module, ModelError(file: "", problems: network.misfits, fitting: 0).lines)
  }

  @Test(
    "every function that is known makes a module",
    arguments: TorchFunctions.elementaryNames + Catalog.standard.functions)
  func all(name: String) {
    var needed: OrderedDictionary<String, PlainValue> =
      switch name {
      case "pow": ["exponent": .double(0.5)]
      case "add", "mul", "multiply": ["other": .int(2)]
      case "flatten": ["start_dim": .int(1)]
      case "interpolate", "upsample": ["scale_factor": .int(2)]
      default: [:]
      }
    // What has to be given is told by the definition of the class that does the same.
    if needed.isEmpty, let meaning = Catalog.standard.meaning(ofFunction: name) {
      let arguments = Catalog.standard[meaning.type]?.arguments ?? []
      for argument in arguments where argument.standard == .required {
        needed[argument.name] = .int(2)
      }
    }
    let (_, problems) = build(needed.merging(["function": .string(name)]) { $1 })
    #expect(problems.isEmpty)
  }

  @Test("the arguments of a function are those of the module that does the same")
  func arguments() throws {
    let clip = Tensor([1, 2, 2], [-1, 2, 3, 4])
    func output(_ arguments: OrderedDictionary<String, PlainValue>) throws -> [Float] {
      let (module, problems) = build(arguments)
      #expect(problems.isEmpty)
      return try Plan(module, frame: [1, 2]).forward(clip).scalars
    }
    let name = { PlainValue.string($0) }
    #expect(
      try output(["function": name("leaky_relu"), "negative_slope": .double(0.5)])
        == [-0.5, 2, 3, 4])
    #expect(try output(["function": name("clamp"), "max": .int(3)]) == [-1, 2, 3, 3])
    #expect(
      try output(["function": name("clamp"), "min": .int(0), "max": .int(2)]) == [0, 2, 2, 2])
    #expect(try output(["function": name("pow"), "exponent": .int(2)]) == [1, 4, 9, 16])
    #expect(try output(["function": name("add"), "other": .int(1)]) == [0, 3, 4, 5])
    #expect(try output(["function": name("mul"), "other": .int(-1)]) == [1, -2, -3, -4])
    #expect(try output(["function": name("absolute")]) == [1, 2, 3, 4])
  }

  @Test("dimensions are those of a frame, or of a clip where the function takes time")
  func dimensions() throws {
    let clip = Tensor([1, 1, 2, 2], [0, 0, 0, 5])
    // Axis 2 of a frame (B, C, W) is W, and of a clip (B, C, T, W) time.
    let (framewise, _) = build(["function": .string("softmax"), "dim": .int(2)])
    let output = try Plan(framewise, frame: [1, 1, 2]).forward(clip).scalars
    #expect(output[0] == 0.5 && output[1] == 0.5 && output[3] > 0.9)
    let (whole, _) = build([
      "function": .string("softmax"), "dim": .int(3), "takes_time": .bool(true),
    ])
    #expect(try Plan(whole, frame: [1, 1, 2]).forward(clip).scalars == output)
  }

  @Test(
    "what is wrong is named by its JSON path",
    arguments: [
      (["function": .string("sigmiod")], "did you mean \"sigmoid\"?"),
      (["function": .string("my_function")], "the function \"my_function\" is unknown"),
      (["function": .string("elu"), "alhpa": .int(1)], "$.model.alhpa"),
      (["function": .string("sin"), "alpha": .int(1)], "$.model.alpha"),
      (["function": .string("pow")], "needs an \"exponent\""),
      (["function": .string("softmax"), "dim": .string("C")], "expected an integer"),
      (["function": .string("flatten")], "flattens the batch"), ([:], "one module inside"),
    ] as [(OrderedDictionary<String, PlainValue>, String)])
  func mistakes(_ arguments: OrderedDictionary<String, PlainValue>, _ text: String) {
    let (module, problems) = build(arguments)
    guard problems.isEmpty else {
      #expect(problems.joined(separator: " ").contains(text), "\(problems)")
      return
    }
    let error = #expect(throws: ModuleError.self) { try Plan(module, frame: [1, 2, 3]) }
    #expect(error?.reason.contains(text) == true)
  }
}

extension ModelError {
  fileprivate var lines: [String] {
    problems.isEmpty ? [] : description.split(separator: "\n").dropFirst().map(String.init)
  }
}
