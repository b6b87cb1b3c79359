package import Continual

/// The modules of a description, and what does not fit: drawn first, of names and shapes, then with the
/// values of their tensors.
package struct Network: Sendable {
  /// What the modules ask for.
  package let blueprint: Blueprint

  /// The modules; of zeros where no tensor was read, and harmless ones where something does not fit.
  package let module: any Module

  /// The classes.
  private let catalog: Catalog

  /// How modules expect the weights to be packed that were drawn, by the names of their parameters.
  private let packings: [String: Packing]

  /// What is wrong with the values of tensors.
  private let badValues: [ModelError.Problem]

  /// Draws the modules of a description; reads no tensor.
  ///
  /// - Parameters:
  ///   - description: the network.
  ///   - prefix: its path in the names of tensors.
  ///   - table: the tensors.
  ///   - catalog: the classes.
  package init(
    drawing description: ModuleDescription, at prefix: String = "", of table: KeyTable,
    catalog: Catalog = .standard
  ) {
    let builder = ModelBuilder(Blueprint(of: table), catalog: catalog)
    module = builder.module(description, at: prefix, isFramewise: false)
    self.catalog = catalog
    blueprint = builder.blueprint
    packings = builder.packings
    badValues = []
  }

  /// Makes the modules that were drawn, and reads their tensors.
  private init(_ drawn: Network, _ description: ModuleDescription, at prefix: String) {
    catalog = drawn.catalog
    let builder = ModelBuilder(
      drawn.blueprint.cleared, catalog: catalog, reader: WeightReader(drawn.packings))
    module = builder.module(description, at: prefix, isFramewise: false)
    blueprint = builder.blueprint
    packings = [:]
    badValues = builder.reader?.problems ?? []
  }

  /// Makes the modules of a description, and reads their tensors.
  ///
  /// - Parameters:
  ///   - description: the network.
  ///   - prefix: its path in the names of tensors.
  ///   - table: the tensors.
  ///   - catalog: the classes.
  package init(
    _ description: ModuleDescription, at prefix: String = "", of table: KeyTable,
    catalog: Catalog = .standard
  ) {
    let drawn = Network(drawing: description, at: prefix, of: table, catalog: catalog)
    self.init(drawn, description, at: prefix)
  }

  /// The same network with the values of its tensors.
  func filled(_ description: ModuleDescription) -> Network {
    Network(self, description, at: "")
  }

  /// What modules found wrong, and what is wrong with the values of their tensors.
  package var problems: [ModelError.Problem] { blueprint.problems + badValues }

  /// Everything that does not fit, with the tensors that no module has asked for.
  package var misfits: [ModelError.Problem] { problems + blueprint.unused }

  /// How many tensors were found as they were expected.
  package var fittingCount: Int {
    blueprint.requested.count - Set(problems.compactMap(\.misfit)).count
  }

  /// Puts everything that does not fit together.
  ///
  /// - Parameter file: the model file.
  /// - Returns: why the network and the tensors do not fit; nil where they do.
  package func error(in file: String) -> ModelError? {
    let misfits = misfits
    guard !misfits.isEmpty else { return nil }
    return ModelError(file: file, problems: misfits, fitting: fittingCount)
  }
}
