import Checkpoints
import Foundation
import OrderedCollections
import Tensors
import TestSupport
import Testing

@Suite("Archives of exported programs")
struct ExportedArchiveTests {
  private static let list = "net/data/weights/model_weights_config.json"

  /// What the list says of a tensor of six floats.
  private static func tensor(
    _ name: String = "w", record: String = "weight_0", type: String = "7", sizes: String = "2, 3",
    strides: String = "3, 1", offset: String = "0", pickled: String = "false"
  ) -> String {
    func numbers(_ text: String) -> String {
      text.split(separator: ",").map { "{\"as_int\": \($0)}" }.joined(separator: ", ")
    }
    return """
      "\(name)": {"path_name": "\(record)", "is_param": true, "use_pickle": \(pickled), \
      "tensor_meta": {"dtype": \(type), "sizes": [\(numbers(sizes))], "requires_grad": true, \
      "strides": [\(numbers(strides))], "storage_offset": {"as_int": \(offset)}}}
      """
  }

  private static func config(_ tensors: String...) -> [UInt8] {
    Array("{\"config\": {\(tensors.joined(separator: ", "))}}".utf8)
  }

  static let archive = ZipBuilder([
    .init("net/data/weights/weight_0", little([0, 1, 2, 3, 4, 5])),
    .init(list, config(tensor())),
    .init("net/models/model.json", Array("{\"graph_module\": {}}".utf8)),
    .init("net/extra/notes.txt", Array("by hand".utf8)),
    .init("net/archive_format", Array("pt2".utf8)), .init("net/archive_version", Array("0".utf8)),
    .init("net/.data/version", Array("3\n".utf8)),
  ])

  private static func changed(_ name: String, _ bytes: [UInt8]?) -> Data {
    var copy = archive
    if let bytes { copy[name].bytes = bytes } else { copy.entries.removeAll { $0.name == name } }
    return copy.data
  }

  private static func listed(
    _ requirement: String, _ words: String, _ tensors: String...,
    code: CheckpointError.Code = .malformed
  ) -> Refusal {
    Refusal(
      requirement, code, words,
      changed(list, Array("{\"config\": {\(tensors.joined(separator: ", "))}}".utf8)))
  }

  @Test("weights are read by their names, with their strides")
  func weights() throws {
    let tensors =
      Self.tensor() + ", "
      + Self.tensor("t", sizes: "3, 2", strides: "1, 3") + ", "
      + Self.tensor("v", sizes: "2", strides: "2", offset: "3")
    let data = Self.changed(Self.list, Self.config(tensors))
    let checkpoint = try Checkpoint(name: "net.pt2", data: data)
    #expect(checkpoint.format == .exported)
    #expect(checkpoint.root == nil)
    #expect(checkpoint.tensors.map(\.path) == ["w", "t", "v"])
    #expect(checkpoint.tensors.allSatisfy { $0.isParameter && $0.requiresGrad })
    #expect(try checkpoint.tensors[0].values().scalars == [0, 1, 2, 3, 4, 5])
    #expect(try checkpoint.tensors[1].values().scalars == [0, 3, 1, 4, 2, 5])
    #expect(try checkpoint.tensors[2].values().scalars == [3, 5])
    #expect(Set(checkpoint.tensors.map(\.storageKey)).count == 1)
  }

  @Test("compressed records are read")
  func deflated() throws {
    var archive = Self.archive
    for index in archive.entries.indices { archive.entries[index].isDeflated = true }
    let checkpoint = try Checkpoint(name: "net.pt2", data: archive.data)
    #expect(try checkpoint.tensors[0].values().scalars == [0, 1, 2, 3, 4, 5])
  }

  static let refusals: [Refusal] = [
    Refusal(
      "the format is pt2", .unsupported, "expected pt2",
      changed("net/archive_format", Array("pt3".utf8))),
    Refusal(
      "the version is known", .unsupported, "is \"1\", expected 0",
      changed("net/archive_version", Array("1".utf8))),
    Refusal(
      "there is a program", .malformed, "no models/model.json",
      changed("net/models/model.json", nil)),
    Refusal(
      "a package of machine code is named", .notACheckpoint, "AOTInductor",
      {
        var copy = archive
        copy.entries.removeAll { $0.name == "net/models/model.json" }
        copy.entries.append(.init("net/data/aotinductor/model/a.so", [1]))
        return copy.data
      }()),
    Refusal(
      "there is one program", .unsupported, "2 programs",
      changed("net/models/other.json", Array("{}".utf8))),
    Refusal(
      "a program is JSON", .malformed, "is not the JSON",
      changed("net/models/model.json", Array("{\"a\": }".utf8))),
    Refusal(
      "a program has a graph", .malformed, "graph_module",
      changed("net/models/model.json", Array("{\"graph_module\": []}".utf8))),
    Refusal(
      "a schema is known", .unsupported, "version 9 of torch's schema",
      changed(
        "net/models/model.json",
        Array("{\"graph_module\": {}, \"schema_version\": {\"major\": 9}}".utf8))),
    Refusal(
      "a program is not nested without end", .limit, "nested too deep",
      changed(
        "net/models/model.json",
        [UInt8](repeating: 0x5B, count: 4000) + [UInt8](repeating: 0x5D, count: 4000))),
    Refusal("a list has tensors", .malformed, "\"config\"", changed(list, Array("{}".utf8))),
    listed("a tensor has a record", "\"path_name\"", "\"w\": {}"),
    listed("a tensor says what it is", "\"tensor_meta\"", "\"w\": {\"path_name\": \"weight_0\"}"),
    listed("a record is there", "no such record", tensor(record: "weight_1")),
    listed(
      "a type is known", "type with number 99", tensor(type: "99"), code: .unsupported),
    listed(
      "a subclass of Tensor is named", "subclass of Tensor", tensor(pickled: "true"),
      code: .unsupported),
    listed("a tensor ends within its record", "its record has 24 bytes", tensor(sizes: "2, 4")),
    listed("an offset counts", "its record has 24 bytes", tensor(offset: "1")),
    listed(
      "a reach does not wrap around", "its record has 24 bytes",
      tensor(strides: "4611686018427387904, 1")),
    listed("a stride is not negative", "not negative", tensor(strides: "-3, 1")),
    listed("an offset is not negative", "not negative", tensor(offset: "-1")),
    listed("a size is not negative", "not negative", tensor(sizes: "-2, 3")),
    listed(
      "a size does not wrap around", "not negative",
      tensor(sizes: "4294967296, 4294967296", strides: "0, 0")),
    listed("sizes and strides belong together", "not negative", tensor(strides: "1")),
    listed(
      "a view that repeats its elements is no larger than is allowed", "MB in memory",
      tensor(sizes: "1000000, 1000", strides: "0, 0"), code: .limit),
  ]

  /// The archive with notes, and with tensors in base64 as `extra/ours`.
  private static func noted(_ notes: String, _ tensors: [UInt8]? = nil) -> Data {
    var copy = archive
    copy.entries.append(.init("net/extra/coverify.json", Array(notes.utf8)))
    if let tensors { copy.entries.append(.init("net/extra/ours", tensors)) }
    return copy.data
  }

  private static let head = "\"format\": \"coverify-notes\", \"version\": 1"

  private static func safetensors(_ name: String, count: Int = 6) -> [UInt8] {
    let header = """
      {"\(name)":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}
      """
    let numbers = little([0, 1, 2, 3, 4, 5]).prefix(4 * count)
    let bytes = little(header.utf8.count, 8) + header.utf8 + numbers
    return Array(Data(bytes).base64EncodedString().utf8)
  }

  @Test("notes of ours are read, with what PyTorch computed")
  func notes() throws {
    let members = """
      {\(Self.head), "layout": "BTC", "frames": 24, "versions": {"torch": "2.13.0"}, \
      "notes": ["a", "b"], "reference": "ours"}
      """
    let data = Self.noted(members, Self.safetensors("layer.conv"))
    let notes = try #require(try Checkpoint(name: "net.pt2", data: data).program?.notes)
    #expect(notes.layout == "BTC" && notes.frames == 24)
    #expect(notes.versions == ["torch": "2.13.0"])
    #expect(notes.remarks == ["a", "b"])
    #expect(Array(notes.reference.keys) == ["layer.conv"])
    #expect(try notes.reference["layer.conv"]?.wideValues().scalars == [0, 1, 2, 3, 4, 5])
    #expect(try Checkpoint(name: "net.pt2", data: Self.archive.data).program?.notes == nil)
  }

  @Test(
    "each output of several is a tensor of the notes",
    arguments: ["forward", "forward_1", "forward_12", "steps_index"])
  func outputs(_ name: String) throws {
    let data = Self.noted("{\(Self.head), \"reference\": \"ours\"}", Self.safetensors(name))
    let notes = try #require(try Checkpoint(name: "net.pt2", data: data).program?.notes)
    #expect(Array(notes.reference.keys) == [name])
  }

  private static func note(
    _ requirement: String, _ words: String, _ members: String, _ tensors: [UInt8]? = nil,
    code: CheckpointError.Code = .malformed
  ) -> Refusal {
    Refusal(requirement, code, words, noted("{\(head)\(members)}", tensors))
  }

  static let badNotes: [Refusal] =
    [
      Refusal(
        "notes say what they are", .malformed, "extra/coverify.json: is not an object",
        noted("{}")),
      Refusal("notes are JSON", .malformed, "is not the JSON", noted("{")),
      Refusal(
        "notes are of a known version", .unsupported, "the newest that is read is 1",
        noted("{\"format\": \"coverify-notes\", \"version\": 2}")),
      note("each member is known", "has a member \"axes\"", ", \"axes\": 1"),
      note("a layout is a text", "has 3 as \"layout\", expected a text", ", \"layout\": 3"),
      note("frames are counted", "as \"frames\", expected a number from 1 on", ", \"frames\": 0"),
      note("versions are texts", "expected an object of texts", ", \"versions\": {\"torch\": 2}"),
      note("remarks are texts", "expected a list of texts", ", \"notes\": [1]"),
      note("a reference is there", "extra/none", ", \"reference\": \"none\""),
      note(
        "a reference is base64", "extra/ours: is not base64", ", \"reference\": \"ours\"",
        Array("?!".utf8)),
      note(
        "a reference is whole", "extra/ours", ", \"reference\": \"ours\"",
        safetensors("forward", count: 5)),
      note(
        "a reference holds outputs", "has a tensor \"weight\"", ", \"reference\": \"ours\"",
        safetensors("weight")),
    ]
    + ["forward_", "forward_0", "forward_01", "forward_-1", "forward_x", "forwards"].map { name in
      note(
        "outputs are counted, and not as \(name)", "has a tensor \"\(name)\"",
        ", \"reference\": \"ours\"", safetensors(name))
    }

  @Test("notes that are not as they have to be are refused", arguments: badNotes)
  func notes(_ refusal: Refusal) { refusal.check() }

  @Test("an archive that contradicts itself is refused", arguments: refusals)
  func refused(_ refusal: Refusal) { refusal.check() }
}
