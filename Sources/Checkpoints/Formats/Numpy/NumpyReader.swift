import Foundation
import Tensors

/// Reads arrays of numpy: a magic word, a header that is a Python dict, and the elements.
///
///     93 "NUMPY" 01 00    version 1.0
///     76 00               118 bytes of header
///     {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }    and spaces
///     the elements
enum NumpyReader {
  /// The most bytes of a header; numpy itself reads no more than 10,000.
  private static let headerBytes = 65_535

  /// The arrays of an `.npz` file; of each only the header is read, and those of no numbers say why they
  /// have no values.
  static func tensors(
    of archive: ZipArchive, file: String, fileSize: Int, limits: Limits
  ) throws(CheckpointError) -> [StoredTensor] {
    let limit = limits.tensorBytes(fileSize: fileSize)
    guard archive.entries.count <= limits.tensors(fileSize: fileSize) else {
      throw CheckpointError(
        NumpyFinding.arrays(archive.entries.count, limit: limits.tensors(fileSize: fileSize)))
    }
    var expansion = Expansion(fileSize: fileSize, limits: limits)
    var tensors: [StoredTensor] = []
    for entry in archive.entries {
      let path = String(entry.name.dropLast(4))
      let start = try start(of: entry, in: archive, limit)
      let header = try header(of: start, size: entry.size, path: path, limits: limits)
      if let absence = header.absence {
        tensors.append(
          StoredTensor(
            path: path, shape: header.shape, strides: header.strides, scalarType: .other,
            contents: .absent(absence), file: file))
        continue
      }
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
      let tensor = tensor(path, header, storage, file)
      try expansion.add(storage)
      try expansion.add(tensor)
      tensors.append(tensor)
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
  ///
  /// - Throws: ``CheckpointError`` where header and bytes do not fit each other, or there are no numbers.
  static func tensor(
    of contents: FileContents, file: String, limits: Limits
  ) throws(CheckpointError) -> StoredTensor {
    let header = try header(of: contents, size: contents.count, path: "", limits: limits)
    if let absence = header.absence {
      throw CheckpointError(NumpyFinding.absent(absence), entry: "header")
    }
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
    /// Why there are no numbers; nil where there are.
    var absence: TensorAbsence?
  }

  /// Reads the header of an array that has `size` bytes with it, of which the first are given.
  private static func header(
    of contents: FileContents, size: Int, path: String, limits: Limits
  ) throws(CheckpointError) -> Header {
    let entry = path.isEmpty ? "header" : path
    func bad(_ finding: NumpyFinding) -> CheckpointError {
      CheckpointError(finding, entry: entry)
    }
    var reader = ByteReader(contents, entry: entry)
    guard try reader.take(6) == Magic.numpy else { throw bad(.notAnArray) }
    let version = try reader.byte()
    try reader.skip(1)
    guard (1...3).contains(version) else {
      throw bad(.version(version))
    }
    let declared = try reader.unsigned(version == 1 ? 2 : 4)
    guard let length = Int(exactly: declared), length <= headerBytes else {
      throw bad(.headerLength(declared, limit: headerBytes))
    }
    let text = String(decoding: try reader.take(length), as: UTF8.self)
    guard let header = NumpyHeader(text) else {
      throw bad(.header(text.trimmingCharacters(in: .whitespacesAndNewlines).bounded))
    }
    guard header.axes.count <= limits.axes, let shape = Shape(checking: header.axes) else {
      throw bad(.shape(header.axes))
    }
    let strides =
      header.isFortran ? Shape(shape.axes.reversed()).strides.reversed() : shape.strides
    let code = header.descr.drop { "<>|=".contains($0) }
    guard let type = ScalarType.numpyTypes[String(code)], header.descr.count - code.count <= 1
    else {
      return Header(
        shape: shape, strides: strides, scalarType: .other, isBigEndian: false,
        length: reader.offset, absence: .elements(NumpyElements(header.descr)))
    }
    let (needed, overflow) = shape.count.multipliedReportingOverflow(by: type.size)
    let left = size - reader.offset
    guard !overflow, left == needed else {
      throw bad(
        overflow || left < needed
          ? .truncated(shape, type, bytes: left)
          : .behindElements(shape, type, bytes: left, expected: needed))
    }
    return Header(
      shape: shape, strides: strides, scalarType: type, isBigEndian: header.descr.hasPrefix(">"),
      length: reader.offset)
  }
}
