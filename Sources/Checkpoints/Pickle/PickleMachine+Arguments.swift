// What follows an instruction in the stream.
extension PickleMachine {
  mutating func line() throws(CheckpointError) -> String {
    try text(String(validating: try reader.line(limit: limits.lineBytes), as: UTF8.self))
  }

  /// UTF-8, and nothing that cannot be printed: Python alone writes surrogates.
  func text(_ text: String?) throws(CheckpointError) -> String {
    guard let text else {
      throw bad(.encoding)
    }
    return text
  }

  /// A text behind its length.
  mutating func countedText(_ width: Int) throws(CheckpointError) -> String {
    try text(try reader.text(try reader.length(width)))
  }

  mutating func counted(_ width: Int) throws(CheckpointError) -> [UInt8] {
    try reader.take(try reader.length(width))
  }

  mutating func signedLength() throws(CheckpointError) -> Int {
    let length = Int(Int32(truncatingIfNeeded: try reader.unsigned(4)))
    guard length >= 0 else { throw bad(.length(length)) }
    return length
  }

  mutating func decimalIndex() throws(CheckpointError) -> Int {
    let text = try line()
    guard let index = Int(text), index >= 0, index <= Int(UInt32.max) else {
      throw bad(.memoNumber(text.bounded))
    }
    return index
  }

  mutating func decimal(orBoolean: Bool) throws(CheckpointError) -> ObjectGraph.Node {
    var text = try line()
    if orBoolean, text == "00" || text == "01" { return .bool(text == "01") }
    if text.hasSuffix("L") { text.removeLast() }
    let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
    guard !digits.isEmpty, digits.allSatisfy({ (48...57).contains($0) }) else {
      throw bad(.number(text.bounded))
    }
    return Int(text).map { .int($0) } ?? .largeInteger
  }

  /// A number in two's complement, the lowest byte first.
  mutating func integer(_ count: Int) throws(CheckpointError) -> ObjectGraph.Node {
    guard count <= limits.integerBytes else { throw bad(.integer(bytes: count)) }
    let bytes = try reader.take(count)
    let filler: UInt8 = bytes.last.map { $0 & 0x80 != 0 } ?? false ? 0xFF : 0
    // Leading bytes that only repeat the sign do not make a number large.
    guard bytes.dropFirst(8).allSatisfy({ $0 == filler }),
      bytes.count <= 8 || bytes[7] & 0x80 == filler & 0x80
    else { return .largeInteger }
    var bits: UInt64 = filler == 0 ? 0 : .max
    for byte in bytes.prefix(8).reversed() { bits = bits << 8 | UInt64(byte) }
    return .int(Int(Int64(bitPattern: bits)))
  }

  mutating func decimalFloat() throws(CheckpointError) -> Double {
    let text = try line()
    guard let value = Double(text) else { throw bad(.number(text.bounded)) }
    return value
  }

  mutating func binaryFloat() throws(CheckpointError) -> Double {
    var bits: UInt64 = 0
    for byte in try reader.take(8) { bits = bits << 8 | UInt64(byte) }
    return Double(bitPattern: bits)
  }

  /// A text of Python 2 in quotes, with the escapes of its `repr`.
  mutating func quotedBytes() throws(CheckpointError) -> [UInt8] {
    let bytes = try reader.line(limit: reader.left)
    guard bytes.count >= 2, let quote = bytes.first, bytes.last == quote,
      quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"")
    else { throw bad(.unquoted) }
    guard let text = PickleText.unescaped(bytes.dropFirst().dropLast()) else {
      throw bad(.escape)
    }
    return text
  }

  mutating func escapedText() throws(CheckpointError) -> String {
    guard let text = PickleText.rawUnicode(try reader.line(limit: reader.left)) else {
      throw bad(.escape)
    }
    return text
  }
}
