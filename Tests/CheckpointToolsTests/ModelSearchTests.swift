import Checkpoints
import Foundation
import TestSupport
import Testing

@testable import CheckpointTools

@Suite("what the arguments of a command stand for")
struct ModelSearchTests {
  /// A folder with empty files.
  private func folder(_ names: String...) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for name in names {
      let path = URL(filePath: folder.path(name))
      try FileManager.default.createDirectory(
        at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data().write(to: path)
    }
    return folder
  }

  /// What an argument in a folder stands for, by paths below it.
  private func found(_ argument: String, in folder: TemporaryFolder) -> [String] {
    let root = folder.path("")
    return ModelSearch([FilePath(root + argument)]).found.map {
      switch $0 {
      case .file(let path): String(path.description.dropFirst(root.count))
      case .nothing(_, let reason): "nothing: \(reason)"
      }
    }
  }

  @Test("a folder stands for the checkpoints in it and below, without what belongs to them")
  func ofFolder() throws {
    let folder = try folder(
      "b.pt", "a.pth", "a/x.safetensors", "a/x.expect.safetensors", "a/notes.txt", "c/d/e.pt2",
      "x.arch.json", ".hidden/h.pt", ".h.pt", "LARGE.PT")
    #expect(
      found("", in: folder) == ["LARGE.PT", "a.pth", "a/x.safetensors", "b.pt", "c/d/e.pt2"])
    let empty = try self.folder("readme.md")
    #expect(found("", in: empty).count == 1)
    #expect(found("", in: empty)[0].hasPrefix("nothing: has no checkpoint"))
  }

  @Test("patterns have wildcards in names, and ** for any number of folders")
  func ofPattern() throws {
    let folder = try folder("a.pt", "b1.pt", "b2.pt", "s/a.pt", "s/t/a.pt", "s/t/b3.pt", ".s/a.pt")
    #expect(found("*.pt", in: folder) == ["a.pt", "b1.pt", "b2.pt"])
    #expect(found("b[2-9].pt", in: folder) == ["b2.pt"])
    #expect(found("?.pt", in: folder) == ["a.pt"])
    #expect(found("**/a.pt", in: folder) == ["a.pt", "s/a.pt", "s/t/a.pt"])
    #expect(found("s/**/*.pt", in: folder) == ["s/a.pt", "s/t/a.pt", "s/t/b3.pt"])
    #expect(found("*/a.pt", in: folder) == ["s/a.pt"])
    #expect(found("**/t/**", in: folder) == ["s/t/a.pt", "s/t/b3.pt"])
    #expect(found("*.nothing", in: folder) == ["nothing: no file has a name like this"])
    // Many of them cost no more than few.
    let many = String(repeating: "**/", count: 2_000) + "a.pt"
    #expect(found(many, in: folder) == ["a.pt", "s/a.pt", "s/t/a.pt"])
  }

  @Test("a file whose name has a wildcard in it is that file")
  func literal() throws {
    let folder = try folder("a*.pt", "ab.pt")
    #expect(found("a*.pt", in: folder) == ["a*.pt"])
  }

  @Test("a list has an argument a line; comments and empty lines are left out")
  func ofList() throws {
    let folder = try folder("a.pt", "s/b.pt")
    let root = folder.path("")
    func search(_ text: String) throws -> [ModelSearch.Found] {
      try text.write(toFile: folder.path("list"), atomically: true, encoding: .utf8)
      return ModelSearch([FilePath("@" + folder.path("list"))]).found
    }
    #expect(
      try search("# models\n\(root)a.pt\r\n\n  \(root)s\n\(root)gone.pt\n")
        == [
          .file(FilePath(root + "a.pt")), .file(FilePath(root + "s/b.pt")),
          .file(FilePath(root + "gone.pt")),
        ])
    let list = FilePath("@" + folder.path("list"))
    #expect(try search("# nothing\n") == [.nothing(list, .emptyList)])
    #expect(try search(list.description + "\n") == [.nothing(list, .nestedList)])
    guard case .nothing(_, .unreadableList) = ModelSearch(["@/nowhere/at/all"]).found[0] else {
      Issue.record("a list that is not there")
      return
    }
  }

  @Test("one file is a single file; a folder, a pattern or a list is not, whatever is in it")
  func single() throws {
    let folder = try folder("a.pt")
    let file = FilePath(folder.path("a.pt"))
    #expect(ModelSearch.isSingleFile([file]))
    #expect(ModelSearch.isSingleFile(["gone.pt"]))
    #expect(!ModelSearch.isSingleFile([file, file]))
    #expect(!ModelSearch.isSingleFile([FilePath(folder.path(""))]))
    #expect(!ModelSearch.isSingleFile([FilePath(folder.path("*.pt"))]))
    #expect(!ModelSearch.isSingleFile(["@list"]))
  }
}
