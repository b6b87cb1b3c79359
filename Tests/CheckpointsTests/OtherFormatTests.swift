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

  @Test("what is written is read again, in the order of the header")
  func roundTrip() throws {
    let data = try SafetensorsFile.data(
      of: [
        ("b", TensorSource(Tensor([2, 1], [1.5, -0.0]))),
        ("a\u{1}é", TensorSource(shape: [1], scalarType: .float64) { [0.1] }),
        ("i", TensorSource(integers: [-1, .max])),
        (
          "h",
          TensorSource(
            shape: [2], scalarType: .bfloat16, littleEndianBytes: { [0x80, 0x3F, 0, 0] })
        ),
        ("empty", TensorSource(Tensor([0, 3], []))),
      ], metadata: ["note": "a \"quoted\" \n line"])
    let checkpoint = try Checkpoint(name: "t.safetensors", data: data)
    #expect(checkpoint.metadata == ["note": "a \"quoted\" \n line"])
    #expect(checkpoint.format == .safetensors)
    #expect(checkpoint.root == nil)
    #expect(checkpoint.tensors.map(\.path) == ["b", "a\u{1}é", "i", "h", "empty"])
    #expect(checkpoint.tensors.map(\.shape) == [[2, 1], [1], [2], [2], [0, 3]])
    #expect(try checkpoint.tensors[1].wideValues().scalars == [0.1])
    #expect(try checkpoint.tensors[2].integers() == [-1, .max])
    #expect(try checkpoint.tensors[0].littleEndianBytes() == little([1.5, -0.0]))
    #expect(try checkpoint.tensors[3].values().scalars == [1, 0])
  }

  @Test("a type that the format does not have is an error, not other bytes")
  func unknownType() {
    let tensor = TensorSource(shape: [1], scalarType: .complex128, littleEndianBytes: { [0] })
    #expect(throws: CheckpointError.self) { try SafetensorsFile.data(of: [("c", tensor)]) }
  }

  @Test("names are told apart by their bytes, and escapes are read")
  func names() throws {
    let entry = { (name: String, start: Int) in
      #""\#(name)": {"shape": [1], "dtype": "F32", "data_offsets": [\#(start), \#(start + 4)], "new": [1.5e3, {}]}"#
    }
    let header =
      #" {"__metadata__": null, "# + entry("e\u{301}", 4) + ", " + entry("\u{E9}", 0) + " , "
      + entry(#"\u0061\n\ud83d\ude00"#, 8) + "} "
    let checkpoint = try Checkpoint(
      name: "t.safetensors", data: SafetensorsTests.file(header, little([1, 2, 3])))
    #expect(
      checkpoint.tensors.map { Array($0.path.utf8) }
        == ["e\u{301}", "\u{E9}", "a\n\u{1F600}"].map { Array($0.utf8) })
    #expect(try checkpoint.tensors.map { try $0.values().scalars } == [[2], [1], [3]])
  }

  @Test(
    "numbers of four bits are counted in pairs, as PyTorch does it, and written back one by one")
  func pairs() throws {
    let read = try Checkpoint(
      name: "t.safetensors",
      data: SafetensorsTests.file(SafetensorsTests.header("F4", "[2,4]", "[0,4]"), [16, 50, 0, 7]))
    #expect(read.tensors[0].scalarType == .float4E2M1FNX2)
    #expect(read.tensors[0].shape == [2, 2])
    #expect(try read.tensors[0].values() == Tensor([2, 4], [0, 0.5, 1, 1.5, 0, 0, 6, 0]))
    func source(_ shape: Shape, _ bytes: [UInt8]) -> TensorSource {
      TensorSource(shape: shape, scalarType: .float4E2M1FNX2, littleEndianBytes: { bytes })
    }
    let again = try Checkpoint(
      name: "t.safetensors",
      data: try SafetensorsFile.data(of: [("w", source([2, 2], [16, 50, 0, 7]))]))
    #expect(again.tensors[0].shape == [2, 2])
    #expect(try again.tensors[0].littleEndianBytes() == [16, 50, 0, 7])
    #expect(throws: CheckpointError.self) {
      try SafetensorsFile.data(of: [("s", source([], [1]))])
    }
  }

  static let refusals: [Refusal] = [
    Refusal(
      "sizes are integers", .malformed, "an integer is expected",
      file(header("F32", "[2.0]"), little([1, 2]))),
    Refusal(
      "lists end without a comma", .malformed, "'\"' is expected",
      file(String(header().dropLast()) + ",}", little([1, 2]))),
    Refusal(
      "nothing follows the object", .malformed, "behind its last brace",
      file(header() + "\0", little([1, 2]))),
    Refusal(
      "half a surrogate is not a text", .malformed, "surrogate",
      file(#"{"\ud83d":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, little([1, 2]))),
    Refusal(
      "notes are texts", .malformed, "'\"' is expected", file(#"{"__metadata__":{"a":1}}"#)),
    Refusal(
      "what is not known is not nested without end", .limit, "too deep",
      file(#"{"w":{"x":"# + String(repeating: "[", count: 100_000))),
    Refusal(
      "pairs are whole", .unsupported, "an even number",
      file(header("F4", "[7]", "[0,4]"), little([1]))),
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
    Refusal("notes are not tensors", .malformed, "not a tensor", file(#"{"w":{"note":"x"}}"#)),
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

  @Test(
    "a header is a dict of Python, in any order and spacing",
    arguments: [
      "{'shape': (2, 3), 'fortran_order': False, 'descr': '<f4'}",
      #"{"descr":"<f4","fortran_order":False,"shape":(2,3)}"#,
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L), }   \n",
    ])
  func readsHeaders(_ header: String) throws {
    let file =
      [0x93] + Array("NUMPY".utf8) + [2, 0] + little(header.utf8.count, 4) + header.utf8
      + little([0, 1, 2, 3, 4, 5])
    let checkpoint = try Checkpoint(name: "a.npy", data: Data(file))
    #expect(try checkpoint.tensors[0].values() == Tensor([2, 3], [0, 1, 2, 3, 4, 5]))
  }

  @Test("an array of no numbers does not hide the others of its archive")
  func readsMixedArchives() throws {
    let texts = NumpyFileTests.file("<U1", "False", "(2,)", [UInt8](repeating: 0, count: 8))
    var builder = ZipBuilder([.init("names.npy", texts), .init("w.npy", NumpyFileTests.file())])
    builder.entries[0].isDeflated = true
    let checkpoint = try Checkpoint(name: "a.npz", data: builder.data)
    #expect(checkpoint.tensors.map(\.path) == ["names", "w"])
    #expect(checkpoint.tensors[0].refusal?.contains("holds texts") ?? false)
    #expect(try checkpoint.tensors[1].values() == Tensor([2, 3], [0, 1, 2, 3, 4, 5]))
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
      "arrays of objects are not unpickled", .unsupported, "never unpickled",
      Data(file("|O"))),
    Refusal("dates are not numbers", .unsupported, "dates or times", Data(file("<m8"))),
    Refusal("texts are not numbers", .unsupported, "texts", Data(file("<U5"))),
    Refusal("elements are of a known type", .unsupported, "\"<f16\"", Data(file("<f16"))),
    Refusal(
      "the header is a dict", .malformed, "expected a dict",
      Data(file("<f4', 'descr': '<f4"))),
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

@Suite("Files that are not checkpoints")
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
      "saving failed"
    ),
    ("gzip", [0x1F, 0x8B, 8], "gzip"), ("zstd", [0x28, 0xB5, 0x2F, 0xFD], "zstd"),
    ("7z", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "7z"),
    ("HDF5", [0x89, 0x48, 0x44, 0x46, 13, 10], "HDF5"), ("GGUF", Array("GGUF".utf8), "GGUF"),
    ("ONNX", [8, 7, 18, 7] + Array("pytorch".utf8), "ONNX"),
    ("a bare pickle", [0x80, 2, 0x4E, 0x2E], "bare pickle"),
    ("a model for mobile", [24, 0, 0, 0] + Array("PTMF".utf8) + [1], "Mobile"),
    ("an ancient container", Array("PYTORCH1".utf8), "PyTorch itself"),
    ("something else", [1, 2, 3], "01 02 03"),
    ("zeros", [UInt8](repeating: 0, count: 600), "nothing but zeros"),
    ("zlib", [0x78, 0x9C, 0xA5], "zlib"), ("lz4", [4, 0x22, 0x4D, 0x18], "lz4"),
    ("RAR", Array("Rar!\u{1A}\u{7}".utf8), "RAR"),
    ("an archive behind a script", Array("#!/bin/sh\nPK\u{3}\u{4}".utf8), "behind 10 bytes"),
    ("text as bytes", [0xC2, 0x80, 0x02], "as if it were text"),
    ("a program of ExecuTorch", [28, 0, 0, 0] + Array("ET12".utf8), "ExecuTorch"),
    ("TensorFlow Lite", [28, 0, 0, 0] + Array("TFL3".utf8), "TensorFlow Lite"),
    ("TensorFlow", [8, 1, 18, 7] + Array("serve".utf8), "TensorFlow"),
    ("OpenVINO", Array(#"<?xml version="1.0"?><net name="x">"#.utf8), "OpenVINO"),
    ("a picture", [0x89] + Array("PNG".utf8), "picture"),
    ("UTF-16", [0xFF, 0xFE, 0x68, 0], "UTF-16"),
    ("a page with a mark of byte order", [0xEF, 0xBB, 0xBF] + Array("<html>".utf8), "HTML"),
    ("an answer in words", Array("404: Not Found".utf8), "begins with \"404: Not Found\""),
    ("an index of shards", Array(#"{"weight_map": {"w": "a"}}"#.utf8), "several files"),
    ("DVC", Array("outs:\n- md5: a\n  path: m.pt\n".utf8), "dvc pull"),
    ("a table of TOML", Array("[model]\na = 1\n".utf8), "begins with \"[model]\""),
    ("a pickle of protocol 0", Array("(dp0\nVblobs\np1\n".utf8), "Caffe2"),
    ("a pickle of joblib", [0x80, 4] + Array("joblib.numpy_pickle".utf8), "joblib"),
    (
      "a legacy file of protocol 1", Array("L119547037146038801333356L\n.".utf8),
      "protocol 0 or 1"
    ),
    (
      "the index of a distributed checkpoint",
      [0x80, 2] + Array("ctorch.distributed.checkpoint.metadata\n".utf8), "dcp_to_torch"
    ),
  ]

  /// The names in archives that torch.save did not write.
  static let archives: [(String, [String], String)] = [
    ("a model that was packed", ["model.pt", "readme"], "with \"model.pt\" in it"),
    ("several of them", ["a/x.ckpt", "a/y.safetensors"], "extract them"),
    ("the content of a checkpoint without its folder", ["data.pkl", "data/0"], "outside of any"),
    ("a checkpoint one folder too deep", ["a/b/data.pkl", "a/b/version"], "a/b/data.pkl"),
    ("Keras", ["metadata.json", "model.weights.h5"], "Keras"),
    ("a document", ["[Content_Types].xml", "word/document.xml"], "office"),
    ("anything else", ["a.txt", "b/c.txt"], "\"a.txt\", \"b/c.txt\""),
  ]

  @Test("a zip archive of other files says what is in it", arguments: archives)
  func namesArchives(_ what: String, _ names: [String], _ words: String) {
    Refusal(what, .notACheckpoint, words, ZipBuilder(names.map { .init($0, [1]) }).data).check()
  }

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

  @Test("a folder says which of its files are meant, and a link that it leads nowhere")
  func folders() throws {
    let folder = try TemporaryFolder()
    let loop = folder.path("loop")
    try FileManager.default.createSymbolicLink(atPath: loop, withDestinationPath: loop)
    for name in ["shards/model-1.safetensors", "dcp/.metadata", "unpacked/data.pkl"] {
      let url = URL(filePath: folder.path(name))
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data([1]).write(to: url)
    }
    for (path, words) in [
      (loop, "leads back to itself"),
      (folder.path("shards"), "in it are \"model-1.safetensors\""),
      (folder.path("dcp"), "dcp_to_torch"), (folder.path("unpacked"), "zip -0 -r"),
    ] {
      let error = #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: path) }
      #expect(error?.code == .file)
      #expect(error?.message.contains(words) ?? false, "\(path): \(error?.message ?? "")")
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
    try AtomicFile.write(Data([1, 2, 3]), to: OutputFile(FilePath(path), replacing: false))
    try SafetensorsFile.write([("x", TensorSource(Tensor([1], [4])))], to: path)
    #expect(try Checkpoint(contentsOf: path).tensors[0].values().scalars == [4])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["t.safetensors"])
  }

  @Test("where nothing can be written, the path is named and nothing is left")
  func fails() {
    let error = #expect(throws: CheckpointError.self) {
      try AtomicFile.write(
        Data([1]), to: OutputFile("/no/such/folder/t.safetensors", replacing: false))
    }
    #expect(error?.code == .file)
    #expect(error?.file == "/no/such/folder/t.safetensors")
  }
}
