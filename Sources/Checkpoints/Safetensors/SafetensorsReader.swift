import Foundation
import Tensors

/// Reads safetensors: eight bytes of length, a JSON header, and the tensors one after the other.
///
///     58 00 00 00 00 00 00 00
///     {"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}
///     the 24 bytes of w
///
/// The offsets have to cover the bytes behind the header from the first to the last.
enum SafetensorsReader {
  /// What the header says about one tensor.
  private struct Header: Decodable {
    let dtype: String
    let shape: [Int]
    let offsets: [Int]

    enum CodingKeys: String, CodingKey, CaseIterable {
      case dtype
      case shape
      case offsets = "data_offsets"
    }
  }

  /// One member of the header: a tensor, or the notes of who wrote it.
  private enum Member: Decodable {
    case tensor(Header)
    case notes([String: String])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let notes = try? container.decode([String: String].self) {
        self = .notes(notes)
      } else {
        self = .tensor(try container.decode(Header.self))
      }
    }
  }

  static let types: [String: ScalarType] = [
    "F64": .float64, "F32": .float32, "F16": .float16, "BF16": .bfloat16, "I64": .int64,
    "I32": .int32, "I16": .int16, "I8": .int8, "U64": .uint64, "U32": .uint32, "U16": .uint16,
    "U8": .uint8, "BOOL": .bool, "F8_E4M3": .float8E4M3FN, "F8_E5M2": .float8E5M2,
    "F8_E4M3FNUZ": .float8E4M3FNUZ, "F8_E5M2FNUZ": .float8E5M2FNUZ, "F8_E8M0": .float8E8M0FNU,
    "C64": .complex64,
  ]

  /// The tensors in the order of the header, and the notes beside them.
  ///
  /// - Throws: ``CheckpointError`` where header and bytes do not fit each other.
  static func read(
    _ contents: FileContents, file: String, limits: Limits
  ) throws(CheckpointError) -> (tensors: [StoredTensor], metadata: [String: String]) {
    var reader = ByteReader(contents, entry: "header")
    let declared = try reader.unsigned(8)
    guard let length = Int(exactly: declared), length <= reader.left else {
      throw CheckpointError(
        .truncated,
        "the header has \(declared) bytes, and \(reader.left) follow; the file is truncated, copy "
          + "or download it again", entry: "header")
    }
    guard length <= limits.headerBytes else {
      throw CheckpointError(.limit, "has \(length) bytes", entry: "header")
    }
    let text = try reader.take(length)
    let (headers, metadata) = try headers(text, limits)
    let start = reader.offset
    var end = 0
    var tensors = [StoredTensor?](repeating: nil, count: headers.count)
    let ordered = headers.indices.sorted { left, right in
      let (one, other) = (headers[left], headers[right])
      return one.header.offsets == other.header.offsets
        ? one.name < other.name
        : one.header.offsets.lexicographicallyPrecedes(other.header.offsets)
    }
    for index in ordered {
      let (name, header) = headers[index]
      guard let type = types[header.dtype] else {
        throw CheckpointError(
          .unsupported, "has elements of type \(header.dtype.quoted), which is not read",
          entry: name)
      }
      guard header.shape.count <= limits.axes, let shape = Shape(checking: header.shape),
        header.offsets.count == 2, header.offsets[0] == end,
        header.offsets[1] <= contents.count - start, header.offsets[1] >= end,
        shape.count.multipliedReportingOverflow(by: type.size) == (header.offsets[1] - end, false)
      else {
        throw CheckpointError(
          .malformed,
          "has shape \(header.shape) of \(header.dtype) at the bytes \(header.offsets), the tensor "
            + "before it ends at \(end), and the file has \(contents.count - start); it is damaged or "
            + "truncated", entry: name)
      }
      let bytes = contents[start + end..<start + header.offsets[1]]
      end = header.offsets[1]
      tensors[index] = StoredTensor(
        path: name, shape: shape, scalarType: type,
        storage: Storage(key: name, bytes, name: name), file: file)
    }
    guard start + end == contents.count else {
      throw CheckpointError(
        .malformed, "\(contents.count - start - end) bytes follow the last tensor", entry: "header")
    }
    return (tensors.compactMap(\.self), metadata)
  }

  private static func headers(
    _ text: [UInt8], _ limits: Limits
  ) throws(CheckpointError) -> (
    tensors: [(name: String, header: Header)], metadata: [String: String]
  ) {
    let members: [String: Member]
    do {
      members = try JSONDecoder().decode([String: Member].self, from: Data(text))
    } catch {
      throw CheckpointError(
        .malformed, "is not the JSON of safetensors: \(describe(error))", entry: "header")
    }
    // Decoding keeps one of two members of the same name; the file has to have one.
    let names = JSONKeys.names(in: text)
    guard names.count == members.count else {
      throw CheckpointError(.malformed, "names a tensor twice", entry: "header")
    }
    guard members.count <= limits.tensors else {
      throw CheckpointError(.limit, "has \(members.count) tensors", entry: "header")
    }
    var headers: [(name: String, header: Header)] = []
    var metadata: [String: String] = [:]
    for name in names {
      switch (name, members[name]) {
      case ("__metadata__", .notes(let notes)?): metadata = notes
      case (_, .tensor(let header)?): headers.append((name, header))
      case (_, .notes?), (_, nil):
        throw CheckpointError(.malformed, "is no tensor", entry: name)
      }
    }
    return (headers, metadata)
  }

  private static func describe(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    switch error {
    case .dataCorrupted(let context), .keyNotFound(_, let context),
      .typeMismatch(_, let context), .valueNotFound(_, let context):
      let path = context.codingPath.map(\.stringValue).joined(separator: ".")
      return (path.isEmpty ? "" : path + ": ") + context.debugDescription
    @unknown default: return "it cannot be decoded"
    }
  }
}
