/// How much JSON may ask for before it is refused.
package struct JSONLimits: Hashable, Sendable {
  /// How deeply lists and objects lie in each other.
  package var depth: Int
  /// The number of values: everything in lists and objects, and these themselves.
  package var values: Int
  /// The characters of one number.
  package var digits: Int

  /// Makes limits.
  package init(depth: Int = 512, values: Int = 1 << 18, digits: Int = 4096) {
    (self.depth, self.values, self.digits) = (depth, values, digits)
  }
}

/// Reads JSON (RFC 8259) from bytes, and nothing that is not JSON.
///
/// It is asked for what the caller expects, value by value, so that a format with a fixed structure
/// needs no tree in memory; ``PlainValue/init(json:limits:)`` makes a tree of any value. The parser
/// is strict: keys of an object differ (in their bytes), strings are UTF-8 and have no control
/// characters, surrogates come in pairs, numbers have no leading zeros. A byte order mark before the
/// value is skipped.
package struct JSONParser {
  let text: [UInt8]
  let limits: JSONLimits
  private var depth = 0
  private var values = 0
  /// Where the keys stand that objects have so far, those of outer ones first.
  var places: [Int] = []

  /// The number of bytes that are read.
  package internal(set) var offset = 0

  /// Begins to read.
  ///
  /// - Throws: ``JSONError`` where the text is not UTF-8 from its first bytes on.
  package init(_ text: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) {
    self.text = text
    self.limits = limits
    if text.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
    let isWide = text.starts(with: [0xFE, 0xFF]) || text.starts(with: [0xFF, 0xFE])
    guard !isWide, !text.prefix(2).contains(0) else { throw error(.wideEncoding) }
  }

  /// Demands that nothing but space follows.
  package mutating func finish() throws(JSONError) {
    guard peek() == nil else { throw error(.trailing) }
  }

  /// The next byte that is not space; nil at the end.
  package mutating func peek() -> UInt8? {
    while offset < text.count {
      switch text[offset] {
      case 0x20, 0x09, 0x0A, 0x0D: offset += 1
      case let byte: return byte
      }
    }
    return nil
  }

  func error(_ problem: JSONError.Problem, at offset: Int? = nil) -> JSONError {
    JSONError(problem: problem, place: .init(offset ?? self.offset, in: text))
  }

  func unexpected(_ expected: String, at offset: Int? = nil) -> JSONError {
    let place = offset ?? self.offset
    let byte = place < text.count ? text[place] : nil
    return error(.unexpected(byte, expected: expected), at: place)
  }

  func duplicate(_ key: String, at place: Int, first: Int) -> JSONError {
    error(.duplicate(key: key, first: JSONError.Place(first, in: text)), at: place)
  }

  mutating func take(_ character: Unicode.Scalar) throws(JSONError) {
    guard peek() == UInt8(ascii: character) else { throw unexpected("'\(character)'") }
    offset += 1
  }

  mutating func count() throws(JSONError) {
    values += 1
    guard values <= limits.values else { throw error(.count(limit: limits.values)) }
  }
}

// MARK: - Objects and lists

extension JSONParser {
  /// Reads an object; the closure reads the value of each member.
  ///
  /// It gets the member's name, and the number of bytes before that.
  package mutating func members(
    _ value: (inout JSONParser, _ name: String, _ place: Int) throws(JSONError) -> Void
  ) throws(JSONError) {
    var seen = SeenKeys()
    try items("{", "}") { (parser) throws(JSONError) in
      _ = parser.peek()
      let place = parser.offset
      let name = try parser.string()
      if let first = seen.insert(name, at: place) {
        throw parser.duplicate(name, at: place, first: first)
      }
      try parser.take(":")
      try value(&parser, name, place)
    }
  }

  /// Reads a list; the closure reads each element.
  package mutating func elements(
    _ value: (inout JSONParser) throws(JSONError) -> Void
  ) throws(JSONError) { try items("[", "]", value) }

  mutating func items(
    _ open: Unicode.Scalar, _ close: Unicode.Scalar,
    _ item: (inout JSONParser) throws(JSONError) -> Void
  ) throws(JSONError) {
    try take(open)
    try count()
    guard depth < limits.depth else { throw error(.depth(limit: limits.depth)) }
    depth += 1
    if peek() != UInt8(ascii: close) {
      try item(&self)
      while peek() == UInt8(ascii: ",") {
        offset += 1
        try item(&self)
      }
    }
    try take(close)
    depth -= 1
  }

  /// The keys of one object and where they stand; few are searched faster than hashed.
  private struct SeenKeys {
    private var few: [(key: String, place: Int)] = []
    private var many: [[UInt8]: Int] = [:]

    /// - Returns: where the key stands already, if it does.
    mutating func insert(_ key: String, at place: Int) -> Int? {
      if many.isEmpty {
        for (other, first) in few where other.utf8.elementsEqual(key.utf8) { return first }
        few.append((key, place))
        if few.count > 8 {
          for (key, place) in few { many[Array(key.utf8)] = place }
          few = []
        }
        return nil
      }
      let bytes = Array(key.utf8)
      if let first = many[bytes] { return first }
      many[bytes] = place
      return nil
    }
  }
}
