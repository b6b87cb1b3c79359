// MARK: - Words and numbers

extension JSONParser {
  /// Reads `true`, `false` or `null`.
  package mutating func word(_ word: String) throws(JSONError) {
    _ = peek()
    guard text[offset...].starts(with: word.utf8) else { throw unexpected(word) }
    try count()
    offset += word.utf8.count
  }

  /// Reads an integer that is written as such and fits into 64 bits.
  package mutating func integer() throws(JSONError) -> Int {
    _ = peek()
    let start = offset
    guard offset < text.count, text[offset] == UInt8(ascii: "-") || isDigit,
      case (let digits, let isInteger) = try digits(), isInteger, let integer = Int(digits)
    else { throw unexpected("an integer", at: start) }
    return integer
  }

  /// Reads a number.
  ///
  /// An integer beyond 64 bits becomes the nearest double, and so does minus zero.
  package mutating func number() throws(JSONError) -> PlainValue {
    _ = peek()
    let start = offset
    if let integer = try smallInteger() { return .int(integer) }
    let (digits, isInteger) = try digits()
    if isInteger, digits != "-0", let integer = Int(digits) { return .int(integer) }
    guard let double = Double(digits), double.isFinite else { throw error(.range, at: start) }
    return .double(double)
  }

  private var isDigit: Bool { offset < text.count && (0x30...0x39).contains(text[offset]) }

  /// Reads a number of a few digits and nothing else, as most are; nil, and nothing read, for others.
  private mutating func smallInteger() throws(JSONError) -> Int? {
    var (end, integer) = (offset, 0)
    while end < text.count, end - offset < 18, (0x30...0x39).contains(text[end]) {
      integer = 10 * integer + Int(text[end] - 0x30)
      end += 1
    }
    guard end > offset, text[offset] != 0x30 || end == offset + 1 else { return nil }
    if end < text.count {
      switch text[end] {
      case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), 0x30...0x39: return nil
      default: break
      }
    }
    guard end - offset <= limits.digits else { return nil }
    try count()
    offset = end
    return integer
  }

  /// The characters of a number, and whether it has neither a point nor an exponent.
  private mutating func digits() throws(JSONError) -> (String, isInteger: Bool) {
    try count()
    let start = offset
    var isInteger = true
    skip("-")
    if skip("0") {
      guard !isDigit else { throw unexpected("a number without leading zeros") }
    } else {
      try skipDigits()
    }
    if skip(".") {
      isInteger = false
      try skipDigits()
    }
    if skip("e") || skip("E") {
      isInteger = false
      if !skip("+") { skip("-") }
      try skipDigits()
    }
    guard offset - start <= limits.digits else {
      throw error(.digits(limit: limits.digits), at: start)
    }
    return (String(decoding: text[start..<offset], as: UTF8.self), isInteger)
  }

  @discardableResult
  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard offset < text.count, text[offset] == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  private mutating func skipDigits() throws(JSONError) {
    guard isDigit else { throw unexpected("a digit") }
    while isDigit { offset += 1 }
  }
}

// MARK: - Strings

extension JSONParser {
  /// Reads a string.
  package mutating func string() throws(JSONError) -> String {
    try take("\"")
    try count()
    let start = offset
    var bytes: [UInt8] = []
    var run = offset
    // Whether a byte has the highest bit, as those of all characters beyond ASCII.
    var bits: UInt8 = 0
    while offset < text.count, text[offset] != UInt8(ascii: "\"") {
      let byte = text[offset]
      guard byte >= 0x20 else { throw unexpected("a text without control characters") }
      bits |= byte
      if byte == UInt8(ascii: "\\") {
        bytes += text[run..<offset]
        offset += 1
        try appendEscaped(to: &bytes)
        run = offset
      } else {
        offset += 1
      }
    }
    let rest = text[run..<offset]
    let string: String?
    if !bytes.isEmpty {
      bytes += rest
      string = String(validating: bytes, as: UTF8.self)
    } else if bits < 0x80 {
      // Of ASCII nothing needs to be validated.
      string = String(decoding: rest, as: UTF8.self)
    } else {
      string = String(validating: rest, as: UTF8.self)
    }
    try take("\"")
    guard let string else { throw error(.encoding, at: start) }
    return string
  }

  private mutating func appendEscaped(to bytes: inout [UInt8]) throws(JSONError) {
    let code = offset < text.count ? text[offset] : 0
    switch code {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(code)
    case UInt8(ascii: "b"): bytes.append(8)
    case UInt8(ascii: "f"): bytes.append(12)
    case UInt8(ascii: "n"): bytes.append(10)
    case UInt8(ascii: "r"): bytes.append(13)
    case UInt8(ascii: "t"): bytes.append(9)
    case UInt8(ascii: "u"):
      offset += 1
      var units = [try codeUnit()]
      if UTF16.isLeadSurrogate(units[0]), text[offset...].starts(with: "\\u".utf8) {
        offset += 2
        units.append(try codeUnit())
      }
      guard let text = String(validating: units, as: UTF16.self) else {
        throw unexpected("the other half of a surrogate")
      }
      bytes += text.utf8
      return
    default: throw unexpected("an escape")
    }
    offset += 1
  }

  private mutating func codeUnit() throws(JSONError) -> UInt16 {
    let digits = text[offset...].prefix(4)
    guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw unexpected("four hexadecimal digits") }
    offset += 4
    return unit
  }
}
