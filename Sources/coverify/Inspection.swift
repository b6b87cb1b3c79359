import CheckpointTools
import Checkpoints
import Foundation
import Tensors
import TorchModels

/// What `coverify inspect` finds in one file.
struct Inspection {
  /// What is looked at beside names, types and shapes.
  struct Depth {
    /// Whether tensors are read for their smallest and largest value.
    var stats: Bool
    /// Whether tensors are read for the hash of their values.
    var sha256: Bool
  }

  /// One tensor.
  struct TensorRow {
    var path: String
    var dtype: String
    var shape: [Int]
    var strides: [Int]
    /// The element of the storage that comes first.
    var offset: Int
    var storage: String
    var min: Extreme?
    var max: Extreme?
    var nonFinite: Int?
    var sha256: String?
    /// Why there are no values.
    var unreadable: String?
    /// What is wrong where values were asked for and the file is damaged; not shown in the row.
    var damage: CheckpointError?
  }

  /// How many tensors there are, and how large.
  struct Summary {
    /// The tensors of one element type.
    struct Part {
      var dtype: String
      var tensors: Int
      var elements: Int
      var bytes: Int
    }

    var tensors: Int
    var elements: Int
    var bytes: Int
    /// The storages that the tensors are views of.
    var storages: Int
    /// Their bytes: less than those of the tensors where these share them, and more where a tensor is a
    /// view of a part.
    var storageBytes: Int
    /// By element type, the one with the most bytes first.
    var dtypes: [Part]
  }

  /// Something in the file that is no tensor.
  struct Entry {
    var path: String
    var type: String
    var value: String

    init(_ entry: PlainEntries.Entry) {
      (path, type, value) = (entry.path, entry.kind, entry.text)
    }
  }

  /// Tensors that are views of one storage.
  struct Sharing {
    var storage: String
    var tensors: [String]
  }

  /// One module.
  struct ModuleRow {
    var path: String
    var type: String
    var arguments: String
    var parameters: Int
    var receptiveField: Int
    var stride: Int
    var delay: Int
    var warmUp: Int
    var output: [Int]
    var divergence: String?
  }

  /// The whole network.
  struct Network {
    var architecture: String
    var frame: [Int]
    var frames: Int
    var stateBytes: Int
    var assumptions: [String]
    var modules: [ModuleRow]
  }

  /// A class or function that a pickle names.
  struct Global {
    var name: String
    /// Whether it is read for what it is; else it is kept as it is, and never run.
    var understood: Bool
    /// Whether the file is refused for it.
    var refused: Bool

    init(_ use: GlobalUse) {
      (name, understood, refused) = (use.name, use.isUnderstood, use.isForbidden)
    }
  }

  var file: String
  var format: String
  var bytes: Int
  var summary: Summary?
  var tensors: [TensorRow] = []
  /// What is in the file beside tensors.
  var entries: [Entry] = []
  /// Whether these are all of them.
  var hasAllEntries = true
  var sharedStorages: [Sharing] = []
  var globals: [Global]
  var network: Network?
  var noNetwork: String?
  /// Why the file is refused or cannot be read as a whole.
  var refused: String?

  /// Why the file or the architecture that is given cannot be read; not a part of the document.
  var failure: (any Error)?

  /// Why the file is refused, or which of its tensors are damaged.
  var troubles: [any Error] {
    (failure.map { [$0] } ?? []) + tensors.compactMap(\.damage)
  }

  /// Looks at a file.
  ///
  /// Of a file that cannot be read, the reason is told, and the names in its pickle where it is refused
  /// for them.
  init(_ path: FilePath, architecture: FilePath?, depth: Depth, limits: Limits) {
    file = path.description
    let checkpoint: Checkpoint
    do throws(CheckpointError) {
      checkpoint = try Checkpoint(contentsOf: path, limits: limits)
    } catch {
      (format, bytes) = (error.code == .forbidden ? "refused" : "unreadable", 0)
      globals = error.globals.map { Global($0) }
      refused = String(describing: error)
      failure = error
      return
    }
    format = checkpoint.format.rawValue
    bytes = checkpoint.byteCount
    summary = Summary(checkpoint.tensors)
    tensors = checkpoint.tensors.map { TensorRow($0, depth: depth) }
    let plain = PlainEntries(checkpoint)
    (entries, hasAllEntries) = (plain.entries.map { Entry($0) }, plain.isComplete)
    let named = checkpoint.tensors.map { (name: $0.path, tensor: $0) }
    sharedStorages = SharedStorage.groups(of: named).map {
      Sharing(storage: $0.key, tensors: $0.names)
    }
    globals = checkpoint.globals.map { Global($0) }
    do {
      network = try Network(
        LoadedModel(
          outlineOf: checkpoint, at: path, architecture: architecture, limits: limits))
    } catch {
      // A file of tensors is worth a look also where it is no network.
      noNetwork = String(describing: error)
      if architecture != nil { failure = error }
    }
  }
}
