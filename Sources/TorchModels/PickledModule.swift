package import Checkpoints
import Continual
import OrderedCollections
import PlainData
import Tensors

/// A module that was saved whole, with `torch.save(model)` or dill: what its class is, which
/// arguments it was made with, and which tensors it holds.
///
/// A pickled module is an object whose attributes hold `_parameters`, `_buffers` and `_modules`.
/// Its code is not in the file; only classes whose computation is known are described.
package struct PickledModule {
  let checkpoint: Checkpoint
  private var problems: [ArchitectureError.Problem] = []

  /// How deeply modules can be nested.
  private static let depthLimit = 200

  package static func isModule(_ value: PickledValue) -> Bool {
    value.attribute("_modules")?.items != nil && value.attribute("_parameters")?.items != nil
  }

  /// Describes a pickled network.
  ///
  /// - Throws: ``ArchitectureError`` that names every module that has no description.
  package static func describe(
    _ value: PickledValue, in checkpoint: Checkpoint
  ) throws(ArchitectureError) -> ModuleDescription {
    var reader = PickledModule(checkpoint: checkpoint)
    let description = reader.describe(value, name: nil, path: "", depth: 0)
    guard reader.problems.isEmpty else {
      throw ArchitectureError(source: checkpoint.name, problems: reader.problems)
    }
    return description
  }

  private init(checkpoint: Checkpoint) { self.checkpoint = checkpoint }

  /// The parameters and persistent buffers by their dotted names, as `state_dict()` has them.
  static func collectTensors(
    _ value: PickledValue, of checkpoint: Checkpoint,
    into tensors: inout OrderedDictionary<String, StoredTensor>, path: String = "", depth: Int = 0
  ) throws(LoadError) {
    guard depth < depthLimit else {
      throw .weights(
        file: checkpoint.name, "modules are nested more than \(depthLimit) deep", hint: "")
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
      do throws(CheckpointError) {
        tensors[path.adding(name)] = try checkpoint.tensor(item, path: path.adding(name))
      } catch {
        throw .checkpoint(error)
      }
    }
    for (key, child) in value.attribute("_modules")?.items ?? [] {
      guard let name = key.string, isModule(child) else { continue }
      try collectTensors(
        child, of: checkpoint, into: &tensors, path: path.adding(name), depth: depth + 1)
    }
  }

  mutating func problem(_ path: String, _ message: String, hint: String = "") {
    problems.append(
      .init(place: path.isEmpty ? "the network" : path, message: message, hint: hint))
  }

  mutating func describe(
    _ value: PickledValue, name: String?, path: String, depth: Int
  ) -> ModuleDescription {
    var description = ModuleDescription(
      type: "Identity", name: name, place: path.isEmpty ? "the network" : path)
    guard depth < PickledModule.depthLimit else {
      problem(path, "modules are nested more than \(PickledModule.depthLimit) deep")
      return description
    }
    guard let type = type(of: value, path: path), let importer = Catalog.importer(for: type) else {
      return description
    }
    if type == "Sequential", let layer = transformerLayer(value, name: name, path: path) {
      return layer
    }
    description.type = type
    for argument in importer.arguments {
      if let found = value.attribute(argument), let argumentValue = PlainValue(found) {
        description.arguments[argument] = argumentValue
      }
    }
    for (attribute, argument) in importer.attributes {
      if let found = value.attribute(attribute), let argumentValue = PlainValue(found) {
        description.arguments[argument] = argumentValue
      }
    }
    if let bias = value.attribute("_parameters")?["bias"], importer.arguments.contains("bias") {
      description.arguments["bias"] = .bool(!bias.isNone)
    }
    adjust(&description, value, path: path)
    if type == "TransformerEncoder" {
      describeEncoder(&description, value, path: path, depth: depth)
    } else if importer.hasChildren {
      describeChildren(of: &description, value, path: path, depth: depth)
    }
    return description
  }

  /// Describes the modules inside.
  mutating func describeChildren(
    of description: inout ModuleDescription, _ value: PickledValue, path: String, depth: Int
  ) {
    let joinsBranches = description.type == "BroadcastReduce" || description.type == "Parallel"
    for (key, child) in value.attribute("_modules")?.items ?? [] {
      guard let name = key.string, PickledModule.isModule(child) else { continue }
      let module = describe(child, name: name, path: path.adding(name), depth: depth + 1)
      description.modules.append(
        joinsBranches ? PickledModule.withoutAutomaticDelay(module) : module)
    }
  }

  /// A branch without the delay that `auto_delay` has put behind it.
  ///
  /// The library counts that delay in input frames, also behind a strided branch, which then comes
  /// too late. Here branches wait for each other by themselves. Behind a branch without stride the
  /// delay is right, and stays.
  private static func withoutAutomaticDelay(_ branch: ModuleDescription) -> ModuleDescription {
    guard branch.type == "Sequential", branch.modules.count == 2,
      let place = branch.modules.firstIndex(where: { $0.type == "Delay" }),
      case let delay = branch.modules[place].arguments["auto_shrink"],
      delay == nil || delay == .bool(false) || delay == .null
    else { return branch }
    var module = branch.modules[1 - place]
    guard module.temporalStride > 1 else { return branch }
    module.name = (branch.name ?? "") + "." + (module.name ?? "")
    return module
  }

  /// The class name that the catalog knows.
  private mutating func type(of value: PickledValue, path: String) -> String? {
    guard let (module, name) = value.calleeName else {
      problem(path, "is an object of no class")
      return nil
    }
    let isKnownPackage =
      module.hasPrefix("torch.nn.") || module == "continual" || module.hasPrefix("continual.")
    if isKnownPackage, Catalog.importer(for: name) != nil { return name }
    // A subclass of a convolution that only sets arguments carries all of its attributes.
    if let convolution = convolution(value) { return convolution }
    problem(
      path, "the class \(module).\(name) is not known, and its code is not in the file",
      hint: "give an architecture file that says what it does (--arch, or NAME.arch.json beside "
        + "the model)")
    return nil
  }

  private func convolution(_ value: PickledValue) -> String? {
    guard value.attribute("in_channels") != nil,
      let isTransposed = value.attribute("transposed")?.bool,
      let kernel = value.attribute("kernel_size")?.elements, (1...3).contains(kernel.count),
      value.attribute("_modules")?.items?.isEmpty == true
    else { return nil }
    return "Conv\(isTransposed ? "Transpose" : "")\(kernel.count)d"
  }

  /// What an attribute says in another way than the argument.
  private mutating func adjust(
    _ description: inout ModuleDescription, _ value: PickledValue, path: String
  ) {
    // "zeros" is the default that everybody has; it asks for nothing.
    if description.arguments["temporal_fill"] == .string("zeros") {
      description.arguments["temporal_fill"] = nil
    }
    switch description.type {
    case "TransformerEncoderLayer": describeParts(&description, value, path: path)
    case "BroadcastReduce", "Reduce", "Parallel":
      // Delays that were put in are among the modules.
      if description.type == "Parallel" { description.arguments["auto_delay"] = .bool(false) }
      guard let function = value.attribute("reduce") ?? value.attribute("aggregation_fn") else {
        return
      }
      if let word = reduction(of: function) {
        description.arguments["reduce"] = .string(word)
      } else {
        problem(
          path, "joins its branches with a function of its own, whose code is not in the file")
      }
    case "Lambda" where value.attribute("_modules")?["fn"] == nil:
      guard let applied = value.attribute("fn"), let known = function(applied)
      else {
        problem(path, "applies a function whose code is not in the file")
        return
      }
      description.type = known.type
      description.arguments =
        known.type == "Lambda"
        ? description.arguments.merging(known.arguments) { $1 } : known.arguments
    case let type where type.hasPrefix("AvgPool") || type.hasPrefix("MaxPool"):
      // continual keeps the function that makes the missing frames.
      if value.attribute("_make_padding")?.names(within: 64).contains("clone") ?? false {
        description.arguments["temporal_fill"] = .string("replicate")
      }
    default: break
    }
  }

  /// Which of the library's functions joins the branches: it is wrapped, and carries its name.
  private func reduction(of function: PickledValue) -> String? {
    function.names(within: 400).lazy.compactMap { name in
      for prefix in ["reduce_", "parallel_"] where name.hasPrefix(prefix) {
        let word = String(name.dropFirst(prefix.count))
        if ["sum", "concat", "mul", "max"].contains(word) { return word }
      }
      return nil
    }.first
  }
}

extension PickledValue {
  /// The texts and names of globals that a value holds, the nearest first.
  ///
  /// - Parameter limit: how many values are looked at.
  /// - Returns: the texts, each value's once.
  fileprivate func names(within limit: Int) -> [String] {
    var names: [String] = []
    var seen: Set<Int> = []
    var pending = [self]
    var next = 0
    while next < pending.count, next < limit {
      let value = pending[next]
      next += 1
      guard seen.insert(value.index).inserted else { continue }
      if let name = value.global?.name ?? value.string { names.append(name) }
      pending += value.arguments + (value.elements ?? [])
      pending += value.attributes.map(\.value)
    }
    return names
  }
}
