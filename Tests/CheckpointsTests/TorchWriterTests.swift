import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Writing checkpoints as torch.save does")
struct TorchWriterTests {
  /// Element types that have elements of their own in a dense tensor.
  static let types = ScalarType.allCases.filter(\.hasValues).filter {
    ![.quantizedInt8, .quantizedUInt8, .quantizedInt32, .quantizedUInt4x2, .quantizedUInt2x4]
      .contains($0)
  }

  private static func source(_ shape: Shape, _ type: ScalarType, seed: UInt8 = 1) -> TensorSource {
    let bytes = (0..<shape.count * type.size).map { UInt8(truncatingIfNeeded: $0) &* 37 &+ seed }
    return TensorSource(shape: shape, scalarType: type) { () throws(CheckpointError) in bytes }
  }

  @Test("elements of every type are read as they were written", arguments: types)
  func everyType(_ type: ScalarType) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("t.pt")
    let tensors: [(name: String, tensor: TensorSource)] = [
      ("matrix", Self.source([3, 2], type)), ("scalar", Self.source([], type, seed: 9)),
      ("empty", Self.source([2, 0], type)),
    ]
    try TorchWriter.write(.stateDict(tensors, modules: []), to: path)
    let checkpoint = try Checkpoint(contentsOf: path)
    #expect(checkpoint.tensors.map(\.path) == ["matrix", "scalar", "empty"])
    for (found, (_, tensor)) in zip(checkpoint.tensors, tensors) {
      #expect(found.scalarType == type)
      #expect(found.shape == tensor.shape)
      #expect(try found.littleEndianBytes() == tensor.littleEndianBytes())
    }
    #expect(folder.files == ["t.pt"])
  }

  @Test("dicts, lists, texts and numbers are what they were, in their order")
  func plainValues() throws {
    let folder = try TemporaryFolder()
    let numbers = [0, 255, 256, 65_536, -1, Int(Int32.min), 1 << 40, .min, .max]
    let many = (0..<2500).map { (key: "k\($0)", value: TorchContent.int($0)) }
    let content = TorchContent.dict([
      ("z é \u{1F600}", .string("a\n\"b\"")), ("none", .none), ("yes", .bool(true)),
      ("half", .double(-0.5)), ("numbers", .list(numbers.map { .int($0) })),
      ("many", .dict(many)), ("empty", .list([])), ("nothing", .dict([])),
    ])
    try TorchWriter.write(content, to: folder.path("v.pt"))
    let root = try #require(try Checkpoint(contentsOf: folder.path("v.pt")).root)
    #expect(root["z é \u{1F600}"]?.string == "a\n\"b\"")
    #expect(root["none"]?.isNone == true)
    #expect(root["yes"]?.bool == true)
    #expect(root["half"]?.double == -0.5)
    #expect(root["numbers"]?.ints == numbers)
    #expect(root["many"]?.items?.compactMap(\.value.int) == Array(0..<2500))
    #expect(root["empty"]?.elements?.isEmpty == true)
    #expect(root["nothing"]?.items?.isEmpty == true)
  }

  @Test("the versions of modules become the _metadata of the state dict")
  func metadata() throws {
    let folder = try TemporaryFolder()
    let modules: [(path: String, entry: TorchContent)] = [
      ("", .dict([("version", .int(1))])), ("0", .dict([("version", .int(2))])),
      ("0.act", .dict([])),
    ]
    try TorchWriter.write(.stateDict([], modules: modules), to: folder.path("m.pt"))
    let root = try #require(try Checkpoint(contentsOf: folder.path("m.pt")).root)
    #expect(root.moduleVersions.map(\.path) == ["", "0", "0.act"])
    #expect(root.moduleVersions.map(\.version) == [1, 2, nil])
  }

  /// Three tensors on one storage of 1000 elements, transposed and repeated among them; in a folder,
  /// or in memory.
  private static func shared(in folder: TemporaryFolder? = nil) throws -> Checkpoint {
    let elements = (0..<1000).map(Float.init)
    let pickle = Pickle.whole(
      Pickle.dict([
        ("a", Pickle.tensor([2, 3], strides: [1, 2], offset: 100, count: 1000)),
        ("b", Pickle.tensor([4, 2], strides: [0, 1], offset: 103, count: 1000)),
        ("c", Pickle.tensor(key: "1", [2])), ("none", Pickle.tensor([0, 7], count: 1000)),
      ]))
    let archive = ZipBuilder.torch(pickle, ["0": little(elements), "1": little([7, 8])])
    guard let folder else { return try Checkpoint(name: "shared.pt", data: archive.data) }
    try archive.data.write(to: URL(filePath: folder.path("shared.pt")))
    return try Checkpoint(contentsOf: folder.path("shared.pt"))
  }

  @Test(
    "views of one storage stay views of one storage, of which only their part is written",
    arguments: [false, true])
  func sharedStorage(isOnDisk: Bool) throws {
    let folder = try TemporaryFolder()
    let old = try Self.shared(in: isOnDisk ? folder : nil).tensors
    let tensors = old.map { (name: $0.path, tensor: TensorSource($0)) }
    #expect(try TorchWriter.write(.stateDict(tensors, modules: []), to: folder.path("s.pt")) == [])
    let new = try Checkpoint(contentsOf: folder.path("s.pt"))
    #expect(new.tensors.map(\.strides) == old.map(\.strides))
    #expect(new.tensors[0].storageKey == new.tensors[1].storageKey)
    #expect(new.tensors[0].storageKey != new.tensors[2].storageKey)
    #expect(new.tensors[1].elementOffset - new.tensors[0].elementOffset == 3)
    #expect(new.byteCount < 2000)
    for (one, other) in zip(old, new.tensors) {
      #expect(try one.littleEndianBytes() == other.littleEndianBytes())
    }
  }

  @Test("a cast keeps views of one storage together, and rounds each element once")
  func castStorage() throws {
    let folder = try TemporaryFolder()
    let old = try Self.shared().tensors
    let tensors = old.map { (name: $0.path, tensor: TensorSource($0, castTo: .bfloat16)) }
    #expect(try TorchWriter.write(.stateDict(tensors, modules: []), to: folder.path("s.pt")) == [])
    let new = try Checkpoint(contentsOf: folder.path("s.pt")).tensors
    #expect(new.allSatisfy { $0.scalarType == .bfloat16 })
    #expect(new[0].storageKey == new[1].storageKey)
    #expect(try new[1].values().scalars == old[1].values().scalars)
  }

  @Test("the headers are those of torch.save")
  func headers() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("t.pt")
    try TorchWriter.write(
      .stateDict([("w", Self.source([3], .float32))], modules: []), to: path)
    let file = [UInt8](try Data(contentsOf: URL(filePath: path)))
    // As in the worked example of the format: no version, a descriptor, UTF-8, stored, no date.
    #expect(file[0..<14] == [0x50, 0x4B, 3, 4, 0, 0, 8, 8, 0, 0, 0, 0, 0, 0])
    #expect(file[14..<26].allSatisfy { $0 == 0 })
    #expect(file[26..<30] == [16, 0, 18, 0])
    #expect(file[46..<50] == [0x46, 0x42, 14, 0])
    #expect(file[50..<64].allSatisfy { $0 == 0x5A })
    #expect(file[64..<66] == [0x80, 2])
    #expect(file.suffix(22).prefix(8) == [0x50, 0x4B, 5, 6, 0, 0, 0, 0])
  }

  @Test("what cannot be read or written leaves nothing behind, and the old file as it was")
  func failures() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("t.pt")
    try Data([1, 2, 3]).write(to: URL(filePath: path))
    let failing = TensorSource(shape: [1], scalarType: .uint8) { () throws(CheckpointError) in
      // Reading fails in the middle, as a damaged input does.
      try Checkpoint(name: "x", data: Data([0])).tensors[0].littleEndianBytes()
    }
    #expect(throws: CheckpointError.self) {
      try TorchWriter.write(.tensor(failing), to: path)
    }
    #expect(throws: CheckpointError.self) {
      try SafetensorsFile.write([("a", failing)], to: path)
    }
    #expect(throws: CheckpointError.self) {
      try SafetensorsFile.write([("a", Self.source([1], .complex128))], to: path)
    }
    #expect(try Data(contentsOf: URL(filePath: path)) == Data([1, 2, 3]))
    #expect(folder.files == ["t.pt"])
    let error = #expect(throws: CheckpointError.self) {
      try TorchWriter.write(.none, to: "/no/such/folder/t.pt")
    }
    #expect(error?.description.contains("/no/such/folder/t.pt: cannot be written") == true)
  }

  @Test("a safetensors file names its tensors in the order they have, and aligns their bytes")
  func safetensorsOrder() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("t.safetensors")
    let tensors: [(name: String, tensor: TensorSource)] = [
      ("z \"quoted\"", Self.source([3], .int8)), ("b", Self.source([2], .float64)),
      ("a", Self.source([5], .bfloat16)),
    ]
    try SafetensorsFile.write(tensors, metadata: ["note": "x"], to: path)
    let checkpoint = try Checkpoint(contentsOf: path)
    #expect(checkpoint.tensors.map(\.path) == tensors.map(\.name))
    #expect(checkpoint.metadata == ["note": "x"])
    let file = [UInt8](try Data(contentsOf: URL(filePath: path)))
    let expected = try tensors[1].tensor.littleEndianBytes() + tensors[2].tensor.littleEndianBytes()
    #expect(file.suffix(29).prefix(26) == expected[...])
  }
}

@Suite("Casting elements")
struct CastTests {
  private static func cast(_ values: [Float], _ target: ScalarType) throws -> [Float] {
    let pickle = Pickle.whole(Pickle.dict([("w", Pickle.tensor([values.count]))]))
    let archive = ZipBuilder.torch(pickle, ["0": little(values)])
    let tensor = try Checkpoint(name: "c.pt", data: archive.data).tensors[0]
    let source = TensorSource(tensor, castTo: target)
    let bytes = try source.littleEndianBytes()
    return stride(from: 0, to: bytes.count, by: 2).map { index in
      let bits = UInt16(bytes[index]) | UInt16(bytes[index + 1]) << 8
      return target == .float16
        ? Float(Float16(bitPattern: bits)) : Float(bitPattern: UInt32(bits) << 16)
    }
  }

  @Test("halves between two numbers go to the even one, large ones to infinity")
  func rounding() throws {
    // Neighbours of 1 are 1/128 apart in bfloat16, and 1/1024 in float16.
    #expect(
      try Self.cast([1 + 1 / 256, 1 + 3 / 256, 65519, 3.4e38], .bfloat16)
        == [1, 1 + 2 / 128, 65536, .infinity])
    #expect(
      try Self.cast([1 + 1 / 2048, 1 + 3 / 2048, 65519, 65520, 1e-9], .float16)
        == [1, 1 + 2 / 1024, 65504, .infinity, 0])
  }

  @Test("NaN stays NaN")
  func notANumber() throws {
    #expect(try Self.cast([.nan, Float(bitPattern: 0x7F80_0001)], .bfloat16).allSatisfy(\.isNaN))
    #expect(try Self.cast([.nan, -.infinity], .float16)[1] == -.infinity)
  }
}
