package import Checkpoints
package import TorchModels

/// What is in a file: its tensors, what is beside them, what its pickle names, and its network.
///
/// ```swift
/// let inspection = Inspection(of: "model.pt", depth: .init(statistics: true, sha256: false))
/// for trouble in inspection.troubles { print(trouble) }
/// ```
package struct Inspection: Sendable {
  /// What is in a file that can be read.
  package struct Contents: Sendable {
    /// The file.
    package let checkpoint: Checkpoint
    /// Its tensors, in the order of the file.
    package let tensors: [TensorInspection]
    /// How many they are, and how large.
    package let summary: TensorSummary
    /// What is beside them.
    package let entries: PlainEntries
    /// The storages that several tensors are views of.
    package let sharedStorages: [SharedStorage]
    /// The network, or why there is none: a file of tensors is worth a look all the same.
    package let network: Result<NetworkOutline, LoadError>
  }

  /// The file.
  package let path: FilePath

  /// What is in it, or why that cannot be told.
  package let contents: Result<Contents, CheckpointError>

  /// Whether an architecture was given for the network, so that there should be one.
  private let expectsNetwork: Bool

  /// Looks at a file.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - architecture: an architecture file; nil to look for the architecture.
  ///   - depth: how much of the values is looked at.
  ///   - limits: how much the file may ask for.
  ///   - layout: what the axes of the input of an exported program are; nil to find it.
  package init(
    of path: FilePath, architecture: FilePath? = nil, depth: TensorInspection.Depth,
    limits: Limits = .standard, layout: InputLayout? = nil
  ) {
    self.path = path
    expectsNetwork = architecture != nil
    do throws(CheckpointError) {
      let checkpoint = try Checkpoint(contentsOf: path, limits: limits)
      contents = .success(
        Contents(
          checkpoint, at: path, architecture: architecture, depth: depth, limits: limits,
          layout: layout))
    } catch {
      contents = .failure(error)
    }
  }

  /// All names in its pickle, also where it is refused for some of them.
  package var globals: [GlobalUse] {
    switch contents {
    case .success(let contents): contents.checkpoint.globals
    case .failure(let error): error.globals
    }
  }

  /// Why the file or the given architecture cannot be read, or which of its tensors are damaged.
  package var troubles: [any Error] {
    switch contents {
    case .failure(let error): return [error]
    case .success(let contents):
      var troubles: [any Error] = []
      if expectsNetwork, case .failure(let error) = contents.network { troubles.append(error) }
      return troubles + contents.tensors.compactMap(\.damage)
    }
  }
}

extension Inspection.Contents {
  fileprivate init(
    _ checkpoint: Checkpoint, at path: FilePath, architecture: FilePath?,
    depth: TensorInspection.Depth, limits: Limits, layout: InputLayout?
  ) {
    self.checkpoint = checkpoint
    summary = TensorSummary(of: checkpoint.tensors)
    tensors = checkpoint.tensors.map { TensorInspection($0, depth: depth) }
    entries = PlainEntries(checkpoint)
    sharedStorages = SharedStorage.groups(
      of: checkpoint.tensors.map { (name: $0.path, tensor: $0) })
    do throws(LoadError) {
      let model = try LoadedModel(
        outlineOf: NetworkFile(checkpoint, at: path, limits: limits, layout: layout),
        architecture: architecture)
      network = .success(try NetworkOutline(model))
    } catch {
      network = .failure(error)
    }
  }
}
