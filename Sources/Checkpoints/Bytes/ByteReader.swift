/// Reads bytes of unknown origin one after the other; the only cursor over raw bytes.
///
/// Every length is compared with what is left before it is used. A part of the bytes is read ahead;
/// of a large file, no more than that is in memory.
struct ByteReader {
  private let bytes: FileContents
  private let entry: String
  private var window: [UInt8] = []
  private var windowStart = 0

  /// Where the next byte is read, counted from the first.
  private(set) var offset = 0

  /// Where the bytes end.
  let count: Int

  /// An end on the way that nothing may reach across: the end of a frame.
  var fence: Int?

  init(_ bytes: FileContents, entry: String) {
    self.bytes = bytes
    self.entry = entry
    count = bytes.count
  }

  /// The number of bytes that are left.
  var left: Int { count - offset }

  /// The next byte.
  mutating func byte() throws(CheckpointError) -> UInt8 {
    try need(1)
    if offset - windowStart >= window.count { try refill() }
    defer { offset += 1 }
    return window[offset - windowStart]
  }

  /// The next `length` bytes.
  mutating func take(_ length: Int) throws(CheckpointError) -> [UInt8] {
    try need(length)
    if offset + length > windowStart + window.count, length <= ByteReader.length { try refill() }
    let index = offset - windowStart
    let taken =
      index + length <= window.count
      ? [UInt8](window[index..<index + length]) : try bytes[offset..<offset + length].bytes()
    offset += length
    return taken
  }

  /// The next `length` bytes as a text; nil where they are not UTF-8.
  mutating func text(_ length: Int) throws(CheckpointError) -> String? {
    try need(length)
    if offset + length > windowStart + window.count, length <= ByteReader.length { try refill() }
    let index = offset - windowStart
    guard index + length <= window.count else {
      return String(validating: try take(length), as: UTF8.self)
    }
    offset += length
    // Where it lies, since a pickle can have millions of them.
    return String(validating: window[index..<index + length], as: UTF8.self)
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
      throw CheckpointError(ByteFinding.length(value, left: left), entry: entry, offset: start)
    }
    return length
  }

  /// The bytes up to the next line feed, which is read as well.
  mutating func line(limit: Int) throws(CheckpointError) -> [UInt8] {
    let start = offset
    var line: [UInt8] = []
    while true {
      guard offset < count else {
        throw CheckpointError(ByteFinding.openLine, entry: entry, offset: start)
      }
      let next = try byte()
      if next == 10 { return line }
      guard line.count < limit else {
        throw CheckpointError(ByteFinding.longLine(limit: limit), entry: entry, offset: start)
      }
      line.append(next)
    }
  }

  /// How many bytes are read ahead.
  private static let length = 4096

  /// Reads the next bytes ahead, as many as there are.
  private mutating func refill() throws(CheckpointError) {
    window = try bytes[offset..<min(offset + ByteReader.length, count)].bytes()
    windowStart = offset
  }

  private func need(_ length: Int) throws(CheckpointError) {
    guard length >= 0, length <= left else {
      throw CheckpointError(ByteFinding.missing(length, left: left), entry: entry, offset: offset)
    }
    if let fence, length > fence - offset {
      throw CheckpointError(ByteFinding.frame(end: fence), entry: entry, offset: offset)
    }
  }
}
