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

  /// The bytes as numbers that are stored as this processor has them.
  ///
  /// - Parameters:
  ///   - type: of which every pattern of bits is a value.
  ///   - sum: the CRC-32 of the bytes before, which is continued; nil if none is asked for.
  ///   - room: how many more numbers the array may get room for.
  /// - Returns: a copy.
  /// - Throws: ``CheckpointError`` if the file cannot be read, or has become shorter.
  func numbers<Number: FixedPattern>(
    _ type: Number.Type, continuing sum: inout UInt32?, room: Int = 0
  ) throws(CheckpointError) -> [Number] {
    switch source {
    case .file(let file): return try file.read(type, range, sum: &sum, room: room)
    case .memory(let data):
      let bytes = data[range]
      sum = sum.map { crc32(of: bytes.span, after: $0) }
      return Number.decode(bytes)
    }
  }

  /// Copies the bytes, as numbers that are stored as this processor has them, to the beginning of an array.
  ///
  /// - Parameters:
  ///   - numbers: receives them.
  ///   - sum: the CRC-32 of the bytes before, which is continued; nil if none is asked for.
  /// - Throws: ``CheckpointError`` if the file cannot be read, or has become shorter.
  /// - Precondition: the array has so many.
  func copy<Number: FixedPattern>(
    to numbers: inout [Number], continuing sum: inout UInt32?
  ) throws(CheckpointError) {
    switch source {
    case .file(let file): try file.read(range, into: &numbers, sum: &sum)
    case .memory:
      let own = try self.numbers(Number.self, continuing: &sum)
      numbers.replaceSubrange(0..<own.count, with: own)
    }
  }

  /// A copy of the bytes.
  ///
  /// - Throws: ``CheckpointError`` if the file cannot be read, or has become shorter.
  func bytes() throws(CheckpointError) -> [UInt8] {
    var sum: UInt32?
    return try numbers(UInt8.self, continuing: &sum)
  }

  /// The CRC-32 of the bytes, read piece by piece.
  ///
  /// - Throws: ``CheckpointError`` if the file cannot be read, or has become shorter.
  func checksum() throws(CheckpointError) -> UInt32 {
    var sum: UInt32 = 0
    try forEachPiece { sum = crc32(of: $0.span, after: sum) }
    return sum
  }

  /// Shows all bytes, a piece that fits in a cache at a time.
  ///
  /// - Throws: ``CheckpointError`` where the file cannot be read, or has become shorter.
  func forEachPiece(_ body: ([UInt8]) -> Void) throws(CheckpointError) {
    for start in stride(from: 0, to: count, by: FileContents.piece) {
      body(try self[start..<min(start + FileContents.piece, count)].bytes())
    }
  }

  /// Large enough that the calls of the system do not count, small enough for a cache.
  static let piece = 1 << 17
}
