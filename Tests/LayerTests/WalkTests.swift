import Foundation
import TestSupport
import Testing

@Suite("the articles about the walk of a byte and of a frame")
struct WalkTests {
  static let articles = [
    "TorchModels/Documentation.docc/TheWalkOfAByte.md",
    "Continual/Documentation.docc/TheWalkOfAFrame.md",
  ]

  private static let sources = SourceFolder.repository().appending(path: "Sources")

  /// The rows of an article: a file, and the names of what is called in it.
  private static func rows(_ article: String) throws -> [(file: String, names: [String])] {
    let text = try String(contentsOf: sources.appending(path: article), encoding: .utf8)
    return text.matches(of: /\n\| `([^`]+\.swift)` \| ([^|]+) \|/).map { match in
      (String(match.1), match.2.matches(of: /`(\w+)`/).map { String($0.1) })
    }
  }

  /// Whether a file declares a function, an initialiser or a type of a name.
  static func declares(_ name: String, in code: String) throws -> Bool {
    let declaration = try Regex(
      name == "init" ? #"\binit\??[(<]"# : #"\b(func|struct|enum|class|protocol) "# + name + #"\b"#)
    return code.contains(declaration)
  }

  @Test("name files and functions that are there", arguments: articles)
  func names(_ article: String) throws {
    let rows = try Self.rows(article)
    #expect(rows.count > 15)
    for row in rows {
      let code = try String(contentsOf: Self.sources.appending(path: row.file), encoding: .utf8)
      #expect(!row.names.isEmpty, "\(row.file)")
      for name in row.names {
        #expect(try Self.declares(name, in: code), "\(row.file) has no \(name)")
      }
    }
  }

  @Test("a name that was changed is missed")
  func finds() throws {
    let code = "struct A { init(_ a: Int) {}\n  func run() {} }"
    for name in ["A", "init", "run"] { #expect(try Self.declares(name, in: code)) }
    for name in ["runs", "ru", "B"] { #expect(try !Self.declares(name, in: code)) }
    #expect(try !Self.declares("init", in: "func initial() {}"))
  }
}
