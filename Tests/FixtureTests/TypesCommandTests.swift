import Foundation
import Testing

@Suite("coverify types")
struct TypesCommandTests {
  @Test("shows the arguments of a class, and what holds where they are left out")
  func screen() throws {
    let run = try Program.run(["types", "GLU", "Delay"])
    #expect(run.status == 0)
    #expect(
      run.standardOutput == """
        Activations
          GLU: One half times the sigmoid of the other half.
            dim  -1  The axis that is halved.
            also as function: glu

        Small modules
          Delay: Each frame, later; a clip stays as it is.
            delay          has to be given  By how many frames.
            temporal_fill  "zeros"          What steps of the Python library give before the first frame.
            auto_shrink    false            Where a clip is cut, to be as long as a branch without padding.

        """)
  }

  @Test("prints all definitions as one JSON object")
  func json() throws {
    let run = try Program.run(["types", "--json"])
    let object = try JSONSerialization.jsonObject(with: Data(run.standardOutput.utf8))
    let document = try #require(object as? [String: Any])
    #expect(document["schema"] as? String == "coverify.types/1")
    let classes = try #require(document["classes"] as? [[String: Any]])
    let names = classes.flatMap { $0["types"] as? [String] ?? [] }
    #expect(names.contains("Conv3d") && names.contains("Graph") && names.count > 80)
  }

  @Test("a class that is unknown is a mistake of the user, with the nearest name")
  func unknown() throws {
    let run = try Program.run(["types", "Conv4d"])
    #expect(run.status == 64)
    #expect(run.standardError.contains("did you mean \"Conv1d\"?"))
  }
}
