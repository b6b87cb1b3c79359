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

  /// The most bytes of a header; numpy itself reads no more than 10,000.
  private static let headerBytes = 65_535

  /// The arrays of an `.npz` file; of each only the header is read.
  static func tensors(
    of archive: ZipArchive, file: String, fileSize: Int, limits: Limits
  ) throws(CheckpointError) -> [StoredTensor] {
    let limit = limits.tensorBytes(fileSize: fileSize)
    var tensors: [StoredTensor] = []
    for entry in archive.entries {
      let path = String(entry.name.dropLast(4))
      let start = try start(of: entry, in: archive, limit)
      let header = try header(of: start, size: entry.size, path: path, limits: limits)
      let storage: Storage
      if entry.isDeflated {
        storage = Storage(
          key: path, byteCount: entry.size - header.length, isBigEndian: header.isBigEndian
        ) { () throws(CheckpointError) in
          Array(try archive.inflated(entry, limit: limit)[header.length...])
        }
      } else {
        let (before, elements) = (start.prefix(header.length), start.from(header.length))
        storage = Storage(
          key: path, elements, isBigEndian: header.isBigEndian, name: entry.name,
          crc: try entry.knownCRC.map { whole throws(CheckpointError) in
            crc32(ofLast: elements.count, of: whole, after: try before.checksum())
          })
      }
      tensors.append(tensor(path, header, storage, file))
    }
    return tensors
  }

  /// All bytes of an entry that is stored as it is; else as many as the header has.
  private static func start(
    of entry: ZipArchive.Entry, in archive: ZipArchive, _ limit: Int
  ) throws(CheckpointError) -> FileContents {
    guard entry.isDeflated else { return archive.payload(of: entry) }
    let count = min(entry.size, 12 + headerBytes)
    return FileContents(try archive.start(of: entry, count: count, limit: limit))
  }

  /// The array of an `.npy` file.
  static func tensor(
    of contents: FileContents, file: String, limits: Limits
  ) throws(CheckpointError) -> StoredTensor {
    let header = try header(of: contents, size: contents.count, path: "", limits: limits)
    let storage = Storage(
      key: "", contents.from(header.length), isBigEndian: header.isBigEndian, name: "elements")
    return tensor("", header, storage, file)
  }

  private static func tensor(
    _ path: String, _ header: Header, _ storage: Storage, _ file: String
  ) -> StoredTensor {
    StoredTensor(
      path: path, shape: header.shape, strides: header.strides, scalarType: header.scalarType,
      contents: .strided(storage, StoredTensor.Signs()), file: file)
  }

  /// What is in front of the elements.
  private struct Header {
    var shape: Shape
    var strides: [Int]
    var scalarType: ScalarType
    var isBigEndian: Bool
    /// The number of bytes.
    var length: Int
  }

  /// Reads the header of an array that has `size` bytes with it, of which the first are given.
  private static func header(
    of contents: FileContents, size: Int, path: String, limits: Limits
  ) throws(CheckpointError) -> Header {
    let entry = path.isEmpty ? "header" : path
    func bad(_ message: String, _ code: CheckpointError.Code = .malformed) -> CheckpointError {
      CheckpointError(code, message, entry: entry)
    }
    var reader = ByteReader(contents, entry: entry)
    guard try reader.take(6) == FileKind.numpyMagic else { throw bad("is no array of numpy") }
    let version = try reader.byte()
    try reader.skip(1)
    guard (1...3).contains(version) else {
      throw bad("is version \(version) of the format, expected 1 to 3", .unsupported)
    }
    let declared = try reader.unsigned(version == 1 ? 2 : 4)
    guard let length = Int(exactly: declared), length <= headerBytes else {
      throw bad("has a header of \(declared) bytes, more than \(headerBytes)", .limit)
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
    let left = size - reader.offset
    guard !overflow, left == needed else {
      throw bad(
        "has shape \(shape) of \(type.name) and \(left) bytes of elements; the file is damaged or "
          + "truncated")
    }
    let strides =
      match.3 == "True"
      ? Array(Shape(Array(shape.axes.reversed())).strides.reversed()) : shape.strides
    return Header(
      shape: shape, strides: strides, scalarType: type, isBigEndian: match.1 == ">",
      length: reader.offset)
  }
}
