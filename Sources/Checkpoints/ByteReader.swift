import Foundation

/// Reads bytes of unknown origin one after the other; the only place that indexes them.
///
/// Every length is compared with what is left before it is used.
struct ByteReader {
  private let bytes: [UInt8]
  private let entry: String

  /// Where the next byte is read.
  private(set) var offset = 0

  init(_ bytes: [UInt8], entry: String) {
    self.bytes = bytes
    self.entry = entry
  }

  /// The number of bytes that are left.
  var left: Int { bytes.count - offset }

  /// The next byte.
  mutating func byte() throws(CheckpointError) -> UInt8 {
    try need(1)
    offset += 1
    return bytes[offset - 1]
  }

  /// The next `count` bytes.
  mutating func take(_ count: Int) throws(CheckpointError) -> ArraySlice<UInt8> {
    try need(count)
    offset += count
    return bytes[offset - count..<offset]
  }

  /// The next bytes as an unsigned number, the lowest byte first.
  mutating func unsigned(_ width: Int) throws(CheckpointError) -> UInt64 {
    var value: UInt64 = 0
    for (index, byte) in try take(width).enumerated() { value |= UInt64(byte) << (8 * index) }
    return value
  }

  /// The next bytes as a length that fits in memory.
  mutating func length(_ width: Int) throws(CheckpointError) -> Int {
    let start = offset
    let value = try unsigned(width)
    guard let length = Int(exactly: value), length <= left else {
      throw CheckpointError(
        .truncated, "says that \(value) bytes follow, and \(left) are left", entry: entry,
        offset: start)
    }
    return length
  }

  /// The bytes up to the next line feed, which is read as well.
  mutating func line(limit: Int) throws(CheckpointError) -> ArraySlice<UInt8> {
    let end = bytes[offset...].prefix(limit + 1).firstIndex(of: 10)
    guard let end else {
      throw CheckpointError(
        left > limit ? .limit : .truncated, "a line has no end within \(limit) bytes",
        entry: entry, offset: offset)
    }
    defer { offset = end + 1 }
    return bytes[offset..<end]
  }

  private func need(_ count: Int) throws(CheckpointError) {
    guard count >= 0, count <= left else {
      throw CheckpointError(
        .truncated, "needs \(count) bytes, and \(left) are left", entry: entry, offset: offset)
    }
  }
}
