import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

/// Tensors that are made of others, as PyTorch 2.13 writes them.
@Suite("Tensors made of tensors")
struct NestedTensorTests {
  private static func integers(_ values: [Int]) -> [UInt8] { values.flatMap { little($0, 8) } }

  private static func longs(_ key: String, _ shape: [Int]) -> [UInt8] {
    Pickle.tensor(key: key, shape, type: "LongStorage")
  }

  private func checkpoint(
    _ content: [UInt8], _ storages: [String: [UInt8]] = [:]
  ) throws -> Checkpoint {
    try Checkpoint(
      name: "model.pt", data: archive(Pickle.whole(Pickle.dict([("w", content)])), storages))
  }

  private static let strided = Pickle.call(
    Pickle.global("torch._utils", "_rebuild_nested_tensor"),
    [Pickle.tensor([6]), longs("1", [2, 2]), longs("2", [2, 2]), longs("3", [2])])

  private static func parts(
    sizes: [Int] = [1, 2, 2, 2], strides: [Int] = [2, 1, 1, 2], offsets: [Int] = [0, 2]
  ) -> [String: [UInt8]] {
    [
      "0": little([0, 1, 2, 3, 4, 5]), "1": integers(sizes), "2": integers(strides),
      "3": integers(offsets),
    ]
  }

  @Test("the rows of a nested tensor are tensors of their own, on one storage")
  func rows() throws {
    let tensors = try checkpoint(Self.strided, Self.parts()).tensors
    #expect(tensors.map(\.path) == ["w.0", "w.1"])
    #expect(tensors.map(\.shape) == [[1, 2], [2, 2]])
    #expect(try tensors.map { try $0.values().scalars } == [[0, 1], [2, 4, 3, 5]])
    #expect(Set(tensors.map(\.storageKey)) == ["0"])
  }

  @Test(
    "rows that are not within their numbers are refused",
    arguments: [
      parts(offsets: [0, 3]), parts(offsets: [0, -1]), parts(strides: [2, 1, 1, 3]),
      parts(strides: [2, 1, -1, 2]), parts(sizes: [1, 2, 3, 2]), parts(sizes: [1, -2, 2, 2]),
      parts(sizes: [1, 2, 1 << 62, 4]),
    ])
  func outside(_ storages: [String: [UInt8]]) {
    #expect(throws: CheckpointError.self) { try checkpoint(Self.strided, storages) }
  }

  private static func jagged(
    _ values: [UInt8] = Pickle.tensor([3, 2]), axis: Int = 1, lengths: [UInt8] = Pickle.none
  ) -> [UInt8] {
    Pickle.call(
      Pickle.global("torch._tensor", "_rebuild_from_type_v2"),
      [
        Pickle.global("torch.nested._internal.nested_tensor", "_rebuild_njt"),
        Pickle.global("torch.nested._internal.nested_tensor", "NestedTensor"),
        Pickle.tuple([
          Pickle.dict([
            ("values", values), ("offsets", longs("1", [3])), ("lengths", lengths),
            ("_ragged_idx", Pickle.int(axis)),
          ])
        ]), Pickle.emptyDict,
      ])
  }

  @Test("rows that offsets tell apart are read, also of another axis and with lengths")
  func jaggedRows() throws {
    let offsets = Self.integers([0, 1, 3])
    let plain = try checkpoint(Self.jagged(), ["0": little([0, 1, 2, 3, 4, 5]), "1": offsets])
    #expect(plain.tensors.map(\.path) == ["w.0", "w.1"])
    #expect(try plain.tensors.map { try $0.values().scalars } == [[0, 1], [2, 3, 4, 5]])
    let turned = try checkpoint(
      Self.jagged(Pickle.tensor([2, 3], strides: [1, 2], count: 6), axis: 2),
      ["0": little([0, 1, 2, 3, 4, 5]), "1": offsets])
    #expect(turned.tensors.map(\.shape) == [[2, 1], [2, 2]])
    #expect(try turned.tensors.map { try $0.values().scalars } == [[0, 1], [2, 4, 3, 5]])
    let short = try checkpoint(
      Self.jagged(lengths: Self.longs("2", [2])),
      ["0": little([0, 1, 2, 3, 4, 5]), "1": offsets, "2": Self.integers([0, 1])])
    #expect(short.tensors.map(\.shape) == [[0, 2], [1, 2]])
    #expect(try short.tensors[1].values().scalars == [2, 3])
  }

  @Test(
    "offsets beyond the numbers are refused", arguments: [[0, 1, 4], [0, 2, 1], [-1, 1, 3]])
  func jaggedOutside(_ offsets: [Int]) {
    #expect(throws: CheckpointError.self) {
      try checkpoint(
        Self.jagged(), ["0": little([0, 1, 2, 3, 4, 5]), "1": Self.integers(offsets)])
    }
  }

  /// A wrapper of size (2, 3) whose attributes come as a pair of None and a dict.
  private static func wrapper(_ name: String, _ state: [UInt8]) -> [UInt8] {
    Pickle.call(
      Pickle.global("torch._tensor", "_rebuild_from_type_v2"),
      [
        Pickle.global("torch._utils", "_rebuild_wrapper_subclass"),
        Pickle.global("torch.distributed.tensor", name),
        Pickle.tuple([
          Pickle.global("torch.distributed.tensor", name), Pickle.global("torch", "float32"),
          Pickle.ints([2, 3]), Pickle.ints([3, 1]), Pickle.int(0), Pickle.none, Pickle.none,
          Pickle.bool(true),
        ]), Pickle.tuple([Pickle.none, state]),
      ])
  }

  private static func spec(_ placement: String) -> [UInt8] {
    Pickle.global("torch.distributed.tensor", "DTensorSpec") + Pickle.emptyTuple
      + Pickle.newObject
      + Pickle.dict([
        (
          "placements",
          Pickle.tuple([
            Pickle.call(Pickle.global("torch.distributed.tensor.placement_types", placement), [])
          ])
        )
      ]) + Pickle.build
  }

  @Test("a distributed tensor is read where the file has all of it, and says where it has a part")
  func distributed() throws {
    func found(_ shape: [Int], _ placement: String) throws -> StoredTensor {
      let state = Pickle.dict([
        ("_local_tensor", Pickle.tensor(shape)), ("_spec", Self.spec(placement)),
      ])
      let count = shape.reduce(1, *)
      return try #require(
        try checkpoint(
          Self.wrapper("DTensor", state), ["0": little((0..<count).map { Float($0) })]
        ).tensors.first)
    }
    let whole = try found([2, 3], "Shard")
    #expect(whole.path == "w" && whole.requiresGrad)
    #expect(try whole.values().scalars == [0, 1, 2, 3, 4, 5])
    #expect(try found([1, 3], "Shard").refusal?.contains("part of size (1, 3)") ?? false)
    #expect(try found([2, 3], "_Partial").refusal?.contains("one process") ?? false)
  }

  @Test("a class that computes its values is listed with the tensors it computes them from")
  func wrappers() throws {
    let state = Pickle.dict([("a", Pickle.tensor([6])), ("note", Pickle.text("x"))])
    let tensors = try checkpoint(Self.wrapper("Wrapper", state)).tensors
    #expect(tensors.map(\.path) == ["w", "w.a"])
    #expect(tensors[0].shape == [2, 3])
    #expect(tensors[0].refusal?.contains("code of its own") ?? false)
    #expect(try tensors[1].values().scalars == [0, 1, 2, 3, 4, 5])
  }
}
