import Foundation

/// A run of bytes of a checkpoint, in a file or in memory.
///
/// Nothing of a file is mapped to memory. What is read is copied, so that a file that gets shorter is an
/// error and not the end of the program, and reading a little of a large file takes little memory.
struct FileContents: Sendable {
  private enum Source {
    case file(OpenFile)
    /// Bytes from index 0.
    case memory(Data)
  }

  private let source: Source
  /// Where the bytes are in the source.
  private let range: Range<Int>

  private init(_ source: Source, _ range: Range<Int>) {
    (self.source, self.range) = (source, range)
  }

  /// All bytes of a file.
  init(_ file: OpenFile) { self.init(.file(file), 0..<file.byteCount) }

  /// Bytes in memory, from index 0.
  init(_ data: Data) { self.init(.memory(data), 0..<data.count) }

  /// Bytes in memory.
  init(_ bytes: [UInt8]) { self.init(Data(bytes)) }

  var count: Int { range.count }

  /// A part, with offsets of its own.
  ///
  /// - Precondition: there are so many bytes.
  subscript(part: Range<Int>) -> FileContents {
    precondition(part.lowerBound >= 0 && part.upperBound <= count, "a part beyond the end")
    let start = range.lowerBound + part.lowerBound
    return FileContents(source, start..<start + part.count)
  }

  /// What is left from an offset on.
  func from(_ offset: Int) -> FileContents { self[offset..<count] }

  /// The first bytes, or all where there are fewer.
  func prefix(_ limit: Int) -> FileContents { self[0..<min(limit, count)] }

  /// A copy of the bytes; where the bytes before them have the CRC-32 `sum`, it is continued.
  ///
  /// - Throws: ``CheckpointError`` where the file cannot be read, or has become shorter.
  func bytes(continuing sum: inout UInt32?) throws(CheckpointError) -> [UInt8] {
    switch source {
    case .file(let file): return try file.read(UInt8.self, range, sum: &sum)
    case .memory(let data):
      let bytes = data[range]
      sum = sum.map { crc32(of: bytes.span, after: $0) }
      return [UInt8](bytes)
    }
  }

  /// A copy of the bytes.
  ///
  /// - Throws: ``CheckpointError`` where the file cannot be read, or has become shorter.
  func bytes() throws(CheckpointError) -> [UInt8] {
    var sum: UInt32?
    return try bytes(continuing: &sum)
  }

  /// The CRC-32 of the bytes, read piece by piece.
  ///
  /// - Throws: ``CheckpointError`` where the file cannot be read, or has become shorter.
  func checksum() throws(CheckpointError) -> UInt32 {
    if case .memory(let data) = source { return crc32(of: data[range].span) }
    var sum: UInt32? = 0
    for start in stride(from: 0, to: count, by: FileContents.piece) {
      _ = try self[start..<min(start + FileContents.piece, count)].bytes(continuing: &sum)
    }
    return sum ?? 0
  }

  /// Shows all bytes, a piece that fits in a cache at a time.
  ///
  /// - Throws: ``CheckpointError`` where the file cannot be read, or has become shorter.
  func forEachPiece(_ body: ([UInt8]) -> Void) throws(CheckpointError) {
    for start in stride(from: 0, to: count, by: FileContents.piece) {
      body(try self[start..<min(start + FileContents.piece, count)].bytes())
    }
  }

  /// Where in a file the bytes are; nil where they are in memory.
  func place(of name: String, crc: UInt32?) -> FilePlace? {
    guard case .file(let file) = source else { return nil }
    return FilePlace(name: name, file: file, range: range, crc: crc)
  }

  /// Large enough that the calls of the system do not count, small enough for a cache.
  private static let piece = 1 << 17
}

/// Bytes of a file that are stored as they are.
struct FilePlace: Sendable {
  /// What they are called in messages.
  let name: String
  let file: OpenFile
  let range: Range<Int>
  /// The CRC-32 that they have to have; nil where the file does not say.
  let crc: UInt32?
}

/// A part of a file that is looked at in many small places, one behind the other.
struct HeaderWindow {
  private let contents: FileContents
  private var window: FileContents
  private var start = 0

  /// Enough for the end of an entry and the header of the next.
  private static let length = 1024

  init(_ contents: FileContents) {
    self.contents = contents
    window = contents.prefix(0)
  }

  /// The number of bytes of the file.
  var count: Int { contents.count }

  /// A reader of `count` bytes from `offset` on.
  mutating func reader(
    at offset: Int, count: Int, _ name: String
  ) throws(CheckpointError) -> ByteReader {
    guard offset >= 0, count >= 0, offset <= contents.count - count else {
      throw CheckpointError(
        .truncated, "needs \(count) bytes at \(offset), and the file has \(contents.count)",
        entry: name, offset: offset)
    }
    if count > HeaderWindow.length {
      return ByteReader(contents[offset..<offset + count], entry: name)
    }
    if offset < start || offset + count > start + window.count {
      let end = min(offset + HeaderWindow.length, contents.count)
      window = FileContents(try contents[offset..<end].bytes())
      start = offset
    }
    return ByteReader(window[offset - start..<offset - start + count], entry: name)
  }
}
