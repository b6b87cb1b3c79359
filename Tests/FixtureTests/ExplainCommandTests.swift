import Foundation
import Testing

@Suite("coverify explain")
struct ExplainCommandTests {
  @Test("says what has to hold, how that is found out, what to do, and an example")
  func screen() throws {
    let run = try Program.run(["explain", "cv502", "Stride"])
    #expect(run.status == 0)
    #expect(
      run.standardOutput == """
        CV502  snapshot
          holds    a stream whose state was saved and restored goes on as if nothing had
                   happened
          how      The state is saved in the middle of a clip and restored in this
                   stream and in another one; both have to go on with the same bits.
          mend     Something is remembered outside the state.
          example  A kernel that keeps the last frame in a property.

        stride: how many frames go in for one output; a rate such as 3:2 says outputs to
            inputs

        """)
  }

  @Test("a family stands for all its codes, and nothing for everything in short")
  func many() throws {
    let family = try Program.run(["explain", "CV6"])
    for code in ["CV601", "CV602", "CV603"] { #expect(family.standardOutput.contains(code)) }
    #expect(!family.standardOutput.contains("CV701"))
    let all = try Program.run(["explain"])
    #expect(all.standardOutput.contains("  CV301  each module computes its definition"))
    #expect(all.standardOutput.contains("resolution: the smallest error"))
    #expect(all.standardOutput.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }

  @Test("prints explanations as one JSON object")
  func json() throws {
    let run = try Program.run(["explain", "--json", "CV301", "resolution"])
    let object = try JSONSerialization.jsonObject(with: Data(run.standardOutput.utf8))
    let document = try #require(object as? [String: Any])
    #expect(document["schema"] as? String == "coverify.explanations/1")
    let checks = try #require(document["checks"] as? [[String: String]])
    #expect(checks.map { $0["code"] } == ["CV301"])
    #expect(checks[0].keys.sorted() == ["code", "example", "holds", "how", "mend", "title"])
    #expect((document["words"] as? [[String: String]])?.first?["word"] == "resolution")
  }

  @Test("what has no explanation is a mistake of the user, with the nearest name")
  func unknown() throws {
    let run = try Program.run(["explain", "CV31"])
    #expect(run.status == 64)
    #expect(run.standardError.contains("did you mean \"CV301\"?"))
  }
}
