import Foundation
import PlainData
import TestSupport
import Testing
import TorchModels

@Suite("ReferencePage: the page of the architecture format")
struct ReferencePageTests {
  private static let path = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Sources/TorchModels/Documentation.docc/ArchitectureFormat.md")
    .standardizedFileURL

  @Test("says what the definitions say; COVERIFY_UPDATE=1 writes it anew")
  func isUpToDate() throws {
    if ProcessInfo.processInfo.environment["COVERIFY_UPDATE"] != nil {
      try Data(ReferencePage.text.utf8).write(to: Self.path)
    }
    let written = try String(contentsOf: Self.path, encoding: .utf8)
    let pairs = zip(written.split(separator: "\n"), ReferencePage.text.split(separator: "\n"))
    #expect(pairs.first { $0 != $1 }.map { "\($0.0) ≠ \($0.1)" } == nil)
    #expect(written == ReferencePage.text)
  }

  /// The modules that the first page of `Continual` lists, and the page with the others at its end.
  private static func topics(_ page: String) throws -> (missing: [String], complete: String) {
    let listed = Set(page.matches(of: /- ``(\w+)``/).map { String($0.1) })
    // What only this package makes is on no page.
    let sources = try SourceFolder("Continual").texts
    let missing = try CatalogTests.declared("Module").subtracting(listed).sorted().filter { name in
      !sources.contains { $0.contains("package struct \(name):") }
    }
    guard !missing.isEmpty else { return ([], page) }
    let heading = "### More layers"
    let start = page.contains(heading) ? page : page + "\n\(heading)\n\n"
    return (missing, start + missing.map { "- ``\($0)``\n" }.joined())
  }

  @Test("every module is on the first page of its library; COVERIFY_UPDATE=1 adds it there")
  func modulesAreListed() throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/Continual/Documentation.docc/Continual.md")
      .standardizedFileURL
    if ProcessInfo.processInfo.environment["COVERIFY_UPDATE"] != nil {
      let page = try String(contentsOf: path, encoding: .utf8)
      try Data(Self.topics(page).complete.utf8).write(to: path)
    }
    #expect(try Self.topics(String(contentsOf: path, encoding: .utf8)).missing == [])
  }

  @Test("every default is a value of its kind, and every sentence ends")
  func defaults() {
    for definition in Catalog.standard.definitions {
      #expect(definition.summary.hasSuffix("."))
      #expect(!definition.types.isEmpty)
      for argument in definition.arguments {
        #expect(argument.summary.hasSuffix("."), "\(definition.types[0]).\(argument.name)")
        guard let value = argument.defaultValue else { continue }
        #expect(argument.kind.includes(value), "\(definition.types[0]).\(argument.name): \(value)")
      }
      let names = definition.arguments.map(\.name)
      #expect(Set(names).count == names.count, "\(definition.types[0])")
    }
  }

  @Test("no class and no function is defined twice")
  func noneTwice() {
    let types = Catalog.standard.definitions.flatMap(\.types)
    let functions = Catalog.standard.definitions.flatMap { $0.functions.map(\.name) }
    #expect(Set(types).count == types.count)
    #expect(Set(functions).count == functions.count)
  }
}

extension LayerDefinition.Kind {
  /// Whether a default is a value of this kind.
  fileprivate func includes(_ value: PlainValue) -> Bool {
    switch (self, value) {
    case (.int, .int), (.sizes, .int), (.optionalSizes, .int), (.integers, .list): true
    case (.number, .int), (.number, .double), (.bool, .bool), (.string, .string): true
    case (.choice(let words), .string(let word)): words.contains(word)
    case (.value, _): true
    default: false
    }
  }
}
