/// All classes that can be loaded.
package struct Catalog: Sendable {
  /// The definitions, in the order of lists.
  package let definitions: [LayerDefinition]

  private let byType: [String: LayerDefinition]

  /// The functions, by name, with the class that does the same.
  private let byFunction: [String: FunctionMeaning]

  /// The class whose pickled function has a name.
  private let byPickledFunction: [String: String]

  /// Collects definitions; of two with the same name the later one holds.
  init(_ definitions: [LayerDefinition]) {
    self.definitions = definitions
    byType = Dictionary(
      definitions.flatMap { definition in definition.types.map { ($0, definition) } },
      uniquingKeysWith: { $1 })
    byFunction = Dictionary(
      definitions.flatMap { definition in
        definition.functions.map {
          (
            $0.name,
            FunctionMeaning(
              type: definition.types[0], renames: $0.renames, defaults: $0.defaults)
          )
        }
      }, uniquingKeysWith: { $1 })
    byPickledFunction = Dictionary(
      definitions.flatMap { definition in
        definition.pickle.functions.map { ($0, definition.types[0]) }
      }, uniquingKeysWith: { $1 })
  }

  /// These classes and others; of two with the same name the added one holds.
  package func adding(_ definitions: [LayerDefinition]) -> Catalog {
    definitions.isEmpty ? self : Catalog(self.definitions + definitions)
  }

  /// The class names, sorted.
  package var types: [String] { byType.keys.sorted() }

  /// The arguments that the classes have, sorted.
  package var arguments: [String] {
    Set(definitions.flatMap { $0.arguments.map(\.name) }).sorted()
  }

  /// The definition of a class.
  package subscript(type: String) -> LayerDefinition? { byType[type] }

  /// The functions that have a class, sorted.
  var functions: [String] { byFunction.keys.sorted() }

  /// The class that does what a function does.
  func meaning(ofFunction name: String) -> FunctionMeaning? { byFunction[name] }

  /// The class that does what a function of the Python library does in a pickled `Lambda`.
  func type(ofPickledFunction name: String) -> String? { byPickledFunction[name] }
}
