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

  /// Enough of an entry for the header of its array.
  private static let headerLength = 1 << 16

  /// The arrays of an `.npz` file; those of no numbers are listed, and say why they have no values.
  static func tensors(
    of archive: ZipArchive, file: String, limits: Limits
  ) throws(CheckpointError) -> [StoredTensor] {
    var tensors: [StoredTensor] = []
    for entry in archive.entries {
      let path = String(entry.name.dropLast(4))
      let start = try archive.start(of: entry, count: headerLength)
      var array = try Array(start, path: path, size: entry.size, limits)
      array.bytes = { () throws(CheckpointError) in
        try archive.bytes(of: entry, limit: limits.tensorBytes)
      }
      tensors.append(array.tensor(path, file))
    }
    return tensors
  }

  /// The array of an `.npy` file.
  ///
  /// - Throws: ``CheckpointError`` where header and bytes do not fit each other, or there are no numbers.
  static func tensor(
    of data: Data, file: String, limits: Limits
  ) throws(CheckpointError) -> StoredTensor {
    var array = try Array(data, path: "header", size: data.count, limits)
    if let reason = array.reason { throw CheckpointError(.unsupported, reason, entry: "header") }
    array.bytes = { () throws(CheckpointError) in data }
    return array.tensor("", file)
  }
}

extension NumpyReader {
  /// An array whose header was read.
  private struct Array {
    var shape: Shape
    var type: ScalarType
    /// Why there are no numbers; nil where there are.
    var reason: String?
    /// All bytes of the file, the header included.
    var bytes: @Sendable () throws(CheckpointError) -> Data = { () throws(CheckpointError) in Data()
    }
    private var header: NumpyHeader
    private var offset: Int
    private var byteCount: Int

    /// Reads the header at the start of a file of `size` bytes.
    init(
      _ start: Data, path: String, size: Int, _ limits: Limits
    ) throws(CheckpointError) {
      func bad(_ message: String, _ code: CheckpointError.Code = .malformed) -> CheckpointError {
        CheckpointError(code, message, entry: path)
      }
      var reader = ByteReader(start, entry: path)
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
      let text = String(decoding: try reader.take(length), as: UTF8.self)
      guard let header = NumpyHeader(text) else {
        throw bad(
          "has the header \(text.trimmingCharacters(in: .whitespacesAndNewlines).quoted), expected a "
            + "dict of 'descr', 'fortran_order' and 'shape'; the file is damaged, get it again")
      }
      guard header.axes.count <= limits.axes, let shape = Shape(checking: header.axes) else {
        throw bad("has the impossible shape \(header.axes)")
      }
      (self.header, self.shape, offset) = (header, shape, reader.offset)
      byteCount = size - reader.offset
      let code = header.descr.drop { "<>|=".contains($0) }
      guard let type = types[String(code)], header.descr.count - code.count <= 1 else {
        (self.type, reason) = (.other, NumpyHeader.explanation(header.descr))
        return
      }
      self.type = type
      let (needed, overflow) = shape.count.multipliedReportingOverflow(by: type.size)
      guard !overflow, byteCount == needed else {
        throw bad(
          "has shape \(shape) of \(type.name) and \(byteCount) bytes of elements"
            + (overflow || byteCount < needed
              ? "; the file is damaged or truncated"
              : ", expected \(needed); a file of several arrays is written with numpy.savez"))
      }
    }

    func tensor(_ path: String, _ file: String) -> StoredTensor {
      if let reason {
        return StoredTensor(
          path: path, shape: shape, strides: shape.strides, scalarType: .other,
          contents: .absent(reason: reason), file: file)
      }
      let (bytes, offset) = (bytes, offset)
      let storage = Storage(
        key: path, byteCount: byteCount, isBigEndian: header.descr.hasPrefix(">")
      ) { () throws(CheckpointError) in try bytes().dropFirst(offset) }
      let strides =
        header.isFortran
        ? Shape(shape.axes.reversed()).strides.reversed() : shape.strides
      return StoredTensor(
        path: path, shape: shape, strides: strides, scalarType: type,
        contents: .strided(storage, StoredTensor.Signs()), file: file)
    }
  }
}
