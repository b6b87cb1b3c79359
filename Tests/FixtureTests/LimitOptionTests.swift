import Testing

@Suite("Limits on the command line")
struct LimitOptionTests {
  @Test("a limit that is given is kept, and the way to raise it is told")
  func refuses() throws {
    let run = try Program.run(["inspect", "mbconv.pt", "--limit", "pickle-bytes=100"])
    #expect(run.status == 2)
    #expect(run.standardError.contains("more than the 100 allowed"), "\(run.standardError)")
    #expect(run.standardError.contains("see --limit in --help"))
    let verified = try Program.run(["verify", "mbconv.pt", "--limit", "pickle-bytes=100"])
    #expect(verified.status == 2)
  }

  @Test(
    "what is no limit, and no number, is an error of use",
    arguments: ["pickle=5", "depth", "depth=x", "depth=-1"])
  func misused(_ text: String) throws {
    let run = try Program.run(["inspect", "mbconv.pt", "--limit", text])
    #expect(run.status == 64)
    #expect(run.standardError.contains(text.prefix(5)), "\(run.standardError)")
  }

  @Test("a network that is too large to be laid out has its tensors listed, and no more")
  func listsLarge() throws {
    let run = try Program.run(["inspect", "mbconv.pt", "--limit", "outlined-numbers=100"])
    #expect(run.status == 0)
    #expect(run.standardOutput.contains("more than 100"), "\(run.standardOutput)")
    #expect(run.standardOutput.contains("float32"))
  }

  @Test("inspecting reads no tensor: a damaged one is shown, until its values are asked for")
  func readsNoTensor() throws {
    let run = try Program.run(["inspect", "bad/flipped-byte.pt"])
    #expect(run.status == 0, "\(run.standardError)")
    #expect(!run.standardOutput.contains("CRC"), "\(run.standardOutput)")
    let stats = try Program.run(["inspect", "bad/flipped-byte.pt", "--stats"])
    #expect(stats.standardOutput.contains("CRC"), "\(stats.standardOutput)")
  }
}
