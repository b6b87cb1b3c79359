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
        .members(("shape", .strings(["?", "T"])), ("frames", .int(16)))
      ), ("model", node(inferred.model)))
    return document.json(.outline) + "\n"
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
