import Foundation
import Testing

/// Checkpoints is built in floors: what a folder declares may be used above it and not below.
///
/// Read from the sources: a folder depends on another if one of its files names a type, function or
/// constant that only the other declares. A file at the top, which belongs to no folder, is a floor of its
/// own, so that errors and limits can be below everything and ``Checkpoint`` above it.
@Suite("Floors of Checkpoints")
struct FloorTests {
  /// A source file without comments and texts.
  struct Source {
    /// The folder, or the file's name at the top.
    let floor: String
    let words: Set<String>
    let declared: Set<String>
  }

  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Sources/Checkpoints").standardizedFileURL

  private static func sources() throws -> [Source] {
    let root = folder.path(percentEncoded: false)
    let names = try FileManager.default.subpathsOfDirectory(atPath: root)
      .filter { $0.hasSuffix(".swift") }.sorted()
    return try names.map { name in
      let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
      let parts = name.split(separator: "/")
      let floor = parts.count > 1 ? String(parts[0]) : name
      return source(code(text), on: floor)
    }
  }

  static func source(_ code: String, on floor: String) -> Source {
    let kind =
      #/^(?:(?:public|package|fileprivate|private|final|indirect) )*(struct|enum|class|protocol|func|typealias|let) (\w+)/#
      .anchorsMatchLineEndings()
    return Source(
      floor: floor, words: Set(code.matches(of: #/\w+/#).map { String($0.output) }),
      declared: Set(code.matches(of: kind).map { String($0.output.2) }))
  }

  /// Without comments; of texts only what is interpolated.
  static func code(_ text: String) -> String {
    text.replacing(#/\/\/[^\n]*/#, with: "")
      .replacing(#/"(?:\\.|[^"\\\n])*"/#) { match in
        match.output.matches(of: #/\\\(([^"]*?)\)/#).map { String($0.output.1) }
          .joined(separator: " ")
      }
  }

  /// For each floor those that it uses.
  static func uses(_ sources: [Source]) -> [String: Set<String>] {
    var floors: [String: Set<String>] = [:]
    for source in sources {
      for name in source.declared { floors[name, default: []].insert(source.floor) }
    }
    var uses: [String: Set<String>] = [:]
    for source in sources {
      for word in source.words {
        guard let declaring = floors[word], !declaring.contains(source.floor) else { continue }
        uses[source.floor, default: []].formUnion(declaring)
      }
    }
    return uses
  }

  /// The floors that are in a circle: those that are left when all that use nothing left are taken away.
  static func circle(_ uses: [String: Set<String>]) -> [String: Set<String>] {
    var left = uses
    while let free = left.first(where: { $0.value.allSatisfy { left[$0] == nil } }) {
      left[free.key] = nil
    }
    return left.mapValues { $0.filter { left[$0] != nil } }
  }

  @Test("no two folders depend on each other, whichever way around")
  func hasNoCircle() throws {
    let sources = try FloorTests.sources()
    let floors = Set(sources.map(\.floor))
    #expect(
      floors.isSuperset(of: ["Bytes", "Containers", "Formats", "Pickle", "Tensors", "Writing"]))
    #expect(sources.count > 60)
    let uses = FloorTests.uses(sources)
    #expect(FloorTests.circle(uses) == [:])
    #expect(uses["Bytes"]?.isSubset(of: ["Refusal"]) == true)
    #expect(uses["Checkpoint.swift"]?.contains("Writing") == false)
  }

  @Test("a circle of two and of three folders is found, and its files are named")
  func findsCircles() {
    let sources = [
      FloorTests.source("struct A { var b: B }", on: "One"),
      FloorTests.source("struct B { var c: C }", on: "Two"),
      FloorTests.source(
        FloorTests.code("/// A is above.\nfunc c() -> C { A() }\nenum C {}"), on: "Three"),
      FloorTests.source("struct D { var a: A }", on: "Four"),
    ]
    let uses = FloorTests.uses(sources)
    #expect(uses == ["One": ["Two"], "Two": ["Three"], "Three": ["One"], "Four": ["One"]])
    #expect(Set(FloorTests.circle(uses).keys) == ["One", "Two", "Three", "Four"])
    #expect(FloorTests.circle(["One": ["Two"], "Two": ["Three"]]) == [:])
  }

  @Test("words in comments and texts are not used, those that texts show are")
  func readsCode() {
    let code = FloorTests.code("let a = \"Storage \\(key) of Pickle\" // Zip\n")
    #expect(code.contains("key") && !code.contains("Pickle") && !code.contains("Zip"))
  }
}
