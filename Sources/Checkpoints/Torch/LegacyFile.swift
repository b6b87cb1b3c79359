import Foundation
import Tensors

/// The format of `torch.save` before version 1.6: five pickles and the storages, one behind the
/// other without lengths in between.
///
/// The pickles are a magic number, a protocol version, facts about the machine, the object, and the
/// keys of the storages. Each storage is its number of elements in eight bytes and its elements; how
/// long an element is, only the object tells.
struct LegacyFile {
  let root: PickledValue
  let reader: TensorReader

  /// How such a file starts: the pickle of the magic number, behind its protocol.
  static let magic: [UInt8] = [
    0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
  ]

  init(_ data: Data, file: String, limits: Limits) throws(CheckpointError) {
    var offset = data.startIndex
    func next(_ entry: String) throws(CheckpointError) -> PickledValue {
      let part = [UInt8](data[offset...].prefix(limits.pickleBytes))
      let result = try PickleMachine.run(part, entry: entry, limits: limits)
      offset += result.byteCount
      return result.graph[result.root]
    }
    _ = try next("magic number")
    let version = try next("protocol version")
    guard version.int == 1001 else {
      throw CheckpointError(
        .unsupported, "is \(version.int.map(String.init) ?? "no number"), expected 1001",
        entry: "protocol version")
    }
    let machine = try next("machine")
    let isBigEndian = machine["little_endian"]?.bool == false
    root = try next("object")
    let keys = try next("storage keys")
    guard let keys = keys.elements, !keys.contains(where: { $0.string == nil }) else {
      throw CheckpointError(.malformed, "is no list of texts", entry: "storage keys")
    }
    let widths = LegacyFile.elementWidths(in: root.graph)
    var storages: [String: Storage] = [:]
    for key in keys.compactMap(\.string) {
      guard let width = widths[key] else {
        throw CheckpointError(
          .malformed, "no tensor uses it, so the length of its elements is unknown",
          entry: "storage \(key)")
      }
      var header = ByteReader(
        [UInt8](data[offset...].prefix(8)), entry: "storage \(key)")
      let count = try header.unsigned(8)
      offset += 8
      let (size, overflow) = Int(truncatingIfNeeded: count).multipliedReportingOverflow(by: width)
      guard count <= UInt64(Int.max), !overflow, size <= data.endIndex - offset else {
        throw CheckpointError(
          .truncated,
          "has \(count) elements, and \(data.endIndex - offset) bytes are left; the file is "
            + "truncated, copy or download it again", entry: "storage \(key)", offset: offset)
      }
      let bytes = data[offset..<offset + size]
      guard storages[key] == nil else {
        throw CheckpointError(.malformed, "comes twice", entry: "storage \(key)")
      }
      storages[key] = Storage(key: key, byteCount: size, isBigEndian: isBigEndian) {
        () throws(CheckpointError) in bytes
      }
      offset += size
    }
    guard offset == data.endIndex else {
      throw CheckpointError(
        .malformed, "\(data.endIndex - offset) bytes follow the last storage", entry: "storages",
        offset: offset)
    }
    reader = TensorReader(graph: root.graph, file: file, limits: limits) {
      [storages] key throws(CheckpointError) in
      guard let storage = storages[key] else {
        throw CheckpointError(
          .malformed, "a tensor uses storage \(key), and there is none", entry: "object")
      }
      return storage
    }
  }

  /// The bytes of one element of each storage, as the object's references say.
  private static func elementWidths(in graph: ObjectGraph) -> [String: Int] {
    var widths: [String: Int] = [:]
    for case .persistent(let id) in graph.contents {
      guard let reference = graph[id].elements, reference.count >= 5,
        let type = reference[1].global, let key = reference[2].string
      else { continue }
      widths[key] = TensorReader.storageTypes[type.name]?.size ?? 1
    }
    return widths
  }
}
