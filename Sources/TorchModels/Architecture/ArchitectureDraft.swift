public import Checkpoints
import OrderedCollections
import Tensors

/// An architecture file to complete: what the tensors of a checkpoint tell, and `"?"` for the rest.
public enum ArchitectureDraft {
  /// Drafts the architecture of a checkpoint that has none.
  ///
  /// - Parameters:
  ///   - path: the checkpoint.
  ///   - limits: how much it may ask for.
  /// - Returns: the text of the file. It is not an architecture yet: every `"?"` has to be replaced.
  /// - Throws: ``LoadError`` where there are no tensors, or they make no chain.
  public static func text(
    of path: FilePath, limits: Limits = .standard
  ) throws(LoadError) -> String {
    let checkpoint: Checkpoint
    do throws(CheckpointError) {
      checkpoint = try Checkpoint(contentsOf: path, limits: limits)
    } catch {
      throw .checkpoint(error)
    }
    let state = try StateDict(in: checkpoint, root: nil).renamed(WeightsOptions())
    let inferred = try state.inferredArchitecture(file: checkpoint.name, allowsGaps: true)
    return """
      {
        "format": "coverify-architecture",
        "version": 1,
        "input": { "shape": ["?", "T"], "frames": 16 },
        "model": \(render(inferred.model, indent: "  "))
      }

      """
  }

  private static func render(_ module: ModuleDescription, indent: String) -> String {
    var members: [String] = []
    if Catalog.standard[module.type]?.effect == .nothing {
      members.append("\"type\": \"?\"")
    } else {
      members.append("\"type\": \"\(module.type)\"")
    }
    if let name = module.name { members.append("\"name\": \"\(name)\"") }
    for (argument, value) in module.arguments { members.append("\"\(argument)\": \(value)") }
    for argument in Catalog.standard[module.type]?.arguments ?? [] where argument.isOpenInDrafts {
      members.append("\"\(argument.name)\": \"?\"")
    }
    guard !module.modules.isEmpty else { return "{ " + members.joined(separator: ", ") + " }" }
    let inner = indent + "  "
    let children = module.modules.map { inner + render($0, indent: inner) }
    return "{ " + members.joined(separator: ", ") + ", \"modules\": [\n"
      + children.joined(separator: ",\n") + " ] }"
  }
}
