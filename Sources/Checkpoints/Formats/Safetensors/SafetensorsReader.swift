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
  static let types: [String: ScalarType] = [
    "F64": .float64, "F32": .float32, "F16": .float16, "BF16": .bfloat16, "I64": .int64,
    "I32": .int32, "I16": .int16, "I8": .int8, "U64": .uint64, "U32": .uint32, "U16": .uint16,
    "U8": .uint8, "BOOL": .bool, "F8_E4M3": .float8E4M3FN, "F8_E5M2": .float8E5M2,
    "F8_E4M3FNUZ": .float8E4M3FNUZ, "F8_E5M2FNUZ": .float8E5M2FNUZ, "F8_E8M0": .float8E8M0FNU,
    "C64": .complex64, "F4": .float4E2M1FNX2,
  ]

  /// The size that PyTorch gives a tensor; it counts pairs of numbers of four bits.
  private static func axes(
    _ shape: [Int], of type: ScalarType, _ name: String
  ) throws(CheckpointError) -> [Int] {
    guard type == .float4E2M1FNX2 else { return shape }
    guard let last = shape.last, last.isMultiple(of: 2) else {
      throw CheckpointError(SafetensorsFinding.halfByte(shape), entry: name)
    }
    return shape.dropLast() + [last / 2]
  }

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
        SafetensorsFinding.truncated(declared, left: reader.left), entry: "header")
    }
    guard length <= limits.headerBytes else {
      throw CheckpointError(
        SafetensorsFinding.headerLength(length, limit: limits.headerBytes), entry: "header")
    }
    let text = try reader.take(length)
    var limits = limits
    limits.tensors = limits.tensors(fileSize: contents.count)
    let parser = try HeaderParser(text, limits: limits)
    let (headers, metadata) = (parser.tensors, parser.metadata)
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
        throw CheckpointError(SafetensorsFinding.type(header.dtype.bounded), entry: name)
      }
      let axes = try axes(header.shape, of: type, name)
      guard axes.count <= limits.axes, let shape = Shape(checking: axes),
        header.offsets.count == 2, header.offsets[0] == end,
        header.offsets[1] <= contents.count - start, header.offsets[1] >= end,
        shape.count.multipliedReportingOverflow(by: type.size) == (header.offsets[1] - end, false)
      else {
        throw CheckpointError(
          SafetensorsFinding.place(
            shape: header.shape, type: header.dtype, offsets: header.offsets, expected: end,
            bytes: contents.count - start), entry: name)
      }
      let bytes = contents[start + end..<start + header.offsets[1]]
      end = header.offsets[1]
      tensors[index] = StoredTensor(
        path: name, shape: shape, scalarType: type,
        storage: Storage(key: name, bytes, name: name), file: file)
    }
    guard start + end == contents.count else {
      throw CheckpointError(
        SafetensorsFinding.behindLast(contents.count - start - end), entry: "header")
    }
    return (tensors.compactMap(\.self), metadata)
  }
}
