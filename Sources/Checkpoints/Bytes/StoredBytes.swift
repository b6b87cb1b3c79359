/// Bytes of a file that are stored as they are.
struct StoredBytes: Sendable {
  /// What they are called in messages.
  let name: String
  let contents: FileContents
  /// The CRC-32 that all of them must have; nil if the file does not say.
  let crc: UInt32?

  /// A reader from the first byte on.
  var reader: CheckedReader { CheckedReader(self) }

  /// Compares all bytes with their checksum, if there is one, without keeping any.
  ///
  /// - Throws: ``CheckpointError`` if they are damaged or cannot be read.
  func check() throws(CheckpointError) {
    guard crc != nil else { return }
    var reader = reader
    while reader.left > 0 { _ = try reader.next(min(reader.left, FileContents.piece)) }
  }
}

/// Reads bytes one piece after the other, continues their CRC-32, and compares it with the last piece.
///
/// Whoever reads stored bytes reads them by this, so that none are used whose checksum was forgotten:
///
/// ```swift
/// var reader = stored.reader
/// while reader.left > 0 { use(try reader.next(min(reader.left, 1 << 16))) }
/// ```
struct CheckedReader {
  private let stored: StoredBytes
  private var sum: UInt32?

  /// The number of bytes that were read.
  private(set) var offset = 0

  init(_ stored: StoredBytes) {
    self.stored = stored
    sum = stored.crc == nil ? nil : 0
  }

  /// The number of bytes that are left.
  var left: Int { stored.contents.count - offset }

  /// The next bytes.
  ///
  /// - Throws: ``CheckpointError`` if they cannot be read, or are the last and not all are right.
  /// - Precondition: there are so many.
  mutating func next(_ count: Int) throws(CheckpointError) -> [UInt8] {
    try next(count, as: UInt8.self)
  }

  /// The next bytes, as numbers that are stored as this processor has them.
  ///
  /// - Parameters:
  ///   - count: how many bytes.
  ///   - type: the type of the numbers.
  ///   - room: how many more numbers the array may get room for.
  /// - Returns: the numbers.
  /// - Throws: ``CheckpointError`` if they cannot be read, or are the last and not all are right.
  /// - Precondition: there are so many, and they are whole numbers.
  mutating func next<Number: FixedPattern>(
    _ count: Int, as type: Number.Type, room: Int = 0
  ) throws(CheckpointError) -> [Number] {
    let numbers = try stored.contents[offset..<offset + count]
      .numbers(type, continuing: &sum, room: room)
    try pass(count)
    return numbers
  }

  /// Copies the next bytes, as numbers that are stored as this processor has them, to the beginning of an array.
  ///
  /// - Parameters:
  ///   - count: how many bytes.
  ///   - numbers: receives the numbers.
  /// - Throws: ``CheckpointError`` if they cannot be read, or are the last and not all are right.
  /// - Precondition: there are so many, they are whole numbers, and the array has as many.
  mutating func copy<Number: FixedPattern>(
    _ count: Int, to numbers: inout [Number]
  ) throws(CheckpointError) {
    try stored.contents[offset..<offset + count].copy(to: &numbers, continuing: &sum)
    try pass(count)
  }

  /// Counts bytes that were read, and compares the sum of all with what it has to be.
  private mutating func pass(_ count: Int) throws(CheckpointError) {
    offset += count
    if left == 0, let sum, let crc = stored.crc, sum != crc {
      throw .checksum(sum, expected: crc, entry: stored.name)
    }
  }

  /// All bytes that are left.
  ///
  /// - Throws: ``CheckpointError`` if they cannot be read, or are damaged.
  mutating func rest() throws(CheckpointError) -> [UInt8] { try next(left) }
}
