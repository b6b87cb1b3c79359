import Foundation
import TestSupport
import Testing

@Suite("Recording fixtures anew, and reviewing them")
struct ReviewCommandTests {
  /// A folder with a network that has changed since its fixture was recorded, and one without a fixture.
  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for name in [
      "readme/mbconv.pt", "readme/mbconv.arch.json", "files/legacy.pth", "files/legacy.arch.json",
    ] {
      let file = URL(filePath: name).lastPathComponent
      try FileManager.default.copyItem(
        atPath: Fixture.folder + "/" + name, toPath: folder.path(file))
    }
    let recorded = try run("record", folder.path("mbconv.pt"))
    #expect(recorded.status == 0, "\(recorded.standardError)")
    let path = folder.path("mbconv.arch.json")
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try text.replacing("\"ReLU6\"", with: "\"ReLU\"", maxReplacements: 1)
      .write(toFile: path, atomically: true, encoding: .utf8)
    return folder
  }

  /// Runs a command where the environment does not say CI, with what is typed.
  private func run(_ arguments: String..., typing: String = "") throws -> Program {
    try Program.shell(
      "unset CI; typed=\"$1\"; shift; printf \"$typed\" | \"$0\" \"$@\"", [typing] + arguments)
  }

  private func files(_ folder: TemporaryFolder) throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: folder.path("")))
  }

  private static let pending: Set = [
    "mbconv.fixture.safetensors.new", "legacy.fixture.safetensors.new",
  ]

  @Test("what does not hold is recorded beside its fixture, which stays until it is accepted")
  func accepted() throws {
    let folder = try folder()
    let place = URL(filePath: folder.path("mbconv.fixture.safetensors"))
    let before = try Data(contentsOf: place)
    let update = try run("check", folder.path(""), "--update", "--no-timing")
    #expect(update.status == 2, "a model has no fixture")
    #expect(update.standardError.contains("recorded anew as "))
    #expect(try files(folder).isSuperset(of: Self.pending))
    #expect(try Data(contentsOf: place) == before)
    let check = try run("check", folder.path(""), "-q")
    #expect(check.standardError.contains("note: 2 fixtures recorded anew, for coverify review"))

    let list = try run("review", folder.path(""), "--list")
    #expect(list.status == 1)
    #expect(
      list.standardOutput.contains("legacy.fixture.safetensors (1 of 2)\n  new       nothing"))
    #expect(list.standardOutput.contains("6 of 8 make something else, first 1.2, "))
    #expect(list.standardOutput.contains(" sha256 8ef328db, the same file\n"))

    let review = try run("review", folder.path(""), typing: "?\\n\\na\\ns\\n")
    #expect(review.status == 1, "one is left")
    #expect(review.standardOutput.contains("  accepted  \(folder.path("legacy.fixture"))"))
    #expect(review.standardOutput.contains("  left      \(folder.path("mbconv.fixture"))"))
    let all = try run("review", folder.path(""), "--accept")
    #expect(all.status == 0)
    #expect(try files(folder).isDisjoint(with: Self.pending))
    #expect(try run("check", folder.path(""), "-q").status == 0)
    #expect(try run("review", folder.path("")).standardOutput == "nothing was recorded anew\n")
  }

  @Test("what is rejected is gone, and the fixture as it was")
  func rejected() throws {
    let folder = try folder()
    let place = URL(filePath: folder.path("mbconv.fixture.safetensors"))
    let before = try Data(contentsOf: place)
    #expect(try run("check", folder.path("mbconv.pt"), "--update", "-q").status == 1)
    // By the name of the model.
    let review = try run("review", folder.path("mbconv.pt"), typing: "R\\n")
    #expect(review.status == 0)
    #expect(review.standardOutput.contains("  rejected  "))
    #expect(try files(folder).isDisjoint(with: Self.pending))
    #expect(try Data(contentsOf: place) == before)
    let none = try run("review", folder.path("mbconv.pt"))
    #expect(none.status == 2)
    #expect(none.standardError.contains("mbconv.pt: nothing was recorded anew for it"))
  }

  @Test("input that ends leaves all for later")
  func ended() throws {
    let folder = try folder()
    _ = try run("check", folder.path(""), "--update", "-q")
    #expect(try run("review", folder.path("")).status == 1)
    #expect(try files(folder).isSuperset(of: Self.pending))
  }

  @Test("in CI nothing is recorded or accepted")
  func inCI() throws {
    let folder = try folder()
    for command in [["check", "--update"], ["review"], ["review", "--accept"]] {
      let run = try Program.shell(
        "CI=true exec \"$0\" \"$@\"", [command[0], folder.path("")] + command.dropFirst())
      #expect(run.status == 2, "\(command)")
      #expect(run.standardError.contains("where the environment says CI"))
    }
    #expect(try files(folder).isDisjoint(with: Self.pending))
    let list = try Program.shell(
      "CI=true exec \"$0\" \"$@\"", ["review", folder.path(""), "--list"])
    #expect(list.status == 0)
  }

  @Test("PyTorch's own outputs are kept where they are wanted, and there")
  func fromPython() throws {
    let folder = try TemporaryFolder()
    for end in ["pt", "arch.json", "expect.safetensors"] {
      try FileManager.default.copyItem(
        atPath: Fixture.folder + "/readme/mbconv." + end, toPath: folder.path("mbconv." + end))
    }
    let record = try run("record", folder.path(""), "--from-python")
    #expect(record.status == 0, "\(record.standardError)")
    let bytes = try Data(contentsOf: URL(filePath: folder.path("mbconv.fixture.safetensors")))
    #expect(bytes.range(of: Data("\\\"computed_by\\\":\\\"pytorch\\\"".utf8)) != nil)
    #expect(try run("check", folder.path(""), "-q").status == 0)
    try FileManager.default.removeItem(atPath: folder.path("mbconv.expect.safetensors"))
    let none = try run("record", folder.path(""), "--from-python", "--mode", "all")
    #expect(none.status == 2)
    #expect(none.standardError.contains("\"input\" and \"forward\" into mbconv.expect.safetensors"))
  }
}
