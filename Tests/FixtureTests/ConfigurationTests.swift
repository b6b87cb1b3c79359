import Foundation
import PlainData
import TestSupport
import Testing

@Suite("coverify.toml, and known differences")
struct ConfigurationTests {
  /// A folder with a model that differs, one whose verdict is open, and a file of settings.
  private func folder(_ text: String) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder.path("models"), withIntermediateDirectories: false)
    let names = [
      "bad/wrong-answer.pt", "bad/wrong-answer.arch.json", "bad/wrong-answer.expect.safetensors",
      "files/bare-chain.pt",
    ]
    for name in names {
      let file = URL(filePath: name).lastPathComponent
      try FileManager.default.copyItem(
        atPath: Fixture.folder + "/" + name, toPath: folder.path("models/" + file))
    }
    try text.write(toFile: folder.path("coverify.toml"), atomically: true, encoding: .utf8)
    return folder
  }

  /// Runs a command in the folder of the models, one below that of the settings.
  private func run(_ folder: TemporaryFolder, _ arguments: String...) throws -> Program {
    try Program.shell(
      "cd \"$1\"; shift; exec \"$0\" \"$@\"", [folder.path("models")] + arguments)
  }

  private static let known = """
    [[known]]
    code = "CV801"
    model = "models/wrong-*.pt"
    reason = "ticket 12"

    [[known]]
    code = "CV806"
    module = "*"
    reason = "ticket 12"
    expires = 2999-01-31

    """

  @Test("known differences do not count, and are shown with their reason")
  func known() throws {
    let folder = try folder(Self.known)
    let run = try run(folder, "wrong-answer.pt", "--no-timing")
    #expect(run.status == 0, "\(run.standardOutput)\(run.standardError)")
    #expect(run.standardOutput.contains("CV806 WARNING"))
    #expect(run.standardOutput.contains("  known    ticket 12; until 2999-01-31\n"))
    #expect(run.standardOutput.hasSuffix("verdict: same, but for 4 known differences (exit 0)\n"))
    #expect(!run.standardError.contains("warning"))
    #expect(try self.run(folder, "wrong-answer.pt", "-q", "--no-config").status == 1)

    let json = try self.run(folder, "wrong-answer.pt", "--no-timing", "--format", "json")
    let report = try PlainValue(json: json.standardOutput.utf8)
    #expect(report["summary"]?["accepted"] == .int(4))
    #expect(report["summary"]?["verdict"] == .string("same"))
    let schema = try #require(OutputSchema(of: json.standardOutput))
    #expect(try schema.misfits(of: json.standardOutput) == [])
    let junit = try self.run(folder, "wrong-answer.pt", "--format", "junit")
    #expect(junit.standardOutput.contains("failures=\"0\" errors=\"0\" skipped=\"4\""))
    #expect(
      junit.standardOutput.contains("<skipped message=\"known: ticket 12; until 2999-01-31\"/>"))
  }

  @Test("a difference of another model, of another module, or that is over still counts")
  func others() throws {
    let cases = [
      ("model = \"models/wrong-*.pt\"", "model = \"wrong-*.pt\""),
      ("module = \"*\"", "module = \"0.*\""), ("2999-01-31", "2020-01-31"),
    ]
    for (part, other) in cases {
      let folder = try folder(Self.known.replacing(part, with: other))
      let run = try run(folder, "wrong-answer.pt", "-q")
      #expect(run.status == 1, "\(other)")
      if other.hasPrefix("2020") {
        #expect(run.standardError.contains("known 2: CV806 is accepted no more since 2020-01-31"))
      }
    }
  }

  @Test("what no model has any more is a warning")
  func unused() throws {
    let folder = try folder("[[known]]\ncode = \"CV207\"\nreason = \"none\"\n")
    let run = try run(folder, "wrong-answer.pt", "-q")
    #expect(run.status == 1)
    #expect(run.standardError.contains("known 1: no model has this CV207 any more; take it out"))
  }

  @Test("options of the file come before those of a call, and exit codes are of its choice")
  func options() throws {
    let folder = try folder(
      "[verify]\nformat = [\"json\"]\nno-timing = true\nseed = 7\nstrict = false\n"
        + "[exit]\ninconclusive = 0\n")
    let file = try run(folder, "bare-chain.pt")
    #expect(file.status == 0, "inconclusive")
    let report = try PlainValue(json: file.standardOutput.utf8)
    #expect(report["config"]?["seed"] == .int(7))
    #expect(report["summary"]?["exit"] == .int(0))
    #expect(report["summary"]?["verdict"] == .string("inconclusive"))
    let call = try run(folder, "verify", "bare-chain.pt", "--seed", "8", "--format", "jsonl")
    #expect(call.standardOutput.hasPrefix("{\"kind\":"))
    #expect(call.standardOutput.contains("\"seed\":8"))
    #expect(try run(folder, "bare-chain.pt", "-q", "--no-config").status == 3)
    let other = folder.path("other.toml")
    try "[verify]\nseed = 9\n".write(toFile: other, atomically: true, encoding: .utf8)
    let named = try run(folder, "bare-chain.pt", "--config", other, "--format", "json")
    #expect(named.status == 3)
    #expect(named.standardOutput.contains("\"seed\": 9"))
  }

  @Test("what it cannot be is refused with its place")
  func refused() throws {
    let cases = [
      ("[verfy]\n", "has \"verfy\", expected tables of verify, check, record, exit, or known"),
      ("verify = 1\n", "verify is an integer, expected a table: [verify]"),
      ("[exit]\nsame = 1\n", "exit has \"same\", expected differs, inconclusive, refused"),
      ("[exit]\nrefused = 7\n", "exit.refused is 7, expected 0, 1, 2 or 3"),
      ("[[known]]\ncode = \"CV801\"\n", "known 1 has no reason"),
      (
        "[[known]]\nreason = \"x\"\ncode = \"CV9\"\n",
        "known 1: code is CV9, expected that of a finding"
      ),
      (
        "[[known]]\nreason = \"x\"\nlayer = \"a\"\n", "known 1 has \"layer\", expected code, module"
      ),
      ("[[known]]\nreason = \"x\"\ncode = \"CV801\"\nexpires = \"soon\"\n", "expires is soon"),
      ("[verify]\nseed = [1\n", "line "),
      ("[verify]\nfrobnicate = 1\n", "an option that the command"),
    ]
    for (text, message) in cases {
      let folder = try folder(text)
      let run = try run(folder, "wrong-answer.pt", "-q")
      #expect(run.status == 64, "\(text)")
      #expect(run.standardError.contains("coverify.toml"), "\(run.standardError)")
      #expect(run.standardError.contains(message), "\(run.standardError)")
    }
    let folder = try folder("")
    let known = folder.path("known.toml")
    try "[verify]\n".write(toFile: known, atomically: true, encoding: .utf8)
    let run = try run(folder, "wrong-answer.pt", "--known", known)
    #expect(run.status == 2)
    #expect(run.standardError.contains("has \"verify\""))
    try Self.known.replacing("models/", with: "").write(
      toFile: folder.path("models/known.toml"), atomically: true, encoding: .utf8)
    #expect(try self.run(folder, "wrong-answer.pt", "--known", "known.toml", "-q").status == 0)
  }
}
