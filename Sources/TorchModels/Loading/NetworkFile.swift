public import Checkpoints
package import OrderedCollections
package import PlainData

/// A checkpoint that holds a network, opened once and read once.
///
/// Everything that judges the network takes its tensors, its architecture and what PyTorch computed from
/// here, and the checksum of a report is that of the file that is open, whatever lies at its path
/// meanwhile.
///
/// ```swift
/// let file = try NetworkFile(contentsOf: "model.pt")
/// let model = try LoadedModel(file)
/// print(try file.checkpoint.sha256())
/// ```
public struct NetworkFile: Sendable {
  /// The file, open.
  public let checkpoint: Checkpoint

  /// Where it was found; an architecture and PyTorch's outputs are looked for beside it.
  public let path: FilePath

  /// The dotted key that holds the tensors, as it was asked for; nil to find it.
  public let root: String?

  /// How much the file, and what is beside it, may ask for.
  package let limits: Limits

  /// The architecture that the file holds, and its key.
  package let notedArchitecture: (key: String, value: PlainValue)?

  /// The network that an exported program is, or why its description is not known; nil for other files.
  let exported: Result<ExportedNetwork, ArchitectureError>?

  /// The tensors under the key that was asked for, or that the architecture in the file says.
  package let stateDict: Result<StateDict, LoadError>

  /// A clip and what PyTorch computed of it, as far as they are in the file.
  package let reference: Result<OrderedDictionary<String, StoredTensor>, CheckpointError>

  /// Takes a checkpoint that is open already.
  ///
  /// - Parameters:
  ///   - checkpoint: of any format.
  ///   - path: where it is, for what may be beside it.
  ///   - root: the dotted key that holds the tensors; nil to find it.
  ///   - limits: how much what is beside it may ask for.
  ///   - layout: what the axes of the input of an exported program are; nil to find it.
  public init(
    _ checkpoint: Checkpoint, at path: FilePath, root: String? = nil, limits: Limits = .standard,
    layout: InputLayout? = nil
  ) {
    self.checkpoint = checkpoint
    self.path = path
    self.root = root
    self.limits = limits
    exported = checkpoint.program.map { program in
      Result { () throws(ArchitectureError) in
        try ExportedNetwork(checkpoint, program, layout: layout)
      }
    }
    let described = exported.flatMap { try? $0.get() }.map {
      (key: ExportedNetwork.source, value: Architecture($0).document)
    }
    let noted = described ?? NetworkNotes.architecture(of: checkpoint)
    notedArchitecture = noted
    stateDict = Result { () throws(LoadError) in
      try StateDict(in: checkpoint, root: root ?? noted?.value.weightsRoot)
    }
    reference = Result { () throws(CheckpointError) in
      try NetworkNotes.reference(of: checkpoint)
    }
  }

  /// Opens a checkpoint.
  ///
  /// - Parameters:
  ///   - path: where it is.
  ///   - root: the dotted key that holds the tensors; nil to find it.
  ///   - limits: how much it may ask for.
  ///   - layout: what the axes of the input of an exported program are; nil to find it.
  /// - Throws: `CheckpointError` where it is not a checkpoint, or a damaged one.
  public init(
    contentsOf path: FilePath, root: String? = nil, limits: Limits = .standard,
    layout: InputLayout? = nil
  ) throws(CheckpointError) {
    self.init(
      try Checkpoint(contentsOf: path, limits: limits), at: path, root: root, limits: limits,
      layout: layout)
  }

  /// The tensors of an exported program by the names that its architecture has for them; nil for other
  /// files.
  package var exportedStateDict: StateDict? {
    exported.flatMap { try? $0.get() }.map { StateDict($0.tensors) }
  }

  /// The tensors of a network.
  ///
  /// - Parameter stated: where its architecture says they are; nil where it does not.
  /// - Returns: those that are known already, unless they are elsewhere.
  /// - Throws: ``LoadError`` where they are not found.
  package func stateDict(root stated: String?) throws(LoadError) -> StateDict {
    guard root == nil, stated != notedArchitecture?.value.weightsRoot else {
      return try stateDict.get()
    }
    return try StateDict(in: checkpoint, root: stated)
  }
}

extension PlainValue {
  /// The members of an architecture that is an object, or the text of one.
  package var architectureMembers: OrderedDictionary<String, PlainValue>? {
    switch self {
    case .object(let members): return members
    case .string(let text):
      let document = try? PlainValue(json: text.utf8)
      if case .object(let members)? = document { return members }
      return nil
    default: return nil
    }
  }

  /// The key under which an architecture looks for the tensors; nil where it does not say one.
  package var weightsRoot: String? {
    guard case .object(let weights)? = architectureMembers?["weights"],
      case .string(let root)? = weights["root"]
    else { return nil }
    return root
  }
}
