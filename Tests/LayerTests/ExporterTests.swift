import Foundation
import TestSupport
import Testing

@testable import TorchModels

/// The tables of `scripts/describe_model.py` against the definitions of the classes.
///
/// The script is read as text, without Python.
@Suite("Exporter: its tables")
struct ExporterTests {
  private static let path = SourceFolder.repository().appending(path: "scripts/describe_model.py")

  private static func script() throws -> String { try String(contentsOf: path, encoding: .utf8) }

  @Test("are what the definitions say; COVERIFY_UPDATE=1 writes them anew")
  func areUpToDate() throws {
    if ProcessInfo.processInfo.environment["COVERIFY_UPDATE"] != nil {
      let updated = try #require(ExporterTables.updated(try Self.script()))
      try Data(updated.utf8).write(to: Self.path)
    }
    let script = try Self.script()
    let wanted = try #require(ExporterTables.updated(script))
    let pairs = zip(script.split(separator: "\n"), wanted.split(separator: "\n"))
    #expect(pairs.first { $0 != $1 }.map { "\($0.0) ≠ \($0.1)" } == nil)
    #expect(script == wanted)
  }

  /// What no network that Python runs needs to be described by.
  private static let unknown: Set = [
    // Written by hand, for what a forward computes beside modules.
    "Zero", "One", "Constant", "Rearrange", "Graph",
    // Parts of exported programs, which the loader makes itself.
    "FrameSequence", "CumulativeSum", "Calculation", "CalculatedLoop",
  ]

  @Test("every class that can be loaded is in them, or the script describes it by hand")
  func classes() throws {
    let script = try #require(ExporterTables.handwritten(try Self.script()))
    let words = Set(script.split { !$0.isLetter && !$0.isNumber }.map(String.init))
    func isKnown(_ type: String) -> Bool {
      if words.contains(type) || type.hasPrefix("Retroactive") && words.contains("Retroactive") {
        return true
      }
      // Classes for one, two and three axes are written once.
      guard type.hasSuffix("d"), type.dropLast().last?.isNumber ?? false else { return false }
      let base = String(type.dropLast(2))
      return words.contains(base)
        || base.hasSuffix("Pool") && words.contains(String(base.dropLast(4)))
    }
    let told = Set(ExporterTables.toldByAttributes)
    let missing = Set(Catalog.standard.types.filter { !told.contains($0) && !isKnown($0) })
    #expect(missing.subtracting(Self.unknown) == [])
    #expect(Self.unknown.subtracting(Catalog.standard.types) == [])
  }
}
