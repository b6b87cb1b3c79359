import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Sparse tensors of pickles")
struct SparseTensorTests {
  private func checkpoint(
    _ content: [UInt8], _ storages: [String: [UInt8]]
  ) throws -> Checkpoint {
    try Checkpoint(
      name: "model.pt",
      data: archive(Pickle.whole(Pickle.dict([("w", content)])), storages))
  }

  private func tensor(
    _ content: [UInt8], _ storages: [String: [UInt8]]
  ) throws -> StoredTensor {
    try #require(try checkpoint(content, storages).tensors.first)
  }

  private static func sparse(
    _ layout: String, _ parts: [[UInt8]]
  ) -> [UInt8] {
    Pickle.call(
      Pickle.global("torch._utils", "_rebuild_sparse_tensor"),
      [
        Pickle.call(Pickle.global("torch.serialization", "_get_layout"), [Pickle.text(layout)]),
        Pickle.tuple(parts),
      ])
  }

  private static let size = Pickle.call(Pickle.global("torch", "Size"), [Pickle.ints([2, 3])])

  @Test("a sparse tensor is filled up with zeros")
  func sparse() throws {
    let values = Pickle.tensor(key: "1", [2])
    let found = little([7, 8])
    let coordinates = try tensor(
      SparseTensorTests.sparse(
        "torch.sparse_coo",
        [
          Pickle.tensor([2, 2], type: "LongStorage"), values, SparseTensorTests.size,
          Pickle.bool(true),
        ]),
      ["0": [0, 1, 2, 0].flatMap { little($0, 8) }, "1": found])
    #expect(try coordinates.values().scalars == [0, 0, 7, 8, 0, 0])
    let rows = try tensor(
      SparseTensorTests.sparse(
        "torch.sparse_csr",
        [
          Pickle.tensor([3], type: "LongStorage"),
          Pickle.tensor(key: "2", [2], type: "LongStorage"), values, SparseTensorTests.size,
        ]),
      [
        "0": [0, 1, 2].flatMap { little($0, 8) }, "1": found,
        "2": [2, 0].flatMap { little($0, 8) },
      ])
    #expect(try rows.values().scalars == [0, 0, 7, 8, 0, 0])
  }

  @Test("a sparse tensor with an index outside of it is refused")
  func sparseOutside() {
    let content = SparseTensorTests.sparse(
      "torch.sparse_coo",
      [
        Pickle.tensor([2, 1], type: "LongStorage"), Pickle.tensor(key: "1", [1]),
        SparseTensorTests.size, Pickle.bool(true),
      ])
    Refusal(
      "", .malformed, "index 3 on axis 1 of 3",
      archive(
        Pickle.whole(Pickle.dict([("w", content)])),
        ["0": little(0, 8) + little(3, 8), "1": little([1])])
    ).check()
  }

  private static func integers(_ values: [Int]) -> [UInt8] { values.flatMap { little($0, 8) } }

  /// Ranges of rows or columns, the other indices, and values of a given shape, counted up from 0.
  private static func compressed(
    _ layout: String, _ ranges: [Int], _ others: [Int], values: [Int], size: [Int],
    rangeShape: [Int]? = nil, otherShape: [Int]? = nil
  ) -> (content: [UInt8], storages: [String: [UInt8]]) {
    let count = values.reduce(1, *)
    let content = sparse(
      layout,
      [
        Pickle.tensor(rangeShape ?? [ranges.count], type: "LongStorage"),
        Pickle.tensor(key: "2", otherShape ?? [others.count], type: "LongStorage"),
        Pickle.tensor(key: "1", values), Pickle.ints(size),
      ])
    return (
      content,
      [
        "0": integers(ranges), "1": little((0..<count).map { Float($0) }), "2": integers(others),
      ]
    )
  }

  /// What PyTorch 2.13's `to_dense()` makes of them.
  static let layouts: [(String, [Int], [Int], [Int], [Int], [Float])] = [
    (
      "torch.sparse_csc", [0, 1, 1, 3], [1, 0, 1], [3], [2, 3],
      [0, 0, 1, 0, 0, 2]
    ),
    (
      "torch.sparse_csr", [0, 1, 2], [2, 0], [2, 2], [2, 3, 2],
      [0, 0, 0, 0, 0, 1, 2, 3, 0, 0, 0, 0]
    ),
    (
      "torch.sparse_bsr", [0, 1, 2], [1, 0], [2, 2, 3], [4, 6],
      [0, 0, 0, 0, 1, 2, 0, 0, 0, 3, 4, 5, 6, 7, 8, 0, 0, 0, 9, 10, 11, 0, 0, 0]
    ),
    (
      "torch.sparse_bsc", [0, 1, 1], [1], [1, 1, 2], [2, 4],
      [0, 0, 0, 0, 0, 1, 0, 0]
    ),
    (
      "torch.sparse_bsr", [0, 1], [1], [1, 1, 2, 2], [1, 4, 2],
      [0, 0, 0, 0, 0, 1, 2, 3]
    ),
  ]

  @Test("numbers and blocks go where ranges and indices say", arguments: layouts)
  func compressedLayouts(
    _ layout: String, _ ranges: [Int], _ others: [Int], _ values: [Int], _ size: [Int],
    _ expected: [Float]
  ) throws {
    let parts = Self.compressed(layout, ranges, others, values: values, size: size)
    let found = try tensor(parts.content, parts.storages)
    #expect(found.shape.axes == size)
    #expect(try found.values().scalars == expected)
  }

  @Test(
    "ranges that do not cover the numbers one after the other are refused",
    arguments: [[0, 100, 2], [0, 2, 1], [1, 1, 2], [0, -1, 2], [0, 1, 3]])
  func badRanges(_ ranges: [Int]) throws {
    let parts = Self.compressed(
      "torch.sparse_csr", ranges, [0, 1], values: [2], size: [2, 3])
    let found = try tensor(parts.content, parts.storages)
    let error = #expect(throws: CheckpointError.self) { try found.values() }
    #expect(error?.code == .malformed)
  }

  /// Ranges, their shape, other indices, their shape, values, size, and what `to_dense()` makes of it.
  static let batched: [(String, ([Int], [Int]), ([Int], [Int]), [Int], [Int], [Float])] = [
    (
      "torch.sparse_csr", ([0, 1, 1, 0, 0, 1], [2, 3]), ([2, 0], [2, 1]), [2, 1], [2, 2, 3],
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]
    ),
    (
      "torch.sparse_csc", ([0, 1, 2, 0, 0, 2], [2, 3]), ([1, 0, 0, 2], [2, 2]), [2, 2],
      [2, 3, 2], [0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 3]
    ),
    (
      "torch.sparse_bsr", ([0, 1, 0, 1], [2, 2]), ([1, 0], [2, 1]), [2, 1, 1, 2], [2, 1, 4],
      [0, 0, 0, 1, 2, 3, 0, 0]
    ),
  ]

  @Test("a batch of sparse matrices is filled up one after the other", arguments: batched)
  func batches(
    _ layout: String, _ ranges: ([Int], [Int]), _ others: ([Int], [Int]), _ values: [Int],
    _ size: [Int], _ expected: [Float]
  ) throws {
    let parts = Self.compressed(
      layout, ranges.0, others.0, values: values, size: size, rangeShape: ranges.1,
      otherShape: others.1)
    let found = try tensor(parts.content, parts.storages)
    #expect(found.shape.axes == size)
    #expect(try found.values().scalars == expected)
  }

  /// Two numbers at one place, and their sum in PyTorch 2.13.
  static let sums: [(String, [UInt8], [UInt8])] = [
    ("FloatStorage", little([1.5, 2]), little([3.5])),
    ("HalfStorage", [0x00, 0x3C, 0xCD, 0x34], [0x33, 0x3D]),
    ("BFloat16Storage", [0x80, 0x3F, 0x9A, 0x3E], [0xA6, 0x3F]),
    ("ByteStorage", [200, 100], [44]), ("BoolStorage", [1, 1], [1]),
    ("LongStorage", integers([5, -7]), integers([-2])),
    ("ComplexFloatStorage", little([1, 2, 3, -5]), little([4, -3])),
    ("FloatStorage", little([-0.0, -0.0]), little([0])),
  ]

  @Test("several numbers at one place are added, rounded each time", arguments: sums)
  func uncoalesced(_ storage: String, _ values: [UInt8], _ sum: [UInt8]) throws {
    let found = try tensor(
      Self.sparse(
        "torch.sparse_coo",
        [
          Pickle.tensor([1, 2], type: "LongStorage"),
          Pickle.tensor(key: "1", [2], type: storage), Pickle.ints([2]), Pickle.bool(false),
        ]), ["0": Self.integers([1, 1]), "1": values])
    #expect(try found.littleEndianBytes() == [UInt8](repeating: 0, count: sum.count) + sum)
  }

  @Test("blocks that do not divide the size are refused")
  func badBlocks() {
    let parts = Self.compressed(
      "torch.sparse_bsr", [0, 1], [0], values: [1, 2, 4], size: [2, 6])
    Refusal(
      "", .malformed, "is sparse, with indices (2) and values (1, 2, 4)",
      archive(Pickle.whole(Pickle.dict([("w", parts.content)])), parts.storages)
    ).check()
  }
}
