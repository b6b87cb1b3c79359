import Continual
import Foundation
import Testing
import Verification

@testable import TorchModels

/// The four places that know a layer: its type in `Continual`, its oracle, its importer, and a row of
/// ``LayerCase``.
///
/// A test fails where one of them does not know what another one knows.
@Suite("the four places that know a layer")
struct CatalogTests {
  /// The names of the types in `Sources/Continual` that are modules of one stream.
  ///
  /// Modules of several streams are part of a `Sequential`, whose oracle knows them; a `Sequential` is
  /// a module of one stream too.
  private static func declared() throws -> Set<String> {
    let sources = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/Continual").standardizedFileURL
    let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
    var names: Set = ["Sequential"]
    for case let file as URL in try #require(files) where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(of: /public (?:struct|enum|final class) (\w+): [^{]*\bModule\b/) {
        names.insert(String(match.1))
      }
    }
    return names
  }

  /// The modules of one stream in a tree.
  private static func types(in module: any Module) -> Set<String> {
    module.children.reduce(into: [String(describing: type(of: module))]) {
      $0.formUnion(types(in: $1.module))
    }
  }

  @Test("every module of the library has an oracle, and every oracle a module")
  func oracles() throws {
    let declared = try CatalogTests.declared()
    #expect(declared.count > 20)
    #expect(declared == Set(OracleCatalog.names))
  }

  @Test("every class that can be imported has a row, and every row is of such classes")
  func importers() throws {
    let tried = try LayerCase.all.reduce(into: Set<String>()) { $0.formUnion(try $1.types()) }
    #expect(Set(Catalog.types).subtracting(tried) == [])
    #expect(tried.subtracting(Catalog.types) == [])
  }

  @Test("every module of the library can be imported, and has a row")
  func rows() throws {
    let made = try LayerCase.all.reduce(into: Set<String>()) {
      $0.formUnion(CatalogTests.types(in: try $1.module()))
    }
    #expect(try CatalogTests.declared().subtracting(made) == [])
  }
}
