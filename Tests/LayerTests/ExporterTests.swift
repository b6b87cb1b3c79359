import Foundation
import Testing
import TorchModels

/// The tables of `scripts/describe_model.py` against the definitions of the classes.
///
/// The script stays one file that users copy, so its tables are written in it; here they are read as
/// text, without Python.
@Suite("the exporter's tables")
struct ExporterTests {
  private static func script() throws -> String {
    let path = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../scripts/describe_model.py").standardizedFileURL
    return try String(contentsOf: path, encoding: .utf8)
  }

  /// The text of a table, from its name to the bracket that closes it at the start of a line.
  private static func table(_ name: String) throws -> String {
    let script = try script()
    let start = try #require(script.range(of: "\n\(name)"))
    let end = try #require(script.range(of: "\n}", range: start.upperBound..<script.endIndex))
    return String(script[start.upperBound..<end.lowerBound])
  }

  /// What no network that Python runs needs to be described by.
  private static let unknown: Set = [
    // Written by hand, for what a forward computes beside modules.
    "Zero", "One", "Constant",
  ]

  @Test("every class that can be loaded is known to the exporter")
  func classes() throws {
    let words = Set(
      try Self.script().split { !$0.isLetter && !$0.isNumber }.map(String.init))
    func isKnown(_ type: String) -> Bool {
      if words.contains(type) || type.hasPrefix("Retroactive") && words.contains("Retroactive") {
        return true
      }
      // Classes for one, two and three axes are written once.
      guard type.hasSuffix("d"), type.dropLast().last?.isNumber ?? false else { return false }
      let base = String(type.dropLast(2))
      return words.contains(base)
        || base.hasSuffix("Norm") && words.contains(String(base.dropLast(4)))
        || base.hasSuffix("Pool") && words.contains(String(base.dropLast(4)))
    }
    let missing = Set(Catalog.standard.types.filter { !isKnown($0) })
    #expect(missing.subtracting(Self.unknown) == [])
    #expect(Self.unknown.subtracting(Catalog.standard.types) == [])
  }

  @Test("functions mean the classes that they mean when a Lambda names them")
  func functions() throws {
    let pairs = try Self.table("_CLASS_OF_FUNCTION").matches(of: /"(\w+)": "(\w+)"/)
    #expect(pairs.count > 20)
    var named: [String: String] = [:]
    for definition in Catalog.standard.definitions {
      for function in definition.functions { named[function.name] = definition.types[0] }
    }
    for pair in pairs { #expect(named[String(pair.1)] == String(pair.2), "\(pair.1)") }
    let described = Set(pairs.map { String($0.2) })
    let functional = try Self.table("_FUNCTIONAL")
    let rows = functional.matches(of: /"(\w+)": \("(\w+)", \[([^\]]*)\]\)/)
    #expect(rows.count >= 8)
    for row in rows {
      let type = String(row.2)
      let definition = try #require(Catalog.standard[type], "\(type)")
      #expect(named[String(row.1)] == type)
      for argument in row.3.matches(of: /"(\w+)"/) {
        #expect(definition.argument(String(argument.1)) != nil, "\(type).\(argument.1)")
      }
    }
    // A random slope is drawn in training only, and nobody calls it in evaluation.
    let elementwise = Catalog.standard.definitions.filter {
      $0.effect == .elementwise && !$0.functions.isEmpty && $0.types != ["RReLU"]
    }
    for type in elementwise.flatMap(\.types) {
      #expect(described.contains(type) || functional.contains("\"\(type)\""), "\(type)")
    }
  }

  @Test("attributes that become arguments are arguments of the classes")
  func attributes() throws {
    let rows = try Self.table("_BY_ATTRIBUTES").matches(of: /\(((?:"\w+",? ?)+)\): \(([^)]*)\)/)
    #expect(rows.count > 8)
    for row in rows {
      let arguments = row.1.matches(of: /"(\w+)"/).map { String($0.1) }
      for match in row.2.matches(of: /"(\w+)"/) {
        let type = String(match.1)
        let definition = try #require(Catalog.standard[type], "\(type)")
        let known = definition.arguments.filter { $0.standard != .ignored }.map(\.name)
        #expect(Set(arguments) == Set(known), "\(type)")
      }
    }
  }
}
