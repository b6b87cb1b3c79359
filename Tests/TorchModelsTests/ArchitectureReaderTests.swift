import Foundation
import OrderedCollections
import PlainData
import Testing

@testable import TorchModels

@Suite("Reading the architecture format")
struct ArchitectureReaderTests {
  private func read(_ json: String) throws(ArchitectureError) -> Architecture {
    try ArchitectureReader.read(
      json: json.utf8, source: "model.arch.json", origin: .file("model.arch.json"))
  }

  private func problems(_ json: String) -> String {
    do throws(ArchitectureError) {
      _ = try read(json)
      return "none"
    } catch {
      return error.description
    }
  }

  @Test("header, arguments and children arrive as they are written")
  func complete() throws {
    let architecture = try read(
      """
      {"format": "coverify-architecture", "version": 1, "name": "small",
       "input": {"shape": [3, "T", 8, 8], "frames": 16},
       "weights": {"root": "net", "strip_prefix": ["module."], "match": "flattened",
                   "rename": [["^old\\\\.", "new."]]},
       "model": {"type": "Sequential", "modules": [
         {"type": "Conv3d", "name": "stem", "kernel_size": [3, 1, 1], "bias": false},
         {"type": "GELU", "approximate": "tanh"}]}}
      """)
    #expect(architecture.name == "small")
    #expect(architecture.inputShape == [3, nil, 8, 8])
    #expect(architecture.frames == 16)
    #expect(architecture.weights.root == "net")
    #expect(architecture.weights.stripPrefixes == ["module."])
    #expect(architecture.weights.match == .flattened)
    #expect(architecture.weights.rename == [.init(pattern: "^old\\.", replacement: "new.")])
    let modules = architecture.model.modules
    #expect(modules.map(\.type) == ["Conv3d", "GELU"])
    #expect(modules[0].name == "stem")
    #expect(modules[0].arguments["kernel_size"] == .list([.int(3), .int(1), .int(1)]))
    #expect(modules[0].arguments["bias"] == .bool(false))
    #expect(modules[1].place == "$.model.modules[1]")
  }

  @Test(
    "what is wrong is named with its place",
    arguments: [
      ("[1]", "$: found a list, expected an object"),
      ("{\"format\": \"onnx\"}", "$.format: found \"onnx\""),
      ("{\"format\": \"coverify-architecture\", \"version\": 7}", "newest version understood is 1"),
      ("{\"format\": \"coverify-architecture\"}", "$.version: found nothing"),
      ("{\"format\": ", "is not valid JSON"),
    ])
  func header(json: String, expected: String) {
    #expect(problems(json).contains(expected))
  }

  @Test("all problems come at once, with a hint where a word is near")
  func everythingAtOnce() {
    let text = problems(
      """
      {"format": "coverify-architecture", "version": 1, "modle": 3,
       "input": {"shape": [3, 8, 8], "frames": 0},
       "weights": {"match": "exactly", "rename": [["(", ""]]},
       "model": {"type": "Sequential", "modules": [{"kernel_size": 3}, 4, {"type": 5}]}}
      """)
    for part in [
      "$.modle: is unknown here", "did you mean \"model\"?", "$.input.shape: found [3, 8, 8]",
      "$.input.frames: found 0", "$.weights.match: found \"exactly\"",
      "$.weights.rename[0]: \"(\" is not a regular expression that is read: it has a \"(\" without \")\"",
      "$.model.modules[0]: has no \"type\"",
      "$.model.modules[1]: found an integer, expected an object",
      "$.model.modules[2].type: found an integer, expected a string",
    ] {
      #expect(text.contains(part), "\(part) is missing in\n\(text)")
    }
  }

  @Test("what a draft left open is said, all of it and nothing else")
  func open() {
    let text = problems(
      """
      {"format": "coverify-architecture", "version": 1, "input": {"shape": ["?", "T", 8]},
       "weights": {"rename": [["a?", "?"]]},
       "model": {"type": "Sequential", "modules": [{"type": "?", "stride": [1, "?"]}, 4]}}
      """)
    #expect(text.matches(of: /is still "\?"/).count == 3)
    for place in ["$.input.shape[0]", "$.model.modules[0].type", "$.model.modules[0].stride[1]"] {
      #expect(text.contains("\(place): is still \"?\""), "\(text)")
    }
    #expect(text.contains("coverify types CLASS"))
  }

  @Test("deep nesting is an error, not a crash")
  func deepNesting() {
    let depth = 100_000
    let json =
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    #expect(problems(json).contains("is not valid JSON"))
  }
}

@Suite("Keys of tensors")
struct KeyTests {
  @Test(
    "flattening drops the parts that are numbers",
    arguments: [
      ("layer.0.weight", "layer.weight"), ("2d.weight", "2d.weight"), ("0.1.weight", "weight"),
      ("weight", "weight"), ("a.10.b.2.c", "a.b.c"),
    ])
  func flattening(name: String, expected: String) {
    #expect(KeyTable.flattened(name) == expected)
  }

  @Test("names that collide when flattened are found")
  func collisions() {
    #expect(
      KeyTable.collisions(in: ["0.weight", "1.weight", "a.bias"]) == ["0.weight and 1.weight"])
    #expect(KeyTable.collisions(in: ["a.0.weight", "b.0.weight"]).isEmpty)
  }

  @Test(
    "a near word is proposed and a far one is not",
    arguments: [
      ("kernel_sise", "kernel_size"), ("Conv3D", "Conv3d"), ("paddnig", "padding"), ("zebra", nil),
    ])
  func spelling(word: String, expected: String?) {
    let known = ["kernel_size", "Conv3d", "padding", "stride"]
    #expect(Spelling.nearest(to: word, among: known) == expected)
  }
}
