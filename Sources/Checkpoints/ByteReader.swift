import Foundation

/// Reads bytes of unknown origin one after the other; the only cursor over raw bytes.
///
/// Every length is compared with what is left before it is used. A part of the bytes is copied
/// ahead, so that reading from a mapped file touches no more of it than is read.
struct ByteReader {
  private let bytes: Data
  private let entry: String
  private var window: [UInt8] = []
  private var windowStart = 0

  /// Where the next byte is read, counted from the first.
  private(set) var offset = 0

  /// Where the bytes end.
  let count: Int

  /// An end on the way that nothing may reach across: the end of a frame.
  var fence: Int?

  init(_ bytes: Data, entry: String) {
    self.bytes = bytes
    self.entry = entry
    count = bytes.count
  }

  /// The number of bytes that are left.
  var left: Int { count - offset }

  /// The next byte.
  mutating func byte() throws(CheckpointError) -> UInt8 {
    try need(1)
    defer { offset += 1 }
    let index = offset - windowStart
    if index < window.count { return window[index] }
    return refill()
  }

  /// The next `length` bytes.
  mutating func take(_ length: Int) throws(CheckpointError) -> [UInt8] {
    try need(length)
    defer { offset += length }
    let index = offset - windowStart
    if index + length <= window.count { return [UInt8](window[index..<index + length]) }
    return [UInt8](bytes[bytes.startIndex + offset..<bytes.startIndex + offset + length])
  }

  /// Passes over `length` bytes.
  mutating func skip(_ length: Int) throws(CheckpointError) {
    try need(length)
    offset += length
    if offset - windowStart > window.count { (window, windowStart) = ([], offset) }
  }

  /// The next bytes as an unsigned number, the lowest byte first.
  mutating func unsigned(_ width: Int) throws(CheckpointError) -> UInt64 {
    try need(width)
    var value: UInt64 = 0
    for index in 0..<width { value |= UInt64(try byte()) << (8 * UInt64(index)) }
    return value
  }

  /// The next bytes as the length of what follows it.
  mutating func length(_ width: Int) throws(CheckpointError) -> Int {
    let start = offset
    let value = try unsigned(width)
    let left = (fence ?? count) - offset
    guard let length = Int(exactly: value), length <= left else {
      throw CheckpointError(
        .truncated, "says that \(value) bytes follow, and \(left) are left", entry: entry,
        offset: start)
    }
    return length
  }

  /// The bytes up to the next line feed, which is read as well.
  mutating func line(limit: Int) throws(CheckpointError) -> [UInt8] {
    let start = offset
    var line: [UInt8] = []
    while true {
      guard offset < count else {
        throw CheckpointError(.truncated, "a line has no end", entry: entry, offset: start)
      }
      let next = try byte()
      if next == 10 { return line }
      guard line.count < limit else {
        throw CheckpointError(
          .limit, "a line is longer than \(limit) bytes", entry: entry, offset: start)
      }
      line.append(next)
    }
  }

  /// Copies the next bytes ahead and gives the first; there is at least one.
  private mutating func refill() -> UInt8 {
    let start = bytes.startIndex + offset
    window = [UInt8](bytes[start..<min(start + 4096, bytes.endIndex)])
    windowStart = offset
    return window[0]
  }

  private func need(_ length: Int) throws(CheckpointError) {
    guard length >= 0, length <= left else {
      throw CheckpointError(
        .truncated, "needs \(length) bytes, and \(left) are left", entry: entry, offset: offset)
    }
    if let fence, length > fence - offset {
      throw CheckpointError(
        .malformed, "reaches across the end of its frame at byte \(fence)", entry: entry,
        offset: offset)
    }
  }
}
