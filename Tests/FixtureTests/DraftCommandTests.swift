import Foundation
import TestSupport
import Testing

@Suite("Drafting architectures")
struct DraftCommandTests {
  @Test("a draft knows the channels that the tensors know, and each axis of space is open")
  func channels() throws {
    let chain = try Program.run(["draft", "files/bare-chain.pt"])
    #expect(chain.status == 0)
    #expect(chain.standardOutput.contains(#""input": {"shape": [3, "T"], "frames": 16}"#))
    let planes = try Program.run(["draft", "readme/mbconv.pt"])
    #expect(planes.standardOutput.contains(#""input": {"shape": [32, "T", "?", "?"], "#))
  }

  @Test("loaded as it is, all that is open is said at once")
  func open() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("draft.json")
    #expect(try Program.run(["draft", "files/bare-chain.pt", "-o", path]).status == 0)
    let run = try Program.run(["files/bare-chain.pt", "--arch", path])
    #expect(run.status == 2)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text.matches(of: /"\?"/).count > 5)
    #expect(
      run.standardError.matches(of: /is still "\?"/).count == text.matches(of: /"\?"/).count)
  }
}
