import Continual
import OrderedCollections
import PlainData
import Tensors
import Testing

@testable import TorchModels

@Suite("modules that calculate with tensors of the file")
struct TensorImporterTests {
  private func table(_ tensors: OrderedDictionary<String, Tensor>) -> KeyTable {
    var parameters: OrderedDictionary<String, Parameter> = [:]
    for (name, tensor) in tensors {
      parameters[name] = Parameter(name: name, shape: tensor.shape) { tensor }
    }
    return KeyTable(parameters, match: .exact)
  }

  private func node(
    _ type: String, _ arguments: OrderedDictionary<String, PlainValue>
  ) -> ModuleDescription {
    ModuleDescription(type: type, arguments: arguments, place: "$.model")
  }

  @Test("a matrix is looked for in the module, then in the whole file; several are multiplied")
  func keys() throws {
    let table = table([
      "A": Tensor([2, 2, 2], [9, 9, 9, 9, 1, 2, 3, 4]),
      "gcn.edge": Tensor([2, 2, 2], repeating: 10),
    ])
    let matrix = PlainValue.list([.string("A"), .string("edge")])
    let network = Network(
      node("MatMul", ["matrix": matrix, "index": .int(1)]), at: "gcn", of: table)
    #expect(network.misfits.isEmpty)
    let output = try Plan(network.module, frame: [1, 1, 2]).forward(Tensor([1, 1, 1, 2], [1, 2]))
    // (1, 2) times ((10, 20), (30, 40)).
    #expect(output.scalars == [70, 100])
  }

  @Test("transpose multiplies with the columns instead of the rows")
  func transpose() throws {
    let table = table(["A": Tensor([2, 3], [1, 2, 3, 4, 5, 6])])
    let network = Network(
      node("MatMul", ["matrix": .string("A"), "transpose": .bool(true)]), of: table)
    let output = try Plan(network.module, frame: [1, 1, 3]).forward(
      Tensor([1, 1, 1, 3], [1, 10, 100]))
    #expect(output.scalars == [321, 654])
  }

  @Test(
    "what is wrong with a matrix is said",
    arguments: [
      ([:], "MatMul needs a \"matrix\""), (["matrix": .int(3)], "MatMul needs a \"matrix\""),
      (["matrix": .list([])], "expected names of tensors"),
      (["matrix": .string("A"), "index": .int(2)], "is 2, and the matrices have shape (2, 2, 2)"),
      (["matrix": .string("A"), "stack": .string("some")], "expected one of"),
      (["matrix": .string("B")], "missing gcn.B"), (["matrix": .string("flat")], "shape flat"),
      (["matrix": .list([.string("A"), .string("C")])], "(2, 2, 2) times (2, 2)"),
    ] as [(OrderedDictionary<String, PlainValue>, String)])
  func mistakes(_ arguments: OrderedDictionary<String, PlainValue>, _ message: String) {
    let table = table([
      "A": Tensor([2, 2, 2]), "C": Tensor([2, 2]), "flat": Tensor([4]),
    ])
    let network = Network(node("MatMul", arguments), at: "gcn", of: table)
    let error = ModelError(file: "test", problems: network.problems, fitting: 0)
    let text = error.description.replacing(/\s+/, with: " ")
    #expect(network.problems.count == 1)
    #expect(text.contains(message), "\(text)")
  }

  @Test("the constant of an Add can be a tensor of the file")
  func constant() throws {
    let table = table(["position": Tensor([2, 1], [10, 20])])
    let network = Network(node("Add", ["constant": .string("position")]), of: table)
    #expect(network.misfits.isEmpty)
    let output = try Plan(network.module, frame: [1, 2]).forward(Tensor([1, 2, 1], [1, 2]))
    #expect(output.scalars == [11, 22])
  }

  @Test("the lengths of a Rearrange are arguments by the names in its pattern")
  func rearrange() throws {
    let table = table([:])
    let network = Network(
      node("Rearrange", ["pattern": .string("b (k c) t -> b c t k"), "k": .int(2)]), of: table)
    #expect(network.misfits.isEmpty)
    #expect(try Plan(network.module, frame: [1, 6]).output.frame == [1, 3, 2])
    for arguments: OrderedDictionary<String, PlainValue> in [
      ["pattern": .string("b (k c) t -> b c t k"), "d": .int(2)], [:],
    ] {
      #expect(Network(node("Rearrange", arguments), of: table).misfits.count == 1)
    }
  }
}
