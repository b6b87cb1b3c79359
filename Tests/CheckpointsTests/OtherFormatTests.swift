import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Safetensors")
struct SafetensorsTests {
  private static func file(_ header: String, _ bytes: [UInt8] = []) -> Data {
    Data(little(header.utf8.count, 8) + Array(header.utf8) + bytes)
  }

  private static func header(
    _ dtype: String = "F32", _ shape: String = "[2]", _ offsets: String = "[0,8]"
  ) -> String {
    #"{"w":{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":\#(offsets)}}"#
  }

  @Test("what is written is read again, in one order whatever the order of adding")
  func roundTrip() throws {
    var writer = SafetensorsWriter(metadata: ["note": "a \"quoted\" \n line"])
    writer.add("b", Tensor([2, 1], [1.5, -0.0]))
    writer.add("a\u{1}é", Tensor64([1], [0.1]))
    writer.add("i", integers: [-1, .max], shape: [1, 2])
    try writer.add("h", shape: [2], scalarType: .bfloat16, littleEndianBytes: [0x80, 0x3F, 0, 0])
    writer.add("empty", Tensor([0, 3], []))
    let checkpoint = try Checkpoint(name: "t.safetensors", data: writer.data)
    #expect(checkpoint.format == .safetensors)
    #expect(checkpoint.root == nil)
    #expect(checkpoint.tensors.map(\.path) == ["a\u{1}é", "i", "b", "empty", "h"])
    #expect(checkpoint.tensors.map(\.shape) == [[1], [1, 2], [2, 1], [0, 3], [2]])
    #expect(try checkpoint.tensors[0].wideValues().scalars == [0.1])
    #expect(try checkpoint.tensors[1].integers() == [-1, .max])
    #expect(try checkpoint.tensors[2].littleEndianBytes() == little([1.5, -0.0]))
    #expect(try checkpoint.tensors[4].values().scalars == [1, 0])
  }

  @Test("a type that the format does not have is an error, not other bytes")
  func unknownType() {
    var writer = SafetensorsWriter()
    #expect(throws: CheckpointError.self) {
      try writer.add("c", shape: [1], scalarType: .complex128, littleEndianBytes: [0])
    }
  }

  static let refusals: [Refusal] = [
    Refusal(
      "the header is in the file", .truncated, "truncated", Data(little(1 << 20, 8) + [0x7B])),
    Refusal("the header is JSON", .malformed, "not the JSON", file("{nonsense")),
    Refusal("types are known", .unsupported, "F7", file(header("F7"), little([1, 2]))),
    Refusal(
      "sizes fit their bytes", .malformed, "shape [3]",
      file(header("F32", "[3]"), little([1, 2]))),
    Refusal(
      "sizes are not negative", .malformed, "shape [-2]",
      file(header("F32", "[-2]"), little([1, 2]))),
    Refusal(
      "sizes do not wrap around", .malformed, "at the bytes",
      file(header("F32", "[4611686018427387904, 4]"), little([1, 2]))),
    Refusal(
      "tensors start at the first byte", .malformed, "bytes [4, 12]",
      file(header("F32", "[2]", "[4,12]"), little([0, 1, 2]))),
    Refusal("tensors end within the file", .malformed, "truncated", file(header(), little([1]))),
    Refusal(
      "nothing follows the last tensor", .malformed, "4 bytes follow",
      file(header(), little([1, 2, 3]))),
    Refusal(
      "a tensor is named once", .malformed, "names a tensor twice",
      file(
        #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
        little([1, 2]))),
    Refusal("notes are not tensors", .malformed, "no tensor", file(#"{"w":{"note":"x"}}"#)),
  ]

  @Test("what contradicts itself is refused", arguments: refusals)
  func refuses(_ refusal: Refusal) { refusal.check() }
}

@Suite("Arrays of numpy")
struct NumpyFileTests {
  static func file(
    _ descr: String = "<f4", _ fortran: String = "False", _ shape: String = "(2, 3)",
    _ bytes: [UInt8] = little([0, 1, 2, 3, 4, 5])
  ) -> [UInt8] {
    let header = "{'descr': '\(descr)', 'fortran_order': \(fortran), 'shape': \(shape), }\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0] + little(header.utf8.count, 2) + header.utf8
      + bytes
  }

  @Test("an array has its elements in row-major order, whatever the order in the file")
  func readsOrders() throws {
    let rows = try Checkpoint(name: "a.npy", data: Data(NumpyFileTests.file()))
    #expect(rows.format == .npy)
    #expect(try rows.tensors[0].values() == Tensor([2, 3], [0, 1, 2, 3, 4, 5]))
    let columns = try Checkpoint(name: "a.npy", data: Data(NumpyFileTests.file("<f4", "True")))
    #expect(try columns.tensors[0].values() == Tensor([2, 3], [0, 2, 4, 1, 3, 5]))
    let swapped = try Checkpoint(
      name: "a.npy", data: Data(NumpyFileTests.file(">i2", "False", "(2,)", [1, 0, 0, 1])))
    #expect(try swapped.tensors[0].integers() == [256, 1])
    let scalar = try Checkpoint(
      name: "a.npy", data: Data(NumpyFileTests.file("|b1", "False", "()", [1])))
    #expect(try scalar.tensors[0].values() == Tensor([], [1]))
  }

  @Test("the arrays of an archive are called like its entries")
  func readsArchives() throws {
    var builder = ZipBuilder([.init("a.npy", NumpyFileTests.file())])
    builder.entries.append(
      .init("b.npy", NumpyFileTests.file("<i8", "False", "(1,)", little(7, 8))))
    builder.entries[1].isDeflated = true
    let checkpoint = try Checkpoint(name: "a.npz", data: builder.data)
    #expect(checkpoint.format == .npz)
    #expect(checkpoint.tensors.map(\.path) == ["a", "b"])
    #expect(try checkpoint.tensors[1].integers() == [7])
  }

  static let refusals: [Refusal] = [
    Refusal(
      "arrays of objects are not unpickled", .unsupported, "not of a plain array",
      Data(file("|O"))),
    Refusal("elements are of a known type", .unsupported, "type m8", Data(file("<m8"))),
    Refusal("the array has all its bytes", .malformed, "truncated", Data(file().dropLast(1))),
    Refusal("nothing follows the array", .malformed, "25 bytes of elements", Data(file() + [1])),
    Refusal(
      "a shape does not wrap around", .malformed, "impossible shape",
      Data(file("<f4", "False", "(4611686018427387904, 4)"))),
    Refusal("the header is in the file", .truncated, "are left", Data(file().prefix(20))),
    Refusal(
      "the format's version is known", .unsupported, "version 9",
      Data(file().prefix(6) + [9] + file().dropFirst(7))),
  ]

  @Test("what contradicts itself is refused", arguments: refusals)
  func refuses(_ refusal: Refusal) { refusal.check() }
}

@Suite("Files that are no checkpoints")
struct FileKindTests {
  static let files: [(String, [UInt8], String)] = [
    ("nothing", [], "is empty"),
    (
      "a Git LFS pointer", Array("version https://git-lfs.github.com/spec/v1\n".utf8),
      "git lfs pull"
    ),
    ("a web page", Array("\n <!DOCTYPE html><html>".utf8), "HTML"),
    ("a server's error", Array(#"{"error": "not found"}"#.utf8), "JSON"),
    (
      "an empty zip archive", [0x50, 0x4B, 5, 6] + [UInt8](repeating: 0, count: 18),
      "saving the model"
    ),
    ("gzip", [0x1F, 0x8B, 8], "gzip"), ("zstd", [0x28, 0xB5, 0x2F, 0xFD], "zstd"),
    ("7z", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "7z"),
    ("HDF5", [0x89, 0x48, 0x44, 0x46, 13, 10], "HDF5"), ("GGUF", Array("GGUF".utf8), "GGUF"),
    ("ONNX", [8, 7, 18, 7] + Array("pytorch".utf8), "ONNX"),
    ("a bare pickle", [0x80, 2, 0x4E, 0x2E], "bare pickle"),
    ("a model for mobile", [24, 0, 0, 0] + Array("PTMF".utf8) + [1], "Mobile"),
    ("an ancient container", Array("PYTORCH1".utf8), "PyTorch itself"),
    ("something else", [1, 2, 3], "1 2 3"),
  ]

  @Test("a file of another kind is named, with what to do", arguments: files)
  func names(_ what: String, _ bytes: [UInt8], _ words: String) {
    Refusal(what, .notACheckpoint, words, Data(bytes)).check()
  }

  @Test("a path that cannot be read is an error with the path")
  func paths() {
    for path in ["/no/such/model.pt", "/"] {
      let error = #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: path) }
      #expect(error?.code == .file)
      #expect(error?.file == path)
    }
  }
}

@Suite("Writing files")
struct AtomicFileTests {
  @Test("a file is written completely over an older one, and nothing is left beside it")
  func replaces() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "t.safetensors").path
    try AtomicFile.write(Data([1, 2, 3]), to: path)
    var writer = SafetensorsWriter()
    writer.add("x", Tensor([1], [4]))
    try writer.write(to: path)
    #expect(try Checkpoint(contentsOf: path).tensors[0].values().scalars == [4])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["t.safetensors"])
  }

  @Test("where nothing can be written, the path is named and nothing is left")
  func fails() {
    let error = #expect(throws: CheckpointError.self) {
      try AtomicFile.write(Data([1]), to: "/no/such/folder/t.safetensors")
    }
    #expect(error?.code == .file)
    #expect(error?.file == "/no/such/folder/t.safetensors")
  }
}
