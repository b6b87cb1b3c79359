package import Checkpoints
import Foundation
import OrderedCollections
package import PlainData
import Tensors
package import TorchModels

/// What of a checkpoint belongs to its network, and what else is in it.
///
/// To the network belong its weights, the versions of its modules, the architecture, and a clip with
/// what PyTorch computed of it. Everything else is only listed: optimizers, counters, settings.
package struct NetworkContents: Sendable {
  /// The weights, by the names and in the order of the file.
  package internal(set) var weights: [(name: String, tensor: StoredTensor)]

  /// What `_metadata` says of modules, in its order: versions, mostly; empty where there is none.
  package internal(set) var modules: [(path: String, entry: PlainValue)] = []

  /// The architecture, as it is in the file or as its pickled module shows it.
  var architecture: PlainValue?

  /// A clip (`input`) and what PyTorch computed of it, by name.
  package internal(set) var reference: [(name: String, tensor: StoredTensor)] = []

  /// What else is in the file: the path of each thing, and what it is.
  package internal(set) var others: [String] = []

  private static let mostOthers = 10_000

  /// How many things more than those there are; a dict can have millions.
  private var unlistedOthers = 0

  /// How the weights were found, a sentence each.
  package internal(set) var notes: [String] = []

  /// The names of the weights without the prefixes that wrappers put before all of them, by those in
  /// the file; nil where there are none.
  private(set) var shortNames: [String: String]?

  /// Finds what is in a file of any format.
  ///
  /// A file that holds tensors, but no state dict, is taken for one of all its tensors, by their
  /// dotted paths.
  ///
  /// - Parameters:
  ///   - file: the file.
  ///   - model: the network that was loaded from it, which knows where its tensors are; nil where none
  ///     was.
  /// - Throws: ``LoadError`` where it holds no tensors, or contradicts itself.
  package init(_ file: NetworkFile, network model: LoadedModel? = nil) throws(LoadError) {
    let checkpoint = file.checkpoint
    architecture = file.notedArchitecture?.value
    weights = []
    var found = model?.provenance.stateDict
    if found == nil { found = file.exportedStateDict }
    if found == nil { found = try NetworkContents.stateDict(of: file) }
    guard let state = found else {
      try takeAllTensors(of: checkpoint)
      return
    }
    weights = state.tensors.map { (name: $0.key, tensor: $0.value) }
    modules = state.moduleEntries
    shortNames = state.namesWithoutPrefixes
    notes = state.notes
    reference = try rethrowing(LoadError.checkpoint, try file.reference.get()).map {
      (name: $0.key, tensor: $0.value)
    }
    if let root = checkpoint.root {
      list(
        root, at: state.keys[...], of: checkpoint, counts: NetworkContents.counts(in: checkpoint))
      if unlistedOthers > 0 { others.append("… and \(unlistedOthers) more") }
    }
  }

  /// The state dict of a file; nil where there are tensors, but not in one.
  private static func stateDict(of file: NetworkFile) throws(LoadError) -> StateDict? {
    do throws(LoadError) {
      return try file.stateDict.get()
    } catch {
      guard case .weights = error, file.root == nil,
        file.notedArchitecture?.value.weightsRoot == nil, !file.checkpoint.tensors.isEmpty
      else { throw error }
      return nil
    }
  }

  private mutating func takeAllTensors(of checkpoint: Checkpoint) throws(LoadError) {
    weights = checkpoint.tensors.map { ($0.path.isEmpty ? "tensor" : $0.path, $0) }
    let paths = Dictionary(grouping: weights, by: \.name)
    if let (path, _) = paths.filter({ $0.value.count > 1 }).min(by: { $0.key < $1.key }) {
      throw .weights(file: checkpoint.name, .samePath(path))
    }
    notes = ["there is no state dict; all tensors are taken, by their paths"]
  }

  /// The number of tensors at and below each path of up to eight levels; state dicts lie no deeper.
  private static func counts(in checkpoint: Checkpoint) -> [String: Int] {
    var counts: [String: Int] = [:]
    for tensor in checkpoint.tensors {
      let path = tensor.path
      var levels = 0
      for end in path.utf8.indices where path.utf8[end] == UInt8(ascii: ".") {
        counts[String(path[..<end]), default: 0] += 1
        levels += 1
        // The beginnings of a path of a thousand levels are much longer than the path.
        if levels == 8 { break }
      }
      counts[path, default: 0] += 1
    }
    return counts
  }

  /// Lists what is beside the way to the state dict, and what is in the state dict and no tensor.
  private mutating func list(
    _ node: PickledValue, at keys: ArraySlice<String>, of checkpoint: Checkpoint,
    counts: [String: Int], path: String = ""
  ) {
    if node.isModule {
      others.append((path.isEmpty ? "the module" : path) + " (its classes and settings)")
      describe(node, of: checkpoint)
      return
    }
    let names = Set(weights.map(\.name))
    for (key, value) in node.items ?? [] {
      let text = key.string
      let name = text ?? key.keyText
      if let text, text == keys.first {
        list(
          value, at: keys.dropFirst(), of: checkpoint, counts: counts, path: path.adding(name))
      } else if keys.isEmpty, value.mayBeTensor, text != nil, names.contains(name) {
        continue
      } else if path.isEmpty, isKept(name) {
        continue
      } else if others.count >= NetworkContents.mostOthers {
        unlistedOthers += 1
      } else {
        let full = path.adding(name)
        let count = counts[full] ?? 0
        let tensors = count == 0 ? "" : count == 1 ? ", 1 tensor" : ", \(count) tensors"
        others.append("\(full) (\(value.kind.rawValue)\(tensors))")
      }
    }
  }

  /// Whether a key at the root is one of those that are taken over.
  private func isKept(_ name: String) -> Bool {
    if NetworkNotes.architectureKeys.contains(name) { return architecture != nil }
    if NetworkNotes.inputKeys.contains(name) { return reference.contains { $0.name == "input" } }
    return name == "reference" && !reference.isEmpty
  }

  /// Takes the architecture from a pickled module, which a state dict would lose.
  private mutating func describe(_ module: PickledValue, of checkpoint: Checkpoint) {
    guard architecture == nil else { return }
    do throws(ArchitectureError) {
      let model = try PickledModule.describe(module, in: checkpoint)
      architecture = Architecture(model: model, source: .pickledModule).document
      notes.append("the architecture is described as the pickled module shows it")
    } catch {
      let reason = error.problems.first.map { "\($0.place): \($0.message)" } ?? ""
      notes.append("the architecture of the pickled module cannot be described: \(reason)")
    }
  }
}

extension PlainValue {
  /// The same architecture for tensors that lie where they are looked for without being told.
  var withoutWeightsRoot: PlainValue {
    guard weightsRoot != nil, var members = architectureMembers,
      case .object(var weights)? = members["weights"]
    else { return self }
    weights["root"] = nil
    members["weights"] = weights.isEmpty ? nil : .object(weights)
    if case .string = self { return .string(PlainValue.object(members).json()) }
    return .object(members)
  }
}
