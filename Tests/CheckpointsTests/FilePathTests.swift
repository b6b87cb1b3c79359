import Foundation
import TestSupport
import Testing

@testable import Checkpoints

@Suite("Paths of files")
struct FilePathTests {
  @Test(
    "a path has a folder, a name and an extension",
    arguments: [
      ("model.pt", ".", "model.pt", "pt"), ("/model.PT", "/", "model.PT", "pt"),
      ("a.b/model", "a.b", "model", ""), ("a/.hidden", "a", ".hidden", ""),
      ("a/", "a", "", ""), ("a//x.tar.gz", "a/", "x.tar.gz", "gz"), ("", ".", "", ""),
    ])
  func parts(_ text: String, _ folder: FilePath, _ name: FilePath, _ end: String) {
    let path = FilePath(text)
    #expect(path.folder == folder)
    #expect(path.name == name)
    #expect(path.pathExtension == end)
  }

  @Test(
    "what is beside a file has its name without the extension",
    arguments: [
      ("runs/my model.pt", "runs/my model.arch.json"), ("a.b/model", "a.b/model.arch.json"),
      (".hidden", ".hidden.arch.json"),
    ])
  func beside(_ path: String, _ expected: FilePath) {
    #expect(FilePath(path).replacingExtension(with: ".arch.json") == expected)
  }

  @Test("bytes that are not UTF-8 are shown as such")
  func shown() {
    #expect(FilePath(bytes: [0x61, 0xFF, 0x62, 0xC3, 0xA9]).description == "a\\xFFb\u{E9}")
    #expect(FilePath(bytes: [0xE2, 0x82]).description == "\\xE2\\x82")
  }

  @Test("an argument keeps every byte, also of characters that stand for bytes", arguments: 0..<200)
  func arguments(_ seed: UInt64) {
    var random = SeededRandom(seed)
    let pieces: [[UInt8]] = [
      [0xFF], [0x80], [0xC3, 0xA9], Array("\u{10FEFF}".utf8), Array("\u{10FE80}".utf8), [0x41],
      [0xF4], [0xED, 0xA0, 0x80], Array("😀".utf8), [0xF0, 0x9F],
    ]
    let bytes = (0..<Int.random(in: 0..<9, using: &random)).flatMap { _ in
      pieces.randomElement(using: &random) ?? []
    }
    #expect(FilePath(fromArgument: FilePath.argument(bytes)).bytes == bytes, "seed \(seed)")
  }

  @Test("a plain argument is the text it was")
  func plain() {
    #expect(FilePath.argument(Array("mod\u{E9}l 1.pt".utf8)) == "mod\u{E9}l 1.pt")
  }

  @Test("a name with a zero byte is refused, and not cut")
  func zero() throws {
    let folder = try TemporaryFolder()
    try Data([1]).write(to: URL(filePath: folder.path("a")))
    let error = #expect(throws: CheckpointError.self) {
      try Checkpoint(contentsOf: folder.path("a") + "\0.pt")
    }
    #expect(error?.message == "has a name with a zero byte, which no file has")
  }
}
