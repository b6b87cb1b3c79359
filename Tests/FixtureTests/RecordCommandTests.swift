import Foundation
import TestSupport
import Testing

@Suite("Recording fixtures, and checking models with them")
struct RecordCommandTests {
  /// A folder with copies of networks.
  private func folder(_ names: String...) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for name in names {
      for end in [".pt", ".pth", ".arch.json", ".expect.safetensors"] {
        let source = Fixture.folder + "/" + name + end
        guard FileManager.default.fileExists(atPath: source) else { continue }
        let file = URL(filePath: source).lastPathComponent
        try FileManager.default.copyItem(atPath: source, toPath: folder.path(file))
      }
    }
    return folder
  }

  private func record(_ folder: TemporaryFolder, _ options: String...) throws -> Program {
    try Program.shell(
      "unset CI; exec \"$0\" record \"$@\"", [folder.path("")] + options)
  }

  private func check(_ folder: TemporaryFolder, _ options: String...) throws -> Program {
    try Program.run(["check", folder.path(""), "--no-timing", "-q"] + options)
  }

  @Test("what was recorded holds, and is recorded once")
  func holds() throws {
    let folder = try folder("readme/mbconv", "files/legacy", "gaps/gap-chained-ends")
    let first = try record(folder)
    #expect(first.status == 0, "\(first.standardError)")
    #expect(first.standardOutput.contains("mbconv.fixture.safetensors: (2, 32, 9, 5, 3) -> "))
    #expect(first.standardOutput.contains("8 outputs in steps, 8 of 8 modules\n"))
    let bytes = try Data(contentsOf: URL(filePath: folder.path("legacy.fixture.safetensors")))
    let again = try record(folder)
    #expect(again.standardOutput.contains("kept      \(folder.path("legacy.fixture.safetensors"))"))
    #expect(
      try Data(contentsOf: URL(filePath: folder.path("legacy.fixture.safetensors"))) == bytes)
    let run = try check(folder)
    #expect(run.status == 0, "\(run.standardOutput)")
    #expect(run.standardOutput.contains("0 differs, 0 inconclusive, 0 refused (exit 0)"))
    // A fixture is the same bytes whenever it is recorded.
    #expect(try record(folder, "--mode", "all").status == 0)
    #expect(
      try Data(contentsOf: URL(filePath: folder.path("legacy.fixture.safetensors"))) == bytes)
  }

  @Test("another weight is a difference of a stale file, named at its module")
  func changedWeight() throws {
    let folder = try folder("readme/mbconv")
    #expect(try record(folder).status == 0)
    // Without what PyTorch computed, nothing but the fixture knows.
    try FileManager.default.removeItem(atPath: folder.path("mbconv.expect.safetensors"))
    let path = URL(filePath: folder.path("mbconv.pt"))
    let written = try Program.run([
      "convert", path.path(), folder.path("other.pt"), "--keys", "torch",
    ])
    #expect(written.status == 0, "\(written.standardError)")
    try FileManager.default.removeItem(at: path)
    try FileManager.default.moveItem(atPath: folder.path("other.pt"), toPath: path.path())
    let stale = try Program.run(["check", folder.path("mbconv.pt"), "--no-timing"])
    #expect(stale.status == 1)
    #expect(stale.standardOutput.contains("CV803 FAIL"))
    #expect(!stale.standardOutput.contains("CV801"), "the numbers are the same")
    let failed = try record(folder, "--mode", "failed")
    #expect(failed.standardOutput.hasPrefix("recorded  "))
    #expect(try check(folder).status == 0)
  }

  @Test("another architecture is a difference, by the words of a fixture")
  func changedArchitecture() throws {
    let folder = try folder("readme/mbconv")
    #expect(try record(folder).status == 0)
    try FileManager.default.removeItem(atPath: folder.path("mbconv.expect.safetensors"))
    let path = folder.path("mbconv.arch.json")
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let changed = text.replacing("\"ReLU6\"", with: "\"ReLU\"", maxReplacements: 1)
    #expect(changed != text)
    try changed.write(toFile: path, atomically: true, encoding: .utf8)
    let run = try Program.run(["check", folder.path(""), "--no-timing"])
    #expect(run.status == 1, "\(run.standardOutput)")
    #expect(run.standardOutput.contains("CV806 FAIL"))
    #expect(run.standardOutput.contains("CV8  against the fixture"))
    #expect(run.standardOutput.contains("does not compute what the fixture says"))
    #expect(!run.standardOutput.contains("PyTorch"))
    #expect(run.standardOutput.contains("note: the architecture is another one than when the"))
    #expect(!run.standardOutput.contains("CV803"))
  }

  @Test("of large outputs numbers are kept, which name the module that is another one")
  func sampled() throws {
    let folder = try folder("readme/mbconv")
    let first = try record(folder, "--frames", "200")
    #expect(first.standardOutput.contains(", 2 of 8 modules; 1024 numbers each of large outputs: "))
    let bytes = try Data(contentsOf: URL(filePath: folder.path("mbconv.fixture.safetensors")))
    #expect(bytes.count < 4_000_000)
    #expect(try check(folder).status == 0)
    try FileManager.default.removeItem(atPath: folder.path("mbconv.expect.safetensors"))
    let path = folder.path("mbconv.arch.json")
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let changed = text.replacing("\"ReLU6\"", with: "\"ReLU\"", maxReplacements: 1)
    try changed.write(toFile: path, atomically: true, encoding: .utf8)
    let run = try Program.run(["check", folder.path(""), "--no-timing"])
    #expect(run.status == 1)
    #expect(run.standardOutput.contains("CV806 FAIL  1.2"), "\(run.standardOutput)")
    // A place outside the output is no sample.
    let place = try #require(bytes.range(of: Data("{\\\"1.0\\\":[1,".utf8)))
    var broken = bytes
    broken[place.upperBound - 2] = UInt8(ascii: "0")
    try broken.write(to: URL(filePath: folder.path("mbconv.fixture.safetensors")))
    let refused = try Program.run(["check", folder.path("mbconv.pt")])
    #expect(refused.status == 2)
    #expect(refused.standardError.contains("the sample of \"1.0\" is incomplete"))
  }

  @Test("a clip that is over before the first output of a step has none to compare")
  func noSteps() throws {
    let folder = try folder("options/options-classifier")
    let recorded = try record(folder)
    #expect(recorded.standardOutput.contains(", 0 outputs in steps, "))
    #expect(try check(folder).status == 0)
  }

  @Test("a network without steps has a fixture of its clip, and a guess one where it is accepted")
  func exported() throws {
    let folder = try TemporaryFolder()
    for name in ["bidirectional.pt2", "rows.pt2"] {
      try FileManager.default.copyItem(
        atPath: Fixture.folder + "/exported/" + name, toPath: folder.path(name))
    }
    let guessed = try record(folder)
    #expect(guessed.status == 2)
    #expect(guessed.standardError.contains("rows.pt2: is not recorded while things are assumed"))
    #expect(guessed.standardOutput.contains("bidirectional.fixture.safetensors: "))
    #expect(guessed.standardOutput.contains(", 0 outputs in steps, "))
    #expect(try record(folder, "--assume-defaults").status == 0)
    let run = try check(folder)
    #expect(run.status == 0, "\(run.standardOutput)")
    let one = try Program.run(["check", folder.path("bidirectional.pt2"), "--no-timing"])
    #expect(one.standardOutput.contains("note: the network cannot be stepped (CV208)"))
  }

  @Test("missing, unreferenced and damaged fixtures are refused, each by its name")
  func refused() throws {
    let folder = try folder("readme/mbconv", "files/legacy", "files/bare-chain-assumed")
    #expect(try record(folder, "--assume-defaults").status == 0)
    try FileManager.default.removeItem(atPath: folder.path("legacy.fixture.safetensors"))
    try FileManager.default.removeItem(atPath: folder.path("mbconv.pt"))
    let damaged = URL(filePath: folder.path("bare-chain-assumed.fixture.safetensors"))
    try Data(contentsOf: damaged).dropLast(9).write(to: damaged)
    let run = try Program.run(["check", folder.path(""), "--no-timing", "--format", "jsonl"])
    #expect(run.status == 2)
    #expect(run.standardError.contains("legacy.pth: has no fixture, expected "))
    #expect(run.standardError.contains("mbconv.fixture.safetensors: is a fixture of "))
    #expect(run.standardError.contains("which is not there; delete it where the model is gone"))
    #expect(run.standardOutput.contains("\"refused\":3"))
    for reason in ["missing", "unreferenced", "malformed"] {
      #expect(run.standardOutput.contains("\"reason\":\"\(reason)\""))
    }
    let other = folder.path("x.fixture.safetensors")
    try FileManager.default.copyItem(
      atPath: Fixture.folder + "/files/legacy.expect.safetensors", toPath: other)
    let none = try Program.run(["check", other])
    #expect(none.status == 2)
    #expect(none.standardError.contains("expected a file that coverify record has written"))
  }

  @Test("a folder of fixtures knows its models by their paths from there")
  func otherFolder() throws {
    let folder = try folder("files/legacy")
    #expect(try record(folder, "-o", folder.path("golden/of/today")).status == 0)
    let fixture = folder.path("golden/of/today/legacy.fixture.safetensors")
    let run = try Program.run(["check", fixture, "--no-timing", "-q"])
    #expect(run.status == 0, "\(run.standardError)")
    let models = try Program.run([
      "check", folder.path("legacy.pth"), "--fixtures", folder.path("golden/of/today"),
    ])
    #expect(models.status == 0)
    // The model in the folder is the one that the fixture is of.
    let all = try check(folder)
    #expect(all.standardOutput.contains("1 model: 1 same"), "\(all.standardOutput)")
  }

  @Test("what is not PyTorch's output is not recorded, and in CI nothing is")
  func notRecorded() throws {
    let folder = try folder("bad/wrong-answer")
    let run = try record(folder)
    #expect(run.status == 1)
    #expect(run.standardError.contains("not recorded: it does not compute what its file says"))
    #expect(!folder.files.contains { $0.hasSuffix(".fixture.safetensors") })
    let mode = try Program.shell("CI=true exec \"$0\" record readme/mbconv.pt --mode all")
    #expect(mode.status == 2)
    #expect(mode.standardError.contains("fixtures are not recorded where the environment says CI"))
    #expect(try record(folder, "--mode", "never").status == 2)
  }
}
