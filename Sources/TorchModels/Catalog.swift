import Continual

/// How modules of some classes are made of a description.
struct ModuleImporter: Sendable {
  /// The class names.
  let types: [String]

  /// The arguments an architecture can give; a pickled module has them as attributes.
  let arguments: [String]

  /// Attributes of a pickled module that go by another name than the argument.
  let attributes: [String: String]

  /// Whether there can be modules inside.
  let hasChildren: Bool

  /// Whether further arguments are possible, which the importer judges itself.
  let isOpen: Bool

  /// Makes a module; reports what does not fit to the context, and throws what the module itself
  /// finds impossible.
  let make: @Sendable (ImportContext) throws(ModuleError) -> any Module

  init(
    _ types: [String], arguments: [String] = [], attributes: [String: String] = [:],
    hasChildren: Bool = false, isOpen: Bool = false,
    make: @escaping @Sendable (ImportContext) throws(ModuleError) -> any Module
  ) {
    self.types = types
    self.arguments = arguments
    self.attributes = attributes
    self.hasChildren = hasChildren
    self.isOpen = isOpen
    self.make = make
  }
}

/// All classes that can be imported.
package enum Catalog {
  static let importers: [ModuleImporter] = [
    convolutionImporters, transposedConvolutionImporters, poolingImporters, linearImporters,
    recurrentImporters,
    attentionImporters, normalizationImporters, activationImporters, containerImporters,
    graphImporters, lambdaImporters, tensorImporters, upsampleImporters, utilityImporters,
  ].flatMap(\.self)

  private static let byType: [String: ModuleImporter] = Dictionary(
    importers.flatMap { importer in importer.types.map { ($0, importer) } },
    uniquingKeysWith: { first, _ in first })

  /// The class names, sorted.
  package static var types: [String] { byType.keys.sorted() }

  /// The arguments that the classes have, sorted.
  package static var arguments: [String] { Set(importers.flatMap(\.arguments)).sorted() }

  static func importer(for type: String) -> ModuleImporter? { byType[type] }
}
