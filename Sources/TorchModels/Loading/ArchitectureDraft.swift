package import Checkpoints
import OrderedCollections
import PlainData
import Tensors

/// An architecture file to complete: what the tensors of a checkpoint tell, and `"?"` for the rest.
package enum ArchitectureDraft {
  /// Drafts the architecture of a checkpoint that has none.
  ///
  /// - Parameters:
  ///   - path: the checkpoint.
  ///   - limits: how much it may ask for.
  ///   - layout: what the axes of the input of an exported program are; nil to find it.
  /// - Returns: the text of the file. It is not an architecture yet: every `"?"` has to be replaced.
  /// - Throws: ``LoadError`` where there are no tensors, or they make no chain.
  package static func text(
    of path: FilePath, limits: Limits = .standard, layout: InputLayout? = nil
  ) throws(LoadError) -> String {
    let checkpoint = try rethrowing(
      LoadError.checkpoint, try Checkpoint(contentsOf: path, limits: limits))
    if let exported = NetworkFile(
      checkpoint, at: path, limits: limits, layout: layout
    ).exported {
      let network = try rethrowing(LoadError.architecture, try exported.get())
      return Architecture(network).document.json(.outline) + "\n"
    }
    let state = try StateDict(in: checkpoint, root: nil).renamed(WeightsOptions())
    let inferred = try state.inferredArchitecture(file: checkpoint.name, allowsGaps: true)
    let document = PlainValue.members(
      ("format", .string("coverify-architecture")), ("version", .int(Architecture.newestVersion)),
      (
        "input",
        .members(
          ("shape", .list(inputShape(inferred.model, state))), ("frames", .int(16)))
      ), ("model", node(inferred.model)))
    return document.json(.outline) + "\n"
  }

  /// The channels of the input, "T", and an axis of space for each of the first module's, as far as its weight
  /// tells them.
  private static func inputShape(_ model: ModuleDescription, _ state: StateDict) -> [PlainValue] {
    let first = leaves(of: model, path: "").lazy.compactMap { path, module in
      state.folded.parameters[path.isEmpty ? "weight" : path + ".weight"].map { ($0.shape, module) }
    }.first
    guard let (weight, module) = first, weight.rank >= 2 else {
      return [.string("?"), .string("T")]
    }
    var groups = 1
    if case .int(let count) = module.arguments["groups"] { groups = count }
    let isTransposed = module.type.hasPrefix("ConvTranspose")
    let channels = isTransposed ? weight[0] : weight[1] * groups
    let space = [PlainValue](repeating: .string("?"), count: max(0, weight.rank - 3))
    return [.int(channels), .string("T")] + space
  }

  /// The modules that have none inside, in order.
  private static func leaves(
    of module: ModuleDescription, path: String
  ) -> [(path: String, module: ModuleDescription)] {
    let path = [path, module.name ?? ""].filter { !$0.isEmpty }.joined(separator: ".")
    return module.modules.isEmpty
      ? [(path, module)] : module.modules.flatMap { leaves(of: $0, path: path) }
  }

  /// The node of a module, as far as the tensors tell it.
  private static func node(_ module: ModuleDescription) -> PlainValue {
    let definition = Catalog.standard[module.type]
    let type = definition?.effect == .nothing ? "?" : module.type
    var members: OrderedDictionary<String, PlainValue> = ["type": .string(type)]
    if let name = module.name { members["name"] = .string(name) }
    for (argument, value) in module.arguments { members[argument] = value }
    for argument in definition?.arguments ?? []
    where argument.isOpenInDrafts && members[argument.name] == nil {
      members[argument.name] = .string("?")
    }
    if !module.modules.isEmpty { members["modules"] = .list(module.modules.map(node)) }
    return .object(members)
  }
}
