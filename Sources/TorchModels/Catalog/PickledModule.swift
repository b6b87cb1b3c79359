package import Checkpoints
import Continual
import OrderedCollections
import PlainData
import Tensors

/// A module that was saved whole, with `torch.save(model)` or dill: what its class is, which
/// arguments it was made with, and which tensors it holds.
///
/// A pickled module is an object whose attributes hold `_parameters`, `_buffers` and `_modules`.
/// Its code is not in the file; only classes whose computation is known are described. Definitions of
/// classes add to one list of problems; that is why this is a class.
package final class PickledModule: PickleDescriber {
  let checkpoint: Checkpoint
  let catalog: Catalog
  private var problems: [ArchitectureError.Problem] = []

  /// How deeply modules can be nested.
  private static let depthLimit = 200

  /// Describes a pickled network.
  ///
  /// - Throws: ``ArchitectureError`` that names every module that has no description.
  package static func describe(
    _ value: PickledValue, in checkpoint: Checkpoint, catalog: Catalog = .standard
  ) throws(ArchitectureError) -> ModuleDescription {
    let reader = PickledModule(checkpoint: checkpoint, catalog: catalog)
    let description = reader.describe(value, name: nil, path: "", depth: 0)
    guard reader.problems.isEmpty else {
      throw ArchitectureError(source: checkpoint.name, problems: reader.problems)
    }
    return description
  }

  private init(checkpoint: Checkpoint, catalog: Catalog) {
    (self.checkpoint, self.catalog) = (checkpoint, catalog)
  }

  /// The parameters and persistent buffers by their dotted names, as `state_dict()` has them.
  static func collectTensors(
    _ value: PickledValue, of checkpoint: Checkpoint,
    into tensors: inout OrderedDictionary<String, StoredTensor>, path: String = "", depth: Int = 0
  ) throws(LoadError) {
    guard depth < depthLimit else {
      throw .weights(file: checkpoint.name, .nested(limit: depthLimit))
    }
    let transient = Set(
      (value.attribute("_non_persistent_buffers_set")?.elements ?? []).compactMap(\.string))
    let own =
      (value.attribute("_parameters")?.items ?? [])
      + (value.attribute("_buffers")?.items ?? []).filter { key, _ in
        !transient.contains(key.string ?? "")
      }
    for (key, item) in own {
      guard let name = key.string, !item.isNone else { continue }
      let place = path.adding(name)
      tensors[place] = try rethrowing(
        LoadError.checkpoint, try checkpoint.tensor(item, path: place))
    }
    for (key, child) in value.attribute("_modules")?.items ?? [] {
      guard let name = key.string, child.isModule else { continue }
      try collectTensors(
        child, of: checkpoint, into: &tensors, path: path.adding(name), depth: depth + 1)
    }
  }

  func problem(_ path: String, _ problem: PickleProblem) { found(.pickle(problem), at: path) }

  private func found(_ finding: ArchitectureError.Finding, at path: String) {
    problems.append(.init(place: path.isEmpty ? "the network" : path, finding))
  }

  func describe(
    _ value: PickledValue, name: String?, path: String, depth: Int
  ) -> ModuleDescription {
    var description = ModuleDescription(
      type: LayerDefinition.nothing, name: name, place: path.isEmpty ? "the network" : path)
    guard depth < PickledModule.depthLimit else {
      found(.nested(limit: PickledModule.depthLimit), at: path)
      return description
    }
    guard let type = type(of: value, path: path), let definition = catalog[type] else {
      return description
    }
    if let whole = definition.pickle.whole?(self, value, name, path) { return whole }
    description.type = type
    for argument in definition.arguments.map(\.name) {
      if let found = value.attribute(argument), let argumentValue = PlainValue(found) {
        description.arguments[argument] = argumentValue
      }
    }
    for (attribute, argument) in definition.attributes {
      if let found = value.attribute(attribute), let argumentValue = PlainValue(found) {
        description.arguments[argument] = argumentValue
      }
    }
    if let bias = value.attribute("_parameters")?["bias"], definition.argument("bias") != nil {
      description.arguments["bias"] = .bool(!bias.isNone)
    }
    // "zeros" is the default that everybody has; it asks for nothing.
    if description.arguments["temporal_fill"] == .string("zeros") {
      description.arguments["temporal_fill"] = nil
    }
    definition.pickle.adjust?(self, &description, value, path)
    if let inside = definition.pickle.inside {
      inside(self, &description, value, path, depth)
    } else if definition.structure != .layer {
      describeChildren(of: &description, value, path: path, depth: depth)
    }
    return description
  }

  /// Describes the modules inside.
  func describeChildren(
    of description: inout ModuleDescription, _ value: PickledValue, path: String, depth: Int
  ) {
    let joinsBranches = catalog[description.type]?.structure == .branches
    for (key, child) in value.attribute("_modules")?.items ?? [] {
      guard let name = key.string, child.isModule else { continue }
      let module = describe(child, name: name, path: path.adding(name), depth: depth + 1)
      let branch = joinsBranches ? withoutAutomaticDelay(module) : module
      // What is left of the delays does not say any more in which steps frames meet.
      if branch != module { description.arguments["auto_delay"] = .bool(true) }
      description.modules.append(branch)
    }
  }

  /// A branch without the delay that `auto_delay` has put behind it.
  ///
  /// The library counts that delay in input frames, also behind a strided branch, which then comes
  /// too late. Here branches wait for each other by themselves. Behind a branch without stride the
  /// delay is right, and stays.
  private func withoutAutomaticDelay(_ branch: ModuleDescription) -> ModuleDescription {
    guard let (place, other) = catalog.delay(in: branch),
      case let delay = branch.modules[place].arguments["auto_shrink"],
      delay == nil || delay == .bool(false) || delay == .null
    else { return branch }
    var module = branch.modules[other]
    let rate = catalog.rate(of: module)
    guard rate.inputs > rate.outputs else { return branch }
    module.name = (branch.name ?? "") + "." + (module.name ?? "")
    return module
  }

  /// The class name that the catalog knows.
  private func type(of value: PickledValue, path: String) -> String? {
    guard let (module, name) = value.calleeName else {
      problem(path, .noClass)
      return nil
    }
    if let definition = catalog[name],
      definition.packages.contains(where: { module == $0 || module.hasPrefix($0 + ".") })
    {
      return name
    }
    // A subclass that only sets arguments carries all of its attributes.
    if let type = catalog.definitions.lazy.compactMap({ $0.pickle.subclass?(value) }).first {
      return type
    }
    problem(path, .unknownClass(module: module, name: name))
    return nil
  }
}
