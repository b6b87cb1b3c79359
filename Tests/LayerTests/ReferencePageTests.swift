import Foundation
import PlainData
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
