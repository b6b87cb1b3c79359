package import Checkpoints
import Foundation
package import OrderedCollections
package import PlainData

/// What a checkpoint says about a network beside its weights.
///
/// A file of PyTorch has keys for it; a safetensors file has texts in its header, and tensors whose
/// names start as its note `reference` says:
///
///     {"__metadata__": {"architecture": "{…}", "modules": "[[\"\", {\"version\": 1}]]",
///                       "reference": "reference."}, "0.weight": …, "reference.input": …}
///
/// An exported program has notes among its extra files, and the example that it was exported with.
package enum NetworkNotes {
  /// The keys of an architecture.
  package static let architectureKeys = ["architecture", "coverify_arch"]

  /// The keys of a clip, beside what PyTorch computes of it.
  package static let inputKeys = ["input", "sample"]

  /// The architecture, as it is in the file: a text in JSON, or dicts and lists; and its key.
  package static func architecture(
    of checkpoint: Checkpoint
  ) -> (key: String, value: PlainValue)? {
    for key in architectureKeys {
      if let value = checkpoint.root?[key].flatMap({ PlainValue($0) }) { return (key, value) }
      if let text = checkpoint.metadata[key] { return (key, .string(text)) }
    }
    return nil
  }

  /// A clip and what PyTorch computed of it, by name; empty where the file has no such results.
  package static func reference(
    of checkpoint: Checkpoint
  ) throws(CheckpointError) -> OrderedDictionary<String, StoredTensor> {
    var tensors: OrderedDictionary<String, StoredTensor> = [:]
    if let notes = checkpoint.program?.notes { return notes.reference }
    guard let root = checkpoint.root else {
      guard let prefix = checkpoint.metadata["reference"] else { return [:] }
      for tensor in checkpoint.tensors where isReference(tensor, of: checkpoint) {
        tensors[String(tensor.path.dropFirst(prefix.count))] = tensor
      }
      return tensors
    }
    guard let found = root["reference"], let items = found.items else { return [:] }
    for key in inputKeys {
      if let input = root[key], let tensor = try checkpoint.tensor(input, path: key) {
        tensors["input"] = tensor
        break
      }
    }
    for (key, value) in items {
      guard let name = key.string else { continue }
      tensors[name] = try checkpoint.tensor(value, path: "reference." + name)
    }
    return tensors
  }

  /// The clip that a program was exported with: its first tensor; nil for other files.
  static func example(of checkpoint: Checkpoint) -> StoredTensor? {
    checkpoint.program?.exampleInputs.first
  }

  /// Whether a tensor of a safetensors file is not a weight, but a clip or a result.
  static func isReference(_ tensor: StoredTensor, of checkpoint: Checkpoint) -> Bool {
    guard let prefix = checkpoint.metadata["reference"], !prefix.isEmpty else { return false }
    return tensor.path.hasPrefix(prefix) && tensor.path.count > prefix.count
  }

  /// What a safetensors file notes of modules, in its order.
  static func moduleEntries(of checkpoint: Checkpoint) -> [(path: String, entry: PlainValue)] {
    guard let text = checkpoint.metadata["modules"],
      case .list(let pairs)? = try? PlainValue(json: text.utf8)
    else { return [] }
    return pairs.compactMap { pair in
      guard case .list(let parts) = pair, parts.count == 2, case .string(let path) = parts[0] else {
        return nil
      }
      return (path, parts[1])
    }
  }
}
