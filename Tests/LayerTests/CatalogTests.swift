import Continual
import Foundation
import TestSupport
import Testing

@testable import TorchModels

/// The places that know a layer, as its type in `Continual`, its oracle, its definition, and a row of
/// ``LayerCase``.
///
/// A test fails where one of them does not know what another one knows.
@Suite("the places that know a layer")
struct CatalogTests {
  /// The names of the modules in `Sources/Continual` that conform to a protocol.
  static func declared(_ name: String) throws -> Set<String> {
    let sources = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/Continual").standardizedFileURL
    let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
    var names: Set<String> = []
    for case let file as URL in try #require(files) where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(
        of: /(?:public|package) (?:struct|enum|final class) (\w+): ([^{]*)\{/)
      where match.2.split(whereSeparator: { !$0.isLetter }).contains(Substring(name)) {
        names.insert(String(match.1))
      }
    }
    return names
  }

  /// The modules of one stream, and those of several, which are judged as parts of the module around
  /// them unless they have an oracle themselves.
  private static func declared() throws -> (one: Set<String>, all: Set<String>) {
    let one = try declared("Module")
    return (one, try one.union(declared("MultiStreamModule")))
  }

  /// The types of the modules in a tree.
  private static func types(in module: any Module) -> Set<String> {
    module.children.reduce(into: [String(describing: type(of: module))]) {
      $0.formUnion(types(in: $1.module))
    }
  }

  @Test("every module of the library has an oracle, and every oracle a module")
  func oracles() throws {
    let (one, all) = try CatalogTests.declared()
    #expect(one.count > 20)
    let oracles = try SourceFolder("Verification").conforming(to: "Referenced")
    #expect(one.subtracting(oracles) == [])
    #expect(oracles.subtracting(all) == [])
  }

  @Test("every class that can be imported has a row, and every row is of such classes")
  func importers() throws {
    let tried = try LayerCase.all.reduce(into: Set<String>()) { $0.formUnion(try $1.types()) }
    #expect(Set(Catalog.standard.types).subtracting(tried) == [])
    #expect(tried.subtracting(Catalog.standard.types) == [])
  }

  @Test("every module of the library can be imported, and has a row")
  func rows() throws {
    let made = try LayerCase.all.reduce(into: Set<String>()) {
      $0.formUnion(CatalogTests.types(in: try $1.module()))
    }
    #expect(try CatalogTests.declared().all.subtracting(made) == [])
  }

  @Test("no part of the library throws a ready sentence: values are thrown, and printed elsewhere")
  func sentences() throws {
    let sentence = /(?:Module|Verification|Checkpoint)Error\(\s*\.\w+,/
    for target in ["Continual", "TorchModels", "Verification", "CheckpointTools", "Checkpoints"] {
      let found = try SourceFolder(target).texts.flatMap { $0.matches(of: sentence) }
      #expect(found.map { String($0.output) } == [], "in \(target)")
    }
    #expect("throw ModuleError(\n  .shape, \"gets less\")".contains(sentence))
  }

  /// The files that name a class, of those that are written by hand.
  private static func naming(_ type: String) throws -> Set<String> {
    let root = SourceFolder.repository().path(percentEncoded: false)
    var found: Set<String> = []
    for folder in ["Sources", "Tests", "scripts"] {
      for name in try FileManager.default.subpathsOfDirectory(atPath: root + "/" + folder)
      where name.hasSuffix(".swift") || name.hasSuffix(".py") {
        let path = folder + "/" + name
        let text = try String(contentsOfFile: root + "/" + path, encoding: .utf8)
        if (ExporterTables.handwritten(text) ?? text).contains(type) { found.insert(path) }
      }
    }
    return found
  }

  @Test("the article lists the places that know a layer, and no others")
  func places() throws {
    let article = SourceFolder.repository()
      .appending(path: "Sources/Continual/Documentation.docc/AddingALayer.md")
    let text = try String(contentsOf: article, encoding: .utf8)
    let places = text.matches(of: /\n\| `((?:Sources|Tests|scripts)\/[^`]+)`/).map { String($0.1) }
    // One whose attributes tell its arguments. Beside its places it is a row of a table of timings and a
    // part of a fixture, and calls of exported programs are said with it, which nothing asks of a layer.
    let more: Set = [
      "Tests/LayerTests/CatalogTests.swift", "Tests/LayerTests/TimingTableTests.swift",
      "scripts/pytorch_reference/networks_rates.py",
      "Sources/TorchModels/Exported/ExportedTranslator+Frames.swift",
      "Tests/TorchModelsTests/ExportedProgramTests.swift",
    ]
    let files = try Self.naming("PixelShuffle").subtracting(more)
    #expect(files.filter { file in !places.contains { file.hasPrefix($0) } } == [])
    #expect(places.filter { place in !files.contains { $0.hasPrefix(place) } } == [])
    #expect(files.count == places.count)
    #expect(places.count == 6)
  }

  @Test("names of classes stand in their definitions, and whatever else needs one asks these")
  func literals() throws {
    let sources = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources").standardizedFileURL
    let types = Set(Catalog.standard.types)
    var found: [String] = []
    for target in ["TorchModels", "CheckpointTools", "coverify"] {
      let files = FileManager.default.enumerator(
        at: sources.appending(path: target), includingPropertiesForKeys: nil)
      for case let file as URL in try #require(files)
      where file.pathExtension == "swift" && !file.path().contains("/Importers/")
        // What an operator of an exported program is made of is its definition.
        && !file.path().contains("/Exported/")
        // Recipes are architectures, as users write them.
        && !file.lastPathComponent.hasPrefix("RecipeText+")
      {
        let text = try String(contentsOf: file, encoding: .utf8)
        for match in text.replacing(/\/\/[^\n]*/, with: "").matches(of: /"(\w+)"/)
        where types.contains(String(match.1)) {
          found.append("\(file.lastPathComponent): \(match.1)")
        }
      }
    }
    #expect(found == [])
  }
}
