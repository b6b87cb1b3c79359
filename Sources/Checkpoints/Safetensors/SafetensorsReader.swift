import Foundation
import Tensors

/// Reads safetensors: eight bytes of length, a JSON header, and the tensors one after the other.
enum SafetensorsReader {
  private struct Header: Decodable {
    let dtype: String
    let shape: [Int]
    let offsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype
      case shape
      case offsets = "data_offsets"
    }
  }

  private static let types: [String: ScalarType] = [
    "F64": .float64, "F32": .float32, "F16": .float16, "BF16": .bfloat16, "I64": .int64,
    "I32": .int32, "I16": .int16, "I8": .int8, "U64": .uint64, "U32": .uint32, "U16": .uint16,
    "U8": .uint8, "BOOL": .bool, "F8_E4M3": .float8E4M3FN, "F8_E5M2": .float8E5M2,
    "F8_E8M0": .float8E8M0FNU, "C64": .complex64,
  ]

  /// The type of a name in a header.
  static func name(of type: ScalarType) -> String? { types.first { $0.value == type }?.key }

  /// The tensors in the order of their bytes.
  static func tensors(
    of data: Data, file: String, limits: Limits
  ) throws(CheckpointError) -> [StoredTensor] {
    func bad(_ message: String, _ entry: String = "header") -> CheckpointError {
      CheckpointError(.malformed, message, entry: entry)
    }
    var reader = ByteReader([UInt8](data.prefix(8)), entry: "header")
    let declared = try reader.unsigned(8)
    guard declared <= limits.headerBytes, declared <= data.count - 8 else {
      throw CheckpointError(
        .truncated,
        "the header has \(declared) bytes, and \(data.count - 8) follow; the file is truncated",
        entry: "header")
    }
    let start = 8 + Int(declared)
    let headers: [String: Header]
    do {
      var all = try JSONDecoder().decode([String: Either].self, from: data[8..<start])
      all["__metadata__"] = nil
      headers = all.compactMapValues(\.header)
      guard headers.count == all.count else { throw bad("an entry is no tensor") }
    } catch let error as CheckpointError {
      throw error
    } catch {
      throw bad("is not the JSON of safetensors: \(error)")
    }
    var end = 0
    var tensors: [StoredTensor] = []
    for (name, header) in headers.sorted(by: {
      ($0.value.offsets, $0.key) < ($1.value.offsets, $1.key)
    }) {
      guard let type = types[header.dtype] else {
        throw CheckpointError(
          .unsupported, "has elements of type \(header.dtype), which is not read", entry: name)
      }
      guard let shape = Shape(checking: header.shape), header.offsets.count == 2,
        header.offsets[0] == end, header.offsets[1] <= data.count - start,
        header.offsets[1] - end == shape.count * type.size
      else {
        throw bad(
          "has shape \(header.shape) of \(header.dtype) at bytes \(header.offsets), "
            + "and the one before ends at \(end)", name)
      }
      let range = start + end..<start + header.offsets[1]
      end = header.offsets[1]
      tensors.append(
        StoredTensor(
          path: name, shape: shape, strides: shape.strides, elementOffset: 0, scalarType: type,
          requiresGrad: false,
          storage: Storage(key: name, byteCount: range.count, isBigEndian: false) {
            () throws(CheckpointError) in data[range]
          }, file: file))
    }
    guard start + end == data.count else {
      throw bad("\(data.count - start - end) bytes follow the last tensor")
    }
    return tensors
  }

  private struct Either: Decodable {
    let header: Header?
    init(from decoder: any Decoder) throws { header = try? Header(from: decoder) }
  }
}

/// Pairs and lists of numbers by their order, for sorting.
private func < (left: ([Int], String), right: ([Int], String)) -> Bool {
  left.0 == right.0 ? left.1 < right.1 : left.0.lexicographicallyPrecedes(right.0)
}
