import Foundation
import Tensors

/// Reads arrays of numpy: a magic word, a header that is a Python dict, and the elements.
///
///     93 "NUMPY" 01 00    version 1.0
///     76 00               118 bytes of header
///     {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }    and spaces
///     the elements
enum NumpyReader {
  /// The element types by the letters of numpy.
  static let types: [String: ScalarType] = [
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
        try tensor(of: data, path: String(entry.name.dropLast(4)), file: file, limits: limits))
    }
    return tensors
  }

  /// The array of an `.npy` file.
  static func tensor(
    of data: Data, path: String, file: String, limits: Limits
  ) throws(CheckpointError) -> StoredTensor {
    let entry = path.isEmpty ? "header" : path
    func bad(_ message: String, _ code: CheckpointError.Code = .malformed) -> CheckpointError {
      CheckpointError(code, message, entry: entry)
    }
    var reader = ByteReader(data, entry: entry)
    guard try reader.take(6) == FileKind.numpyMagic else { throw bad("is no array of numpy") }
    let version = try reader.byte()
    try reader.skip(1)
    guard (1...3).contains(version) else {
      throw bad("is version \(version) of the format, expected 1 to 3", .unsupported)
    }
    let length = try reader.length(version == 1 ? 2 : 4)
    guard length <= limits.headerBytes else {
      throw bad("has a header of \(length) bytes", .limit)
    }
    let header = String(decoding: try reader.take(length), as: UTF8.self)
    // numpy writes the header in this order and no other.
    guard
      let match = header.wholeMatch(
        of:
          #/\{'descr': '([<>|=]?)([a-z][0-9]+)', 'fortran_order': (True|False), 'shape': \(([0-9, ]*)\),? ?\}\s*/#
      )
    else {
      throw bad("has the header \(header.quoted), which is not of a plain array", .unsupported)
    }
    guard let type = types[String(match.2)] else {
      throw bad("has elements of type \(match.2), which is not read", .unsupported)
    }
    let parts = match.4.split(separator: ",", omittingEmptySubsequences: true)
      .map { Int($0.trimmingCharacters(in: .whitespaces)) }
    guard !parts.contains(nil), parts.count <= limits.axes,
      let shape = Shape(checking: parts.compactMap(\.self))
    else { throw bad("has the impossible shape (\(match.4))") }
    let (needed, overflow) = shape.count.multipliedReportingOverflow(by: type.size)
    guard !overflow, reader.left == needed else {
      throw bad(
        "has shape \(shape) of \(type.name) and \(reader.left) bytes of elements; the file is "
          + "damaged or truncated")
    }
    let payload = data[(data.startIndex + reader.offset)...]
    let strides =
      match.3 == "True"
      ? Array(Shape(Array(shape.axes.reversed())).strides.reversed()) : shape.strides
    let storage = Storage(key: path, byteCount: payload.count, isBigEndian: match.1 == ">") {
      () throws(CheckpointError) in payload
    }
    return StoredTensor(
      path: path, shape: shape, strides: strides, scalarType: type,
      contents: .strided(storage, StoredTensor.Signs()), file: file)
  }
}
