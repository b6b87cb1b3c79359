import Continual
import Tensors

/// One pass over a description, which makes its modules: drawn of shapes alone, or with the values of
/// their tensors.
///
/// All contexts of a pass draw on the same blueprint; that is why this is a class.
final class ModelBuilder: ModuleMaker {
  /// What was asked for so far, and what does not fit.
  var blueprint: Blueprint

  /// The classes.
  private let catalog: Catalog

  /// Reads tensors; nil where modules are only drawn.
  private(set) var reader: WeightReader?

  /// The weights that were drawn, by the names of their parameters.
  private var weights: [String: Weight] = [:]

  /// Tensors that stand for those that are not read, one for each shape.
  private var blanks: [Shape: Tensor] = [:]

  init(_ blueprint: Blueprint, catalog: Catalog, reader: WeightReader? = nil) {
    self.blueprint = blueprint
    self.catalog = catalog
    self.reader = reader
  }

  /// Makes the module of a description and all modules in it.
  ///
  /// - Parameters:
  ///   - description: the class, its arguments and children.
  ///   - prefix: the path of the module in the names of tensors.
  ///   - isFramewise: whether the module is applied to each frame and knows no time.
  /// - Returns: the module; something harmless where the problems of the blueprint have grown.
  func module(
    _ description: ModuleDescription, at prefix: String, isFramewise: Bool
  ) -> any Module {
    guard let definition = catalog[description.type] else {
      blueprint.report(
        .unknownClass(
          description.type, place: description.place,
          nearest: Spelling.nearest(to: description.type, among: catalog.types)))
      return Identity()
    }
    let context = ImportContext(
      definition.declared, description, prefix: prefix,
      isFramewise: isFramewise || blueprint.timeIsGone, maker: self)
    if !definition.isOpen {
      context.reportUnknownArguments(known: definition.arguments.map(\.name))
    }
    if definition.structure.key == nil, !description.modules.isEmpty {
      blueprint.report(
        .description(
          place: description.place + ".modules",
          message: "\(description.type) has no modules inside", hint: ""))
    }
    let before = blueprint.problems.count
    do throws(ModuleError) {
      return try definition.make(context)
    } catch {
      // What stands in for a tensor that does not fit may not fit either; only the first misfit is reported.
      if blueprint.problems.count == before {
        blueprint.report(.module(place: description.place, error))
      }
      return Identity()
    }
  }

  /// The first of several prefixes at which a child finds all its tensors; the first one of all where
  /// none does, so that messages speak of the usual names.
  ///
  /// Other prefixes below which the file has nothing are not tried, and nothing is tried twice: what
  /// is inside the child may have several prefixes as well, and so on.
  func bestPrefix(
    _ candidates: [String], for child: ModuleDescription, isFramewise: Bool
  ) -> String {
    let choice = Blueprint.Choice(
      place: child.place, candidates: candidates, timeIsGone: blueprint.timeIsGone)
    if let known = blueprint.choices[choice] { return known }
    // A child without tensors fits anywhere, and then the first prefix is meant.
    var seen: Set<String> = []
    let possible = candidates.enumerated().filter { index, candidate in
      (index == 0 || blueprint.table.hasTensors(below: candidate))
        && seen.insert(blueprint.table.lookupName(candidate)).inserted
    }.map(\.element)
    let best =
      possible.count > 1
      ? possible.first { fits(child, at: $0, isFramewise: isFramewise) } : nil
    blueprint.choices[choice] = best ?? candidates[0]
    return best ?? candidates[0]
  }

  /// Whether a child finds all its tensors at a prefix, drawn on a copy.
  private func fits(_ child: ModuleDescription, at prefix: String, isFramewise: Bool) -> Bool {
    let attempt = ModelBuilder(blueprint, catalog: catalog)
    _ = attempt.module(child, at: prefix, isFramewise: isFramewise)
    blueprint.choices = attempt.blueprint.choices
    return attempt.blueprint.problems.count == blueprint.problems.count
  }
}

// MARK: - Packed weights

extension ModelBuilder {
  /// How modules expect the weights to be packed that were drawn, by the names of their parameters.
  var packings: [String: Packing] { weights.compactMapValues(\.expectedPacking) }
}

// MARK: - Functions

extension ModelBuilder {
  func meaning(ofFunction name: String) -> FunctionMeaning? { catalog.meaning(ofFunction: name) }

  var functions: [String] { catalog.functions }
}

// MARK: - Tensors

extension ModelBuilder {
  /// A tensor that has to be there.
  ///
  /// - Parameters:
  ///   - name: the dotted name.
  ///   - expected: the length of each axis, nil where any will do.
  /// - Returns: the tensor; zeros where it is missing or does not fit, and where none is read.
  func tensor(_ name: String, expected: [Int?]) -> Tensor {
    guard let parameter = blueprint.parameter(name, expected: expected) else {
      return blank(ModelBuilder.standIn(expected))
    }
    return reader?.values(of: parameter) ?? blank(parameter.shape)
  }

  /// The weights of a product, which have to be there.
  ///
  /// - Parameters:
  ///   - name: the dotted name.
  ///   - expected: the length of each axis, nil where any will do.
  ///   - outputAxis: the axis of the channels that come out.
  /// - Returns: the weights; zeros where they are missing or do not fit, and where none are read.
  func weight(_ name: String, expected: [Int?], outputAxis: Int) -> Weight {
    guard let parameter = blueprint.parameter(name, expected: expected) else {
      return Weight(zeros: ModelBuilder.standIn(expected))
    }
    if let weight = reader?.weight(of: parameter, outputAxis: outputAxis) { return weight }
    let drawn = Weight(zeros: parameter.shape)
    weights[parameter.name] = drawn
    return drawn
  }

  private func blank(_ shape: Shape) -> Tensor {
    if let known = blanks[shape] { return known }
    let tensor = Tensor(shape)
    blanks[shape] = tensor
    return tensor
  }

  /// The shape of what stands for a tensor that is not there, the expected one as long as that is one.
  ///
  /// The numbers can come from an architecture alone, so they reserve no memory to speak of.
  private static func standIn(_ expected: [Int?]) -> Shape {
    if let shape = Shape(checking: expected.map { $0 ?? 1 }), shape.count <= standInLimit {
      return shape
    }
    return Shape([Int](repeating: 1, count: expected.count))
  }

  /// The most numbers that stand for a tensor that is not there.
  private static let standInLimit = 1 << 22
}
