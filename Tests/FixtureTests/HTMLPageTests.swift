import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite("The page for a browser, of fixtures")
struct HTMLPageTests {
  private func page(_ arguments: [String]) throws -> (text: String, status: Int32) {
    let folder = try TemporaryFolder()
    let file = folder.path("page.html")
    let run = try Program.run(arguments + ["--format", "html=\(file)", "--no-timing"])
    #expect(run.standardOutput.isEmpty)
    return (try String(contentsOfFile: file, encoding: .utf8), run.status)
  }

  @Test("the policy of the page has the hashes of its style and its script")
  func policy() throws {
    let page = try page(["bad/truncated.pt"])
    #expect(page.status == 2)
    for (element, directive) in [("style", "style-src"), ("script", "script-src")] {
      let start = try #require(page.text.range(of: "<\(element)>"))
      let end = try #require(page.text.range(of: "</\(element)>"))
      var hash = SHA256()
      hash.update(Array(page.text[start.upperBound..<end.lowerBound].utf8))
      let digest = Data(hash.digest).base64EncodedString()
      let isAllowed = page.text.contains("\(directive) &#39;sha256-\(digest)&#39;;")
      #expect(isAllowed, "PagePolicy has another hash than \(digest)")
    }
    #expect(page.text.contains("content=\"default-src &#39;none&#39;;"))
  }

  @Test("every kind of verdict has its page, the same each time, which loads nothing")
  func kinds() throws {
    for (model, status) in [
      ("readme/mbconv.pt", 0), ("written/written-undelayed.pt", 1), ("bad/html-page.pt", 2),
      ("files/bare-chain-assumed.pt", 3),
    ] as [(String, Int32)] {
      let page = try page([model])
      #expect(page.status == status, "\(model)")
      #expect(page.text.contains("exit code \(status)"), "\(model)")
      #expect(page.text.hasSuffix("</html>\n"))
      #expect(page.text == (try self.page([model]).text), "\(model)")
      #expect(!page.text.contains("src="))
      #expect(!page.text.contains("http://") && !page.text.contains("https://"), "\(model)")
      #expect(page.text.utf8.count < 200_000, "\(model)")
    }
  }

  @Test("the frames of a network that PyTorch computed otherwise are beyond their bound")
  func wrongAnswer() throws {
    let page = try page(["bad/wrong-answer.pt"])
    #expect(page.status == 1)
    #expect(page.text.contains("<span class=\"path\">clip ↔ PyTorch</span>"))
    #expect(page.text.contains("<path class=\"cross\""))
    #expect(page.text.contains("<path class=\"s-torch\""))
  }
}
