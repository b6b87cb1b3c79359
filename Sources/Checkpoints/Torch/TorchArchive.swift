import Foundation
import Tensors

/// The zip archive that `torch.save` writes: one pickle, and a record for each storage.
struct TorchArchive {
  let root: PickledValue
  let reader: TensorReader

  init(_ archive: ZipArchive, file: String, limits: Limits) throws(CheckpointError) {
    let records = try TorchArchive.records(of: archive)
    let isBigEndian = try TorchArchive.isBigEndian(archive, records)
    try TorchArchive.checkVersion(archive, records)
    guard let pickle = records["data.pkl"] else {
      throw CheckpointError(.malformed, "has no data.pkl")
    }
    let bytes = try archive.bytes(of: pickle, limit: limits.pickleBytes)
    let result = try PickleMachine.run([UInt8](bytes), entry: "data.pkl", limits: limits)
    guard result.byteCount == bytes.count else {
      throw CheckpointError(
        .malformed, "\(bytes.count - result.byteCount) bytes follow the end of the pickle",
        entry: "data.pkl", offset: result.byteCount)
    }
    root = result.graph[result.root]
    reader = TensorReader(graph: result.graph, file: file, limits: limits) {
      key throws(CheckpointError) in
      guard let entry = records["data/" + key] else {
        throw CheckpointError(
          .malformed, "the pickle names storage \(key), and there is no such record",
          entry: "data/" + key)
      }
      return Storage(key: key, byteCount: entry.size, isBigEndian: isBigEndian) {
        () throws(CheckpointError) in
        try archive.bytes(of: entry, limit: limits.tensorBytes)
      }
    }
  }

  /// The records by their names without the folder that all of them share.
  private static func records(
    of archive: ZipArchive
  ) throws(CheckpointError) -> [String: ZipArchive.Entry] {
    var records: [String: ZipArchive.Entry] = [:]
    let prefix = archive.entries.first?.name.split(separator: "/").first.map { $0 + "/" } ?? ""
    for entry in archive.entries {
      guard entry.name.hasPrefix(prefix) else {
        throw CheckpointError(
          .malformed, "lies beside the folder \(prefix), and torch puts everything into one",
          entry: entry.name)
      }
      records[String(entry.name.dropFirst(prefix.count))] = entry
    }
    if records["constants.pkl"] != nil {
      throw CheckpointError(
        .notACheckpoint,
        "is a TorchScript archive; save the state_dict of the model with torch.save instead")
    }
    if records["archive_format"] != nil || records["models/model.json"] != nil {
      throw CheckpointError(
        .notACheckpoint,
        "is an exported program (.pt2); save the state_dict of the model with torch.save instead")
    }
    if records["data.pkl"] == nil {
      if records["version"] != nil || records[".data/serialization_id"] != nil {
        throw CheckpointError(
          .notACheckpoint,
          "saving this model failed: there is an archive, but no data.pkl and so no model in it; "
            + "torch.save must have raised an error. Save model.state_dict(), or use "
            + "pickle_module=dill")
      }
      throw CheckpointError(
        .notACheckpoint, "is a zip archive without data.pkl, so torch.save did not write it")
    }
    return records
  }

  private static func isBigEndian(
    _ archive: ZipArchive, _ records: [String: ZipArchive.Entry]
  ) throws(CheckpointError) -> Bool {
    guard let entry = records["byteorder"] else { return false }
    switch String(decoding: try archive.bytes(of: entry, limit: 16), as: UTF8.self) {
    case "little": return false
    case "big": return true
    case let other:
      throw CheckpointError(
        .malformed, "says \(other.debugDescription), expected little or big", entry: entry.name)
    }
  }

  private static func checkVersion(
    _ archive: ZipArchive, _ records: [String: ZipArchive.Entry]
  ) throws(CheckpointError) {
    guard let entry = records["version"] ?? records[".data/version"] else {
      throw CheckpointError(.malformed, "has no version record", entry: "version")
    }
    let text = String(decoding: try archive.bytes(of: entry, limit: 16), as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    guard let version = Int(text), (1...10).contains(version) else {
      throw CheckpointError(
        .unsupported, "is \(text.debugDescription), expected 1 to 10", entry: entry.name)
    }
  }
}
