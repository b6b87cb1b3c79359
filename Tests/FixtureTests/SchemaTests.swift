import CheckpointTools
import Foundation
import PlainData
import TestSupport
import Testing

@Suite("JSON Schemas")
struct SchemaTests {
  @Test("each is printed, in known words", arguments: DocumentSchema.allCases)
  func printed(_ schema: DocumentSchema) throws {
    let run = try Program.run(["schema", schema.rawValue])
    #expect(run.status == 0)
    let value = try PlainValue(json: run.standardOutput.utf8)
    #expect(value == schema.document)
    #expect(value["title"] != nil)
    #expect(try !SchemaValidator(value).misfits(of: .int(1)).isEmpty, "it refuses something")
  }

  @Test("without a name it is that of reports")
  func standard() throws {
    let run = try Program.run(["schema"])
    #expect(run.standardOutput == (try Program.run(["schema", "report"]).standardOutput))
  }

  @Test("a value that is not as the schema says is refused, with its place")
  func refused() throws {
    let validator = SchemaValidator(DocumentSchema.fixture.document)
    let right: [(name: String, value: PlainValue?)] = [
      ("schema", .string("coverify.fixture/1")), ("model", .string("a.pt")),
      ("sha256", .string(String(repeating: "0", count: 64))), ("tool", .string("1")),
      ("computed_by", .string("pytorch")),
      ("accepted", .strings([])),
      ("architecture_sha256", .string(String(repeating: "f", count: 64))),
      ("sampled", .members(("a.b", .integers([1, 2])))),
    ]
    #expect(try validator.misfits(of: .members(right)) == [])
    let wrong: [(Int, PlainValue?, String)] = [
      (0, .string("coverify.report/1"), "$.schema is \"coverify.report/1\""),
      (1, nil, "$ has no model"), (2, .string("0"), "$.sha256 is \"0\", expected ^[0-9a-f]{64}$"),
      (3, .int(1), "$.tool is an integer"),
      (6, .string("0"), "$.architecture_sha256 is \"0\""),
      (4, .string("torch"), "$.computed_by is \"torch\""),
      (7, .members(("a", .list([.null]))), "$.sampled.a[0] is null"),
    ]
    for (index, value, message) in wrong {
      var members = right
      members[index].value = value
      let found = try validator.misfits(of: .members(members))
      #expect(found.count == 1 && found[0].hasPrefix(message), "\(found)")
    }
    let more = try validator.misfits(of: .members(right + [("more", .int(1))]))
    #expect(more == ["$ has a member more, which its schema does not name"])
  }

  @Test("all that coverify writes for programs is as its schema says", arguments: Self.commands)
  func outputs(_ command: [String]) throws {
    let folder = try TemporaryFolder()
    let run = try Program.run(command.map { $0.replacing("OUT", with: folder.path("out")) })
    let name = try #require(OutputSchema(of: run.standardOutput), "\(run.standardOutput)")
    #expect(try name.misfits(of: run.standardOutput) == [])
  }

  /// Passing, failing, inconclusive and refused models, alone and together; networks without a stride, and
  /// those that remember all.
  static let commands: [[String]] =
    [["json"], ["jsonl"], ["json", "--strict"]].flatMap { format in
      [
        ["readme/mbconv.pt"], ["readme/mbconv.pt", "--no-timing"], ["bad/wrong-answer.pt"],
        ["bad/truncated.pt"], ["bad/nan-weight.pt"], ["files/bare-chain-assumed.pt"],
        ["bad/truncated.pt", "readme/mbconv.pt", "absent.pt"],
      ].map { ["verify"] + $0 + ["--format"] + format }
    } + [
      ["verify", "rates", "--fail-fast", "--format", "json"],
      ["verify", "written", "--format", "json"], ["verify", "gaps", "--format", "jsonl"],
      ["inspect", "readme/mbconv.pt", "--format", "json", "--stats", "--sha256"],
      ["inspect", "bad", "files", "--format", "json", "-v"],
      ["inspect", "exported", "--format", "json"],
      ["diff", "readme/mbconv.pt", "files/legacy.pth", "--format", "json"],
      ["diff", "readme/mbconv.pt", "readme/mbconv.pt", "--format", "json"],
      ["diff", "bad/nan-weight.pt", "bad/infinite-weight.pt", "--format", "json"],
      ["convert", "readme/mbconv.pt", "OUT.safetensors", "--format", "json"],
      ["convert", "files/legacy.pth", "OUT.pt", "--dtype", "bfloat16", "--format", "json"],
      ["check", "readme/mbconv.pt", "--format", "json"],
    ]
}

/// The schema of what a command has written, told by what is written.
struct OutputSchema {
  private let schema: DocumentSchema

  init?(of text: String) {
    if text.hasPrefix("{\"kind\":") {
      schema = .lines
      return
    }
    guard let name = text.firstMatch(of: /"schema": "coverify\.(\w+)\/1"/)?.1,
      text.hasPrefix("{\n") || text.hasPrefix("[\n"),
      let found = DocumentSchema(rawValue: name == "reports" ? "report" : String(name))
    else { return nil }
    schema = found
  }

  /// What is wrong with it; none where it is right.
  func misfits(of text: String) throws -> [String] {
    let validator = SchemaValidator(schema.document)
    let documents = schema == .lines ? text.split(separator: "\n").map(String.init) : [text]
    return try documents.flatMap { try validator.misfits(of: PlainValue(json: $0.utf8)) }
  }
}
