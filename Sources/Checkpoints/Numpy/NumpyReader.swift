import Foundation
import Tensors

/// Reads arrays of numpy: a magic word, a header that is a Python dict, and the elements.
enum NumpyReader {
  private static let types: [String: ScalarType] = [
    "f8": .float64, "f4": .float32, "f2": .float16, "i8": .int64, "i4": .int32, "i2": .int16,
    "i1": .int8, "u8": .uint64, "u4": .uint32, "u2": .uint16, "u1": .uint8, "b1": .bool,
    "c8": .complex64, "c16": .complex128,
  ]

  /// The arrays of an `.npz` file.
  static func tensors(
    of archive: ZipArchive, file: String, limits: Limits
  ) throws(CheckpointError) -> [StoredTensor] {
    var tensors: [StoredTensor] = []
    for entry in archive.entries {
      let data = try archive.bytes(of: entry, limit: limits.tensorBytes)
      tensors.append(
        try tensor(
          of: Data(data), path: String(entry.name.dropLast(4)), file: file, limits: limits))
    }
    return tensors
  }

  /// The array of an `.npy` file.
  static func tensor(
    of data: Data, path: String, file: String, limits: Limits
  ) throws(CheckpointError) -> StoredTensor {
    func bad(_ message: String) -> CheckpointError {
      CheckpointError(.malformed, message, entry: path.isEmpty ? "header" : path)
    }
    var reader = ByteReader([UInt8](data.prefix(12)), entry: "header")
    guard [UInt8](try reader.take(6)) == [0x93] + "NUMPY".utf8 else { throw bad("is no array") }
    let version = try reader.byte()
    _ = try reader.byte()
    guard (1...3).contains(version) else { throw bad("is version \(version) of the format") }
    let width = version == 1 ? 2 : 4
    let length = try reader.unsigned(width)
    let start = 8 + width
    guard length <= limits.headerBytes, length <= data.count - start else {
      throw CheckpointError(.truncated, "the header is cut off", entry: path)
    }
    let header = String(decoding: data[start..<start + Int(length)], as: UTF8.self)
    guard
      let match = header.firstMatch(
        of:
          #/^\{'descr': '([<>|=]?)([a-z][0-9]+)', 'fortran_order': (True|False), 'shape': \(([0-9, ]*)\),? ?\}/#
      )
    else { throw bad("has the header \(header.prefix(100)), which is not of a plain array") }
    guard let type = types[String(match.2)] else { throw bad("has elements of type \(match.2)") }
    let axes = match.4.split(separator: ",")
      .compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
    guard let shape = Shape(checking: axes) else { throw bad("has an impossible shape \(axes)") }
    let payload = start + Int(length)
    guard data.count - payload == shape.count * type.size else {
      throw bad("of shape \(shape) has \(data.count - payload) bytes of elements")
    }
    let strides =
      match.3 == "True" ? Array(Shape(axes.reversed()).strides.reversed()) : shape.strides
    return StoredTensor(
      path: path, shape: shape, strides: strides, elementOffset: 0, scalarType: type,
      requiresGrad: false,
      storage: Storage(key: path, byteCount: data.count - payload, isBigEndian: match.1 == ">") {
        () throws(CheckpointError) in data[payload...]
      }, file: file)
  }
}
