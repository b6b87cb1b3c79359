import Checkpoints
import Continual
import Crypto
import Foundation
import Tensors
import TorchModels

/// What `coverify inspect` finds in one file.
struct Inspection: Encodable {
  /// What is looked at beside names, types and shapes.
  struct Depth {
    /// Whether tensors are read for their smallest and largest value.
    var stats: Bool
    /// Whether tensors are read for the hash of their values.
    var sha256: Bool
  }

  /// One tensor.
  struct TensorRow: Encodable {
    var path: String
    var dtype: String
    var shape: [Int]
    var strides: [Int]
    var storage: String
    var min: String?
    var max: String?
    var nonFinite: Int?
    var sha256: String?
    /// Why there are no values.
    var unreadable: String?
    /// What is wrong where values were asked for and the file is damaged; not shown in the row.
    var damage: CheckpointError?

    enum CodingKeys: String, CodingKey {
      case path, dtype, shape, strides, storage, min, max, sha256, unreadable
      case nonFinite = "non_finite"
    }
  }

  /// Tensors that are views of one storage.
  struct Sharing: Encodable {
    var storage: String
    var tensors: [String]
  }

  /// One module.
  struct ModuleRow: Encodable {
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

    enum CodingKeys: String, CodingKey {
      case path, type, arguments, parameters, stride, delay, output, divergence
      case receptiveField = "receptive_field"
      case warmUp = "warm_up"
    }
  }

  /// The whole network.
  struct Network: Encodable {
    var architecture: String
    var frame: [Int]
    var frames: Int
    var stateBytes: Int
    var assumptions: [String]
    var modules: [ModuleRow]

    enum CodingKeys: String, CodingKey {
      case architecture, frame, frames, assumptions, modules
      case stateBytes = "state_bytes"
    }
  }

  /// A class or function that a pickle names.
  struct Global: Encodable {
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
  var tensors: [TensorRow] = []
  var sharedStorages: [Sharing] = []
  var globals: [Global]
  var network: Network?
  var noNetwork: String?
  /// Why the file is refused as a whole.
  var refused: String?

  enum CodingKeys: String, CodingKey {
    case file, format, bytes, tensors, globals, network, refused
    case sharedStorages = "shared_storages"
    case noNetwork = "no_network"
  }

  /// Why the file is refused, or which of its tensors are damaged.
  var troubles: [String] {
    (refused.map { [$0] } ?? []) + tensors.compactMap(\.damage).map(String.init(describing:))
  }

  /// Looks at a file.
  ///
  /// A file that is refused for the names in its pickle is told by these.
  init(_ path: String, architecture: String?, depth: Depth, limits: Limits) throws {
    file = path
    let checkpoint: Checkpoint
    do throws(CheckpointError) {
      checkpoint = try Checkpoint(contentsOf: path, limits: limits)
    } catch {
      guard error.code == .forbidden else { throw error }
      (format, bytes) = ("refused", 0)
      globals = error.globals.map { Global($0) }
      refused = String(describing: error)
      return
    }
    format = checkpoint.format.rawValue
    bytes = checkpoint.byteCount
    tensors = checkpoint.tensors.map { TensorRow($0, depth: depth) }
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
      if architecture != nil { throw error }
    }
  }

  /// One JSON object.
  var json: String { JSONScreen.text(self) }
}

extension Inspection.TensorRow {
  /// Reads as much of a tensor as is asked for; what cannot be read says why.
  init(_ tensor: StoredTensor, depth: Inspection.Depth) {
    self.init(
      path: tensor.path, dtype: tensor.scalarType.name, shape: tensor.shape.axes,
      strides: tensor.strides, storage: tensor.storageKey)
    do throws(CheckpointError) {
      if let reason = tensor.refusal {
        unreadable = reason
        return
      }
      if depth.sha256 { sha256 = hexadecimal(try hash(of: tensor)) }
      if depth.stats { try addStatistics(of: tensor) }
    } catch {
      unreadable = error.message
      // A form that is not read is no damage.
      if error.code != .unsupported { damage = error }
    }
  }

  /// The hash of the elements, piece by piece, so that memory stays small.
  private func hash(of tensor: StoredTensor) throws(CheckpointError) -> SHA256.Digest {
    var pieces = TensorPieces(tensor)
    var hash = SHA256()
    while let piece = try pieces.next() { hash.update(data: piece) }
    return hash.finalize()
  }

  /// Complex numbers have no order, so of them only those that are none are counted.
  private mutating func addStatistics(of tensor: StoredTensor) throws(CheckpointError) {
    if tensor.scalarType.isComplex {
      let (real, imaginary) = try tensor.complexValues()
      nonFinite = zip(real.scalars, imaginary.scalars).count { !$0.isFinite || !$1.isFinite }
      return
    }
    var (smallest, largest, finite, count) = (Double.infinity, -Double.infinity, 0, 0)
    func add(_ values: [Double]) {
      for value in values where value.isFinite {
        (smallest, largest) = (Swift.min(smallest, value), Swift.max(largest, value))
        finite += 1
      }
      count += values.count
    }
    if tensor.isQuantized || tensor.scalarType.numbers([]) == nil {
      add(try tensor.wideValues().scalars)
    } else {
      var pieces = TensorPieces(tensor)
      while let piece = try pieces.next() { add(tensor.scalarType.numbers(piece) ?? []) }
    }
    nonFinite = count - finite
    if finite > 0 { (min, max) = ("\(smallest)", "\(largest)") }
  }

  private func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}

extension Inspection.Network {
  init(_ model: LoadedModel) throws {
    let clip = try model.reference?.input.map { try model.plan(for: $0.shape) }
    let chosen = try clip ?? model.plan(batch: 1)
    let plan = chosen.plan
    self.init(
      architecture: model.architecture.source.summary, frame: plan.inputFrame.axes,
      frames: chosen.frames, stateBytes: plan.stateByteCount, assumptions: model.assumptions,
      modules: plan.modules.map { placed in
        let timing = plan.timing(of: placed)
        return Inspection.ModuleRow(
          path: placed.path, type: placed.module.typeName, arguments: placed.module.summary,
          parameters: placed.module.parameterCount, receptiveField: timing.receptiveField,
          stride: timing.stride, delay: timing.delay, warmUp: timing.warmUp,
          output: placed.output.frame.axes,
          divergence: placed.module.divergence(frame: placed.input.frame))
      }.sorted { Inspection.comesBefore($0.path, $1.path) })
  }
}

extension Inspection {
  /// Containers before what is in them, numbers by their value.
  fileprivate static func comesBefore(_ left: String, _ right: String) -> Bool {
    let lefts = left.split(separator: ".")
    let rights = right.split(separator: ".")
    for (one, other) in zip(lefts, rights) where one != other {
      if let first = Int(one), let second = Int(other) { return first < second }
      return one < other
    }
    return lefts.count < rights.count
  }
}
