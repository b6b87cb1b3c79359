import Checkpoints
import Continual
import Crypto
import Foundation
import Tensors
import TorchModels

/// What `coverify inspect` finds in one file.
struct Inspection {
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
    var unread: String?

    enum CodingKeys: String, CodingKey {
      case path, dtype, shape, strides, storage, min, max, sha256, unread
      case nonFinite = "non_finite"
    }
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
    var isUnderstood: Bool

    enum CodingKeys: String, CodingKey {
      case name
      case isUnderstood = "understood"
    }
  }

  private struct Document: Encodable {
    var file: String
    var format: String
    var bytes: Int
    var tensors: [TensorRow]
    var globals: [Global]
    var network: Network?
    var noNetwork: String?

    enum CodingKeys: String, CodingKey {
      case file, format, bytes, tensors, globals, network
      case noNetwork = "no_network"
    }
  }

  private var document: Document

  init(_ path: String, architecture: String?, stats: Bool, sha256: Bool) throws {
    let checkpoint = try Checkpoint(contentsOf: path)
    document = Document(
      file: path, format: checkpoint.format.rawValue, bytes: checkpoint.byteCount,
      tensors: try checkpoint.tensors.map { tensor in
        try TensorRow(tensor, stats: stats, sha256: sha256)
      },
      globals: checkpoint.globals.map { Global(name: $0.name, isUnderstood: $0.isUnderstood) })
    do {
      document.network = try Network(path, architecture: architecture)
    } catch {
      // A file of tensors is worth a look also where it is no network.
      document.noNetwork = String(describing: error)
      if architecture != nil { throw error }
    }
  }
}

extension Inspection.TensorRow {
  init(_ tensor: StoredTensor, stats: Bool, sha256: Bool) throws {
    self.init(
      path: tensor.path, dtype: tensor.scalarType.name, shape: tensor.shape.axes,
      strides: tensor.strides, storage: tensor.storageKey)
    unread = tensor.refusal
    if unread != nil { return }
    if stats, !tensor.scalarType.isComplex {
      let values = try tensor.wideValues().scalars
      let finite = values.filter(\.isFinite)
      min = finite.min().map { "\($0)" }
      max = finite.max().map { "\($0)" }
      nonFinite = values.count - finite.count
    }
    if sha256 {
      let digest = SHA256.hash(data: try tensor.littleEndianBytes())
      self.sha256 = digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
  }
}

extension Inspection.Network {
  init(_ path: String, architecture: String?) throws {
    let model = try LoadedModel(contentsOf: path, architecture: architecture)
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

  /// One JSON object.
  var json: String { JSONScreen.text(document) }

  /// A page of text.
  var human: String {
    var lines = ["\(document.file): \(document.format), \(document.bytes) bytes"]
    lines += ["", "  \(document.tensors.count) tensors"]
    lines += Inspection.table(
      document.tensors.map { row in
        [
          row.path, row.dtype, Shape(row.shape).description,
          row.min.map { "min \($0)" } ?? "", row.max.map { "max \($0)" } ?? "",
          row.nonFinite.map { $0 == 0 ? "" : "\($0) not finite" } ?? "", row.sha256 ?? "",
        ]
      })
    let refused = document.globals.filter { !$0.isUnderstood }
    if !refused.isEmpty {
      lines += ["", "  \(refused.count) names that are kept as they are and never run"]
      lines += refused.map { "    " + $0.name }
    }
    if let network = document.network {
      lines += [
        "",
        "  network from \(network.architecture), frames \(Shape(network.frame)), "
          + "\(network.stateBytes) bytes of state a stream",
      ]
      lines += network.assumptions.map { "    assumed: " + $0 }
      lines += Inspection.table(
        [["module", "class", "rf", "stride", "delay", "frame out", ""]]
          + network.modules.map { row in
            [
              row.path.isEmpty ? "." : row.path, "\(row.type)(\(row.arguments))",
              String(row.receptiveField), String(row.stride), String(row.delay),
              Shape(row.output).description, row.divergence.map { "! " + $0 } ?? "",
            ]
          })
    } else if let reason = document.noNetwork {
      lines += ["", "  no network:"] + reason.split(separator: "\n").map { "    " + $0 }
    }
    return lines.joined(separator: "\n")
  }

  /// Rows with their columns below each other.
  private static func table(_ rows: [[String]]) -> [String] {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = zip(row, widths).map { cell, width in
        cell + String(repeating: " ", count: width - cell.count)
      }
      var line = "    " + cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
