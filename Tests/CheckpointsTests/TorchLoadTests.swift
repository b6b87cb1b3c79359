import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

/// Calls and names that `torch.load` of PyTorch 2.13 refuses, beside those like them that it takes;
/// each was given to it.
@Suite("As torch.load has it")
struct TorchLoadTests {
  private static func refusal(
    _ requirement: String, _ words: String, _ value: [UInt8]
  ) -> Refusal {
    Refusal(requirement, .malformed, words, file(Pickle.dict([("w", value)])))
  }

  private static func file(_ root: [UInt8]) -> Data {
    ZipBuilder.torch(
      Pickle.whole(root), ["0": [UInt8](repeating: 0, count: 24)]
    ).data
  }

  private static func call(_ function: String, _ arguments: [[UInt8]]) -> [UInt8] {
    Pickle.call(Pickle.global("torch._utils", function), arguments)
  }

  /// Six numbers; of another type, fewer in the same bytes.
  private static func tensor(
    requiresGrad: [UInt8] = Pickle.bool(false), hooks: [UInt8] = Pickle.orderedDict,
    type: String = "FloatStorage", count: Int = 6, metadata: [UInt8]? = nil
  ) -> [UInt8] {
    call(
      "_rebuild_tensor_v2",
      [
        Pickle.storage(key: "0", count, type: type), Pickle.int(0), Pickle.ints([count]),
        Pickle.ints([1]), requiresGrad, hooks,
      ] + (metadata.map { [$0] } ?? []))
  }

  private static let integers = tensor(type: "LongStorage", count: 3)
  private static let (yes, no) = (Pickle.bool(true), Pickle.bool(false))
  private static let parameterClass = Pickle.global("torch.nn.parameter", "Parameter")

  private static func parameter(
    _ tensor: [UInt8], _ requiresGrad: [UInt8], state: [UInt8]? = nil
  ) -> [UInt8] {
    call(
      state == nil ? "_rebuild_parameter" : "_rebuild_parameter_with_state",
      [tensor, requiresGrad, Pickle.orderedDict] + (state.map { [$0] } ?? []))
  }

  private static func typed(_ type: [UInt8], state: [UInt8]) -> [UInt8] {
    Pickle.call(
      Pickle.global("torch._tensor", "_rebuild_from_type_v2"),
      [
        Pickle.global("torch._utils", "_rebuild_tensor_v2"), type,
        Pickle.tuple([
          Pickle.storage(key: "0", 6), Pickle.int(0), Pickle.ints([6]), Pickle.ints([1]), no,
          Pickle.orderedDict,
        ]), state,
      ])
  }

  static let refused: [Refusal] = [
    refusal("requires_grad is not 1", "1 for requires_grad", tensor(requiresGrad: Pickle.int(1))),
    refusal("requires_grad is not 0", "0 for requires_grad", tensor(requiresGrad: Pickle.int(0))),
    refusal("requires_grad is not None", "None for", tensor(requiresGrad: Pickle.none)),
    refusal("requires_grad is not a text", "\"x\" for", tensor(requiresGrad: Pickle.text("x"))),
    refusal("requires_grad is not a float", "1.0 for", tensor(requiresGrad: Pickle.float(1))),
    refusal("requires_grad is not a list", "a list for", tensor(requiresGrad: Pickle.emptyList)),
    refusal(
      "integers require no gradient", "requires a gradient",
      tensor(requiresGrad: yes, type: "LongStorage", count: 3)),
    refusal(
      "real numbers are not conjugated", "marked as conjugated",
      tensor(metadata: Pickle.dict([("conj", yes)]))),
    refusal(
      "requires_grad of a parameter is not 1", "1 for", parameter(tensor(), Pickle.int(1))),
    refusal("requires_grad of a parameter is not None", "None for", parameter(tensor(), [0x4E])),
    refusal(
      "parameters that are integers require no gradient", "requires a gradient",
      parameter(integers, yes)),
    refusal(
      "attributes of a parameter are not a number", "for its attributes",
      parameter(tensor(), yes, state: Pickle.int(1))),
    refusal(
      "attributes of a subclass are not a number", "for its attributes",
      typed(parameterClass, state: Pickle.int(1))),
    refusal("a class is not a number", "for its class", typed(Pickle.int(1), state: [0x7D])),
    refusal(
      "a Parameter is made of a tensor, not a number", "expected a tensor",
      Pickle.call(parameterClass, [Pickle.int(3)])),
    refusal(
      "a Parameter is made of a tensor, not a text", "expected a tensor",
      Pickle.call(parameterClass, [Pickle.text("x")])),
    refusal(
      "the class of a storage is not called", "calls the class of a storage",
      Pickle.call(Pickle.global("torch", "FloatStorage"), [])),
    refusal(
      "the class of a storage is not called with a size", "calls the class of a storage",
      Pickle.call(Pickle.global("torch", "FloatStorage"), [Pickle.int(4)])),
    Refusal(
      "a name of Python 2 is UTF-8", .malformed, "is not UTF-8",
      file(Pickle.emptyDict + Pickle.mark + [0x55, 2, 0xFF, 0xFE] + tensor() + [0x75])),
  ]

  @Test("what torch.load refuses is refused", arguments: refused)
  func refuses(_ refusal: Refusal) { refusal.check() }

  /// A value that is one tensor at the path `w`.
  struct Accepted: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let value: [UInt8]
    var requiresGrad = false
    var isParameter = false

    init(
      _ name: String, _ value: [UInt8], requiresGrad: Bool = false, isParameter: Bool = false
    ) {
      (testDescription, self.value) = (name, value)
      (self.requiresGrad, self.isParameter) = (requiresGrad, isParameter)
    }
  }

  static let accepted: [Accepted] = [
    Accepted("a tensor that requires a gradient", tensor(requiresGrad: yes), requiresGrad: true),
    Accepted("hooks that are None", tensor(hooks: Pickle.none)),
    Accepted("hooks that are a number", tensor(hooks: Pickle.int(3))),
    Accepted("hooks that are a dict", tensor(hooks: Pickle.dict([("a", Pickle.none)]))),
    Accepted("marks that are None", tensor(metadata: Pickle.none)),
    Accepted("empty marks", tensor(metadata: Pickle.emptyDict)),
    Accepted(
      "a parameter", parameter(tensor(), yes), requiresGrad: true, isParameter: true),
    Accepted("integers as a parameter", parameter(integers, no), isParameter: true),
    Accepted(
      "a parameter of a parameter", parameter(parameter(tensor(), yes), yes), requiresGrad: true,
      isParameter: true),
    Accepted(
      "a parameter with attributes", parameter(tensor(), yes, state: Pickle.emptyDict),
      requiresGrad: true, isParameter: true),
    Accepted(
      "a parameter without attributes", parameter(tensor(), yes, state: Pickle.none),
      requiresGrad: true, isParameter: true),
    Accepted(
      "the class Parameter, called", Pickle.call(parameterClass, [tensor()]),
      requiresGrad: true, isParameter: true),
    Accepted(
      "the class Parameter, called with False", Pickle.call(parameterClass, [tensor(), no]),
      isParameter: true),
    Accepted(
      "the class Parameter as a new object",
      parameterClass + Pickle.tuple([tensor()]) + Pickle.newObject, requiresGrad: true,
      isParameter: true),
    Accepted(
      "the class Parameter with the state of PyTorch 0.3",
      Pickle.call(parameterClass, [tensor()])
        + Pickle.tuple([no, no, Pickle.orderedDict]) + Pickle.build, isParameter: true),
    Accepted("a subclass", typed(parameterClass, state: Pickle.emptyDict), isParameter: true),
    Accepted("a plain tensor as its class", typed(Pickle.global("torch", "Tensor"), state: [0x4E])),
  ]

  @Test("what torch.load takes is a tensor", arguments: accepted)
  func accepts(_ accepted: Accepted) throws {
    let data = TorchLoadTests.file(Pickle.dict([("w", accepted.value)]))
    let checkpoint = try Checkpoint(name: "model.pt", data: data)
    #expect(checkpoint.tensors.map(\.path) == ["w"])
    let tensor = try #require(checkpoint.tensors.first)
    #expect(tensor.requiresGrad == accepted.requiresGrad)
    #expect(tensor.isParameter == accepted.isParameter)
    #expect(try tensor.littleEndianBytes().allSatisfy { $0 == 0 })
  }

  @Test("a Parameter of nothing has no elements")
  func emptyParameter() throws {
    let data = TorchLoadTests.file(
      Pickle.dict([("w", Pickle.call(TorchLoadTests.parameterClass, []))]))
    let tensor = try #require(try Checkpoint(name: "model.pt", data: data).tensors.first)
    #expect(tensor.shape == [0])
    #expect(try tensor.values().scalars.isEmpty)
  }

  @Test("a name of Python 2 that is UTF-8 is that text, and one in bytes of Python 3 stays bytes")
  func names() throws {
    let text = TorchLoadTests.file(
      Pickle.emptyDict + Pickle.mark + [0x55, 2, 0xC3, 0xA9] + TorchLoadTests.tensor() + [0x75])
    #expect(try Checkpoint(name: "model.pt", data: text).tensors.map(\.path) == ["é"])
    let bytes = TorchLoadTests.file(
      Pickle.emptyDict + Pickle.mark + [0x43, 2, 0xFF, 0xFE] + TorchLoadTests.tensor() + [0x75])
    #expect(try Checkpoint(name: "model.pt", data: bytes).tensors.count == 1)
  }
}
