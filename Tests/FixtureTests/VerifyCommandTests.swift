import Foundation
import TestSupport
import Testing

@Suite("The options of verify")
struct VerifyCommandTests {
  /// The exit code that a report says.
  private func exit(_ run: Program) throws -> Int? {
    let value = try JSONSerialization.jsonObject(with: Data(run.standardOutput.utf8))
    let report = try #require(value as? [String: Any])
    return (report["summary"] as? [String: Any])?["exit"] as? Int
  }

  /// A copy of a network's file alone, without what PyTorch computed.
  private func bare(_ name: String, in folder: TemporaryFolder) throws -> String {
    let path = folder.path("\(name).pt")
    try FileManager.default.copyItem(
      atPath: Fixture.folder + "/readme/\(name).pt", toPath: path)
    return path
  }

  @Test(
    "--strict leaves the verdict open without PyTorch's output, in the report as well",
    .enabled(if: !TestRun.isQuick, "a quick run leaves it out"))
  func strict() throws {
    let folder = try TemporaryFolder()
    let model = try bare("mbconv", in: folder)
    let arguments = [model, "--arch", "readme/mbconv.arch.json", "--format", "json", "--no-timing"]
    let plain = try Program.run(arguments)
    #expect(plain.status == 0)
    #expect(try exit(plain) == 0)
    let strict = try Program.run(arguments + ["--strict"])
    #expect(strict.status == 3)
    #expect(try exit(strict) == 3)
    #expect(strict.standardOutput.contains("CV802"))
    #expect(try Program.run(["readme/mbconv.pt", "--strict"]).status == 0)
  }

  @Test("-q prints the verdict alone; a document for programs is whole")
  func quiet() throws {
    let run = try Program.run(["readme/conv3d.pt", "-q", "--assume-defaults"])
    #expect(run.standardOutput == "verdict: same (exit 0)\n")
    #expect(run.standardError.isEmpty)
    #expect(run.status == 0)
    let document = try Program.run([
      "readme/conv3d.pt", "--quiet", "--assume-defaults", "--format", "json",
    ])
    #expect(try exit(document) == 0)
    #expect(document.standardError.isEmpty)
  }

  @Test(
    "--frames and --batch take the place of the clip that a file brings, and that is said",
    .enabled(if: !TestRun.isQuick, "a quick run leaves it out"))
  func frames() throws {
    for (option, shape) in [
      (["--frames", "12"], "(2, 32, 12, 5, 3)"), (["--batch", "3"], "(3, 32"),
    ] {
      let run = try Program.run(["readme/mbconv.pt"] + option)
      #expect(run.status == 0)
      #expect(run.standardOutput.contains(shape), "\(run.standardOutput)")
      #expect(run.standardOutput.contains("is left out"))
    }
    let strict = try Program.run(["readme/mbconv.pt", "--frames", "12", "--strict"])
    #expect(strict.status == 3)
    let same = try Program.run(["readme/mbconv.pt", "--frames", "9", "--strict"])
    #expect(same.status == 0)
  }

  @Test("an architecture that says another number of channels than the clip has is refused")
  func channels() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("wrong.json")
    let text = try String(
      contentsOfFile: Fixture.folder + "/readme/mbconv.arch.json", encoding: .utf8)
    let changed = text.replacing(/"shape": *\[\s*32/, with: "\"shape\": [7", maxReplacements: 1)
    #expect(changed != text)
    try changed.write(toFile: path, atomically: true, encoding: .utf8)
    let run = try Program.run(["readme/mbconv.pt", "--arch", path])
    #expect(run.status == 2)
    #expect(run.standardError.contains("32 channels"))
    #expect(run.standardError.contains("says 7"))
  }
}
