import Foundation
import Testing

@Suite("Limits on the command line")
struct LimitOptionTests {
  @Test("a limit that is given is kept, and the way to raise it is told")
  func refuses() throws {
    let run = try Program.run(["inspect", "readme/mbconv.pt", "--limit", "pickle-bytes=100"])
    #expect(run.status == 2)
    #expect(run.standardError.contains("more than the 100 allowed"), "\(run.standardError)")
    #expect(run.standardError.contains("see --limit in --help"))
    let verified = try Program.run(["verify", "readme/mbconv.pt", "--limit", "pickle-bytes=100"])
    #expect(verified.status == 2)
  }

  @Test(
    "what is not a limit, or not a number, is an error of use",
    arguments: ["pickle=5", "depth", "depth=x", "depth=-1"])
  func misused(_ text: String) throws {
    let run = try Program.run(["inspect", "readme/mbconv.pt", "--limit", text])
    #expect(run.status == 64)
    #expect(run.standardError.contains(text.prefix(5)), "\(run.standardError)")
  }

  @Test("a network that is too large to be laid out has its tensors listed, and no more")
  func listsLarge() throws {
    let run = try Program.run(["inspect", "readme/mbconv.pt", "--limit", "outlined-numbers=100"])
    #expect(run.status == 0)
    #expect(run.standardOutput.contains("than 100"), "\(run.standardOutput)")
    #expect(run.standardOutput.contains("float32"))
  }

  @Test("inspecting reads no tensor: a damaged one is shown, until its values are asked for")
  func readsNoTensor() throws {
    let run = try Program.run(["inspect", "bad/flipped-byte.pt"])
    #expect(run.status == 0, "\(run.standardError)")
    #expect(!run.standardOutput.contains("CRC"), "\(run.standardOutput)")
    let stats = try Program.run(["inspect", "bad/flipped-byte.pt", "--stats"])
    #expect(stats.status == 2)
    #expect(stats.standardOutput.contains("CRC"), "\(stats.standardOutput)")
    #expect(stats.standardError.contains("flipped-byte.pt: "), "\(stats.standardError)")
  }

  @Test("renamings that would take too long for the names of a file are refused")
  func renamings() throws {
    let file = FileManager.default.temporaryDirectory
      .appending(path: "coverify-\(UUID().uuidString).arch.json")
    defer { try? FileManager.default.removeItem(at: file) }
    let rename = Array(repeating: "[\"a{1000}b{900}\", \"\"]", count: 300).joined(separator: ",")
    try Data(
      """
      {"format": "coverify-architecture", "version": 1, "model": {"type": "Identity"},
       "weights": {"rename": [\(rename)]}}
      """.utf8
    ).write(to: file)
    let run = try Program.run(["verify", "readme/inception.pt", "--arch", file.path])
    #expect(run.status == 2)
    #expect(run.standardError.contains("300 renamings"), "\(run.standardError.prefix(1000))")
  }
}
