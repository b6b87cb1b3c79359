import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite("Refused tensors")
struct TensorRefusalTests {
  private static func refusal(
    _ requirement: String, _ words: String, _ tensor: [UInt8],
    _ code: CheckpointError.Code = .malformed
  ) -> Refusal {
    Refusal(requirement, code, words, archive(Pickle.whole(Pickle.dict([("w", tensor)]))))
  }

  private static func call(_ function: String, _ arguments: [[UInt8]]) -> [UInt8] {
    Pickle.call(Pickle.global("torch._utils", function), arguments)
  }

  private static func made(
    storage: [UInt8] = Pickle.storage(key: "0", 6), offset: [UInt8] = Pickle.int(0),
    size: [UInt8] = Pickle.ints([2, 3]), strides: [UInt8] = Pickle.ints([3, 1])
  ) -> [UInt8] {
    call(
      "_rebuild_tensor_v2",
      [storage, offset, size, strides, Pickle.bool(false), Pickle.orderedDict])
  }

  private static func reference(_ parts: [[UInt8]]) -> [UInt8] {
    made(storage: Pickle.tuple(parts) + Pickle.persistent)
  }

  private static let float = Pickle.global("torch", "FloatStorage")
  private static let (word, cpu) = (Pickle.text("storage"), Pickle.text("cpu"))

  static let views: [Refusal] = [
    refusal(
      "a view ends within its storage", "reaches beyond",
      Pickle.tensor([2, 3], offset: 1, count: 6)),
    refusal(
      "strides stay within the storage", "reaches beyond",
      Pickle.tensor([2, 3], strides: [4, 1], count: 6)),
    refusal("an offset is no text", "\"0\" for its offset", made(offset: Pickle.text("0"))),
    refusal("an offset is not negative", "-1 for its offset", made(offset: Pickle.int(-1))),
    refusal("an offset does not wrap around", "reaches beyond", made(offset: Pickle.int(.max))),
    refusal("a size is not negative", "impossible size", made(size: Pickle.ints([-2, -3]))),
    refusal(
      "a size does not wrap around", "impossible size",
      made(size: Pickle.ints([1 << 32, 1 << 32]))),
    refusal(
      "a size of zero does not hide a product that wraps around", "impossible size",
      made(
        size: Pickle.tuple([0, 1 << 32, 1 << 32].map(Pickle.int)),
        strides: Pickle.ints([1, 1, 1]))),
    refusal(
      "a size is a tuple", "no tuple of integers",
      made(size: Pickle.list([Pickle.int(2), Pickle.int(3)]))),
    refusal(
      "a size has no truth values", "no tuple of integers",
      made(size: Pickle.tuple([Pickle.bool(true), Pickle.int(3)]))),
    refusal("strides are not negative", "strides [-3, 1]", made(strides: Pickle.ints([-3, 1]))),
    refusal("there is a stride for each axis", "strides [1]", made(strides: Pickle.ints([1]))),
    refusal(
      "strides do not wrap around", "reaches beyond",
      made(strides: Pickle.ints([.max, 1]))),
    refusal(
      "axes are at most 64", "65 axes",
      made(
        size: Pickle.ints([Int](repeating: 1, count: 65)),
        strides: Pickle.ints([Int](repeating: 1, count: 65))), .limit),
    refusal(
      "a view that repeats one number stays within memory", "MB in memory",
      made(size: Pickle.ints([1 << 40]), strides: Pickle.ints([0])), .limit),
  ]

  @Test("a view that is not within its storage is refused", arguments: views)
  func refusesViews(_ refusal: Refusal) { refusal.check() }

  static let storages: [Refusal] = [
    refusal(
      "a storage has as many bytes as the pickle says", "its record has 24",
      Pickle.tensor([5])),
    refusal(
      "a storage has no fewer bytes than the pickle says", "its record has 24",
      Pickle.tensor([7])),
    refusal("a storage is in the archive", "no such record", Pickle.tensor(key: "7", [6])),
    refusal("a key is digits", "expected digits", Pickle.tensor(key: "../version", [6])),
    refusal("a key is not empty", "expected digits", Pickle.tensor(key: "", [6])),
    refusal(
      "a key is a text", "expected digits",
      reference([word, float, Pickle.int(0), cpu, Pickle.int(6)])),
    refusal(
      "a reference is to a storage", "refers to",
      reference([Pickle.text("weights"), float, Pickle.text("0"), cpu, Pickle.int(6)])),
    refusal("a reference has five parts", "refers to", reference([word, float, Pickle.text("0")])),
    refusal(
      "a reference is no text", "refers to \"0\"",
      made(storage: Pickle.text("0") + Pickle.persistent)),
    refusal(
      "a storage has a class of PyTorch", "class of a storage",
      Pickle.tensor([6], type: "QuantumStorage"), .unsupported),
    refusal(
      "a storage's class is in PyTorch", "class of a storage",
      made(storage: Pickle.storage(key: "0", 6, module: "numpy")), .unsupported),
    refusal(
      "a count is no float", "6.0 for the number",
      reference([word, float, Pickle.text("0"), cpu, Pickle.float(6)])),
    refusal(
      "a count is not negative", "-1 for the number", made(storage: Pickle.storage(key: "0", -1))),
    refusal(
      "a count does not wrap around", "which no file holds",
      made(storage: Pickle.storage(key: "0", 1 << 62))),
    refusal(
      "one storage has one type", "said before",
      Pickle.list([Pickle.tensor([6]), Pickle.tensor([6], type: "IntStorage")])),
    refusal(
      "one storage has one size", "said before",
      Pickle.list([Pickle.tensor([6]), Pickle.tensor([5])])),
    refusal(
      "an untyped view ends within its bytes", "reaches beyond",
      Pickle.untypedTensor([13], type: "uint16", byteCount: 24)),
    refusal(
      "a type is one of PyTorch's", "torch.float3",
      Pickle.untypedTensor([6], type: "float3", byteCount: 24), .unsupported),
  ]

  @Test("a storage that the file does not have like that is refused", arguments: storages)
  func refusesStorages(_ refusal: Refusal) { refusal.check() }

  static let calls: [Refusal] = [
    refusal(
      "a tensor is made of all its parts", "with 2 arguments",
      call("_rebuild_tensor_v2", [Pickle.storage(key: "0", 6), Pickle.int(0)])),
    refusal("a tensor is made of a storage", "expected a storage", made(storage: Pickle.emptyDict)),
    refusal(
      "a parameter is made of a tensor", "expected a tensor",
      call("_rebuild_parameter", [Pickle.int(1), Pickle.bool(true), Pickle.orderedDict])),
    refusal(
      "parameters are not nested without end", "wrapped more than 8",
      (0..<20).reduce(Pickle.tensor([6])) { inner, _ in
        call("_rebuild_parameter", [inner, Pickle.bool(true), Pickle.orderedDict])
      }, .limit),
    refusal(
      "marks that are not known may change values", "mark \"twist\"",
      Pickle.tensor([6], metadata: Pickle.dict([("twist", Pickle.bool(true))]))),
    refusal(
      "functions that make tensors are known", "not known",
      call("_rebuild_tensor_v9", [Pickle.storage(key: "0", 6)]), .unsupported),
    refusal(
      "no state is put into a tensor", "changed after",
      Pickle.tensor([6]) + Pickle.dict([("size", Pickle.int(1))]) + Pickle.build),
    refusal(
      "no items are put into a tensor", "changed after",
      Pickle.tensor([6]) + Pickle.int(0) + Pickle.int(1) + Pickle.setItem),
    refusal(
      "no items are put into a storage", "not a dict",
      made(storage: Pickle.storage(key: "0", 6) + Pickle.int(0) + Pickle.int(1) + Pickle.setItem)),
    refusal(
      "a subclass is made by a function that makes tensors", "makes no tensor",
      Pickle.call(
        Pickle.global("torch._tensor", "_rebuild_from_type_v2"),
        [
          Pickle.global("my", "f"), Pickle.global("torch", "Tensor"), Pickle.emptyTuple,
          Pickle.emptyDict,
        ])),
  ]

  @Test("a call that makes no tensor of PyTorch is refused", arguments: calls)
  func refusesCalls(_ refusal: Refusal) { refusal.check() }

  static func changed(_ name: String, _ bytes: [UInt8]?) -> Data {
    var builder = ZipBuilder.torch(
      Pickle.whole(Pickle.tensor([6])), ["0": little([0, 1, 2, 3, 4, 5])])
    builder.entries.removeAll { $0.name == name }
    if let bytes { builder.entries.append(.init(name, bytes)) }
    return builder.data
  }

  static let archives: [Refusal] = [
    Refusal("an archive has a version", .malformed, "is missing", changed("archive/version", nil)),
    Refusal(
      "a version is a number", .unsupported, "expected 1 to 10",
      changed("archive/version", Array("three".utf8))),
    Refusal(
      "a version is known", .unsupported, "expected 1 to 10",
      changed("archive/version", Array("11\n".utf8))),
    Refusal(
      "a byte order is little or big", .malformed, "expected little or big",
      changed("archive/byteorder", Array("Little".utf8))),
    Refusal(
      "an alignment is a number", .malformed, "number of bytes",
      changed("archive/.storage_alignment", Array("many".utf8))),
    Refusal(
      "all records are in one folder", .malformed, "one folder",
      changed("other/data.pkl", Array("N.".utf8))),
    Refusal(
      "TorchScript is named", .notACheckpoint, "TorchScript",
      changed("archive/constants.pkl", [1])),
    Refusal(
      "an exported program says its format", .unsupported, "expected pt2",
      changed("archive/archive_format", [1])),
    Refusal(
      "a save that failed is named", .notACheckpoint, "failed",
      changed("archive/data.pkl", nil)),
  ]

  @Test("an archive that torch.save does not write is refused", arguments: archives)
  func refusesArchives(_ refusal: Refusal) { refusal.check() }
}
