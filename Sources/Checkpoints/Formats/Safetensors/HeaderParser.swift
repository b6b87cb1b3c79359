/// Reads the JSON of a safetensors header, and nothing that is not JSON.
///
/// The names keep their order and their bytes: two that differ only in how an accent is written are
/// two names. Numbers are integers written as such, so that a size cannot be rounded.
struct HeaderParser {
  /// What the header says about one tensor.
  struct Header {
    var dtype = ""
    var shape: [Int] = []
    var offsets: [Int] = []
  }

  private(set) var tensors: [(name: String, header: Header)] = []
  private(set) var metadata: [String: String] = [:]

  private let text: [UInt8]
  private var place = 0

  /// How deeply a member that nobody asked for may be nested.
  private static let depth = 32
  /// The bytes of the length before the header.
  private static let lengthSize = 8

  /// Reads a header.
  ///
  /// - Throws: ``CheckpointError`` with the byte of the file where it is no JSON, or not of safetensors.
  init(_ text: [UInt8], limits: Limits) throws(CheckpointError) {
    self.text = text
    var names: Set<[UInt8]> = []
    try members { (parser, name) throws(CheckpointError) in
      guard names.insert(Array(name.utf8)).inserted else {
        throw parser.bad("names a tensor twice: \(name.quoted)")
      }
      guard names.count <= limits.tensors else {
        throw parser.bad("has more than \(limits.tensors) tensors", .limit)
      }
      if name == "__metadata__" {
        parser.metadata = try parser.notes()
      } else {
        parser.tensors.append((name, try parser.header(of: name)))
      }
    }
    skipSpace()
    guard place == text.count else { throw bad("has something behind its last brace") }
  }

  private func bad(
    _ message: String, _ code: CheckpointError.Code = .malformed
  ) -> CheckpointError {
    CheckpointError(code, message, entry: "header", offset: HeaderParser.lengthSize + place)
  }

  private func broken(_ expected: String) -> CheckpointError {
    let found = place < text.count ? "the byte \(hexadecimal(UInt32(text[place])))" : "its end"
    return bad(
      "is not the JSON of safetensors: it has \(found) where \(expected) is expected; the file is "
        + "damaged, copy or download it again")
  }
}

// What safetensors has in its header.
extension HeaderParser {
  /// Texts by name; nothing where there is `null`.
  private mutating func notes() throws(CheckpointError) -> [String: String] {
    if peek() == UInt8(ascii: "n") {
      try word("null")
      return [:]
    }
    var notes: [String: String] = [:]
    try members { (parser, name) throws(CheckpointError) in notes[name] = try parser.string() }
    return notes
  }

  private mutating func header(of name: String) throws(CheckpointError) -> Header {
    var header = Header()
    var found: Set<String> = []
    try members { (parser, key) throws(CheckpointError) in
      guard found.insert(key).inserted else {
        throw parser.bad("has \(key.quoted) twice for \(name.quoted)")
      }
      switch key {
      case "dtype": header.dtype = try parser.string()
      case "shape": header.shape = try parser.integers()
      case "data_offsets": header.offsets = try parser.integers()
      default: try parser.skipValue(HeaderParser.depth)
      }
    }
    for key in ["dtype", "shape", "data_offsets"] where !found.contains(key) {
      throw CheckpointError(
        .malformed, "is no tensor: its part of the header has no \(key.quoted)", entry: name)
    }
    return header
  }

  private mutating func integers() throws(CheckpointError) -> [Int] {
    var integers: [Int] = []
    try elements { (parser) throws(CheckpointError) in integers.append(try parser.integer()) }
    return integers
  }
}

// JSON.
extension HeaderParser {
  private mutating func skipSpace() {
    while place < text.count, text[place] <= 0x20 {
      switch text[place] {
      case 0x20, 0x09, 0x0A, 0x0D: place += 1
      default: return
      }
    }
  }

  /// The next byte that is no space; nil at the end.
  private mutating func peek() -> UInt8? {
    skipSpace()
    return place < text.count ? text[place] : nil
  }

  private mutating func take(_ character: Unicode.Scalar) throws(CheckpointError) {
    guard peek() == UInt8(ascii: character) else { throw broken("the character '\(character)'") }
    place += 1
  }

  private mutating func word(_ word: String) throws(CheckpointError) {
    guard text[place...].starts(with: word.utf8) else { throw broken(word) }
    place += word.utf8.count
  }

  private mutating func members(
    _ value: (inout HeaderParser, String) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    try take("{")
    if peek() == UInt8(ascii: "}") {
      place += 1
      return
    }
    while true {
      let name = try string()
      try take(":")
      try value(&self, name)
      guard peek() == UInt8(ascii: ",") else { return try take("}") }
      place += 1
    }
  }

  private mutating func elements(
    _ value: (inout HeaderParser) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    try take("[")
    if peek() == UInt8(ascii: "]") {
      place += 1
      return
    }
    while true {
      try value(&self)
      guard peek() == UInt8(ascii: ",") else { return try take("]") }
      place += 1
    }
  }

  private mutating func integer() throws(CheckpointError) -> Int {
    _ = peek()
    let start = place
    if place < text.count, text[place] == UInt8(ascii: "-") { place += 1 }
    while place < text.count, (48...57).contains(text[place]) { place += 1 }
    let digits = String(decoding: text[start..<place], as: UTF8.self)
    let isFraction = place < text.count && [0x2E, 0x45, 0x65].contains(text[place])
    let isPadded = digits.utf8.count > 1 && digits.hasPrefix("0")
    guard !isFraction, !isPadded, let integer = Int(digits) else {
      place = start
      throw broken("an integer")
    }
    return integer
  }

  private mutating func string() throws(CheckpointError) -> String {
    try take("\"")
    var bytes: [UInt8] = []
    while place < text.count, text[place] != UInt8(ascii: "\"") {
      guard text[place] >= 0x20 else { throw broken("a text without control characters") }
      guard text[place] == UInt8(ascii: "\\") else {
        bytes.append(text[place])
        place += 1
        continue
      }
      place += 1
      bytes += try escape()
    }
    guard let string = String(validating: bytes, as: UTF8.self) else {
      throw bad("holds a text that is not UTF-8")
    }
    try take("\"")
    return string
  }

  private mutating func escape() throws(CheckpointError) -> [UInt8] {
    guard place < text.count else { throw broken("an escape") }
    let code = text[place]
    place += 1
    switch code {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [code]
    case UInt8(ascii: "b"): return [8]
    case UInt8(ascii: "f"): return [12]
    case UInt8(ascii: "n"): return [10]
    case UInt8(ascii: "r"): return [13]
    case UInt8(ascii: "t"): return [9]
    case UInt8(ascii: "u"):
      var units = [try codeUnit()]
      if UTF16.isLeadSurrogate(units[0]), text[place...].starts(with: "\\u".utf8) {
        place += 2
        units.append(try codeUnit())
      }
      guard let text = String(validating: units, as: UTF16.self) else {
        throw broken("the other half of a surrogate")
      }
      return Array(text.utf8)
    default:
      place -= 1
      throw broken("an escape")
    }
  }

  private mutating func codeUnit() throws(CheckpointError) -> UInt16 {
    let digits = text[place...].prefix(4)
    guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw broken("four hexadecimal digits") }
    place += 4
    return unit
  }

  /// Whatever a later version of the format adds to a tensor.
  private mutating func skipValue(_ depth: Int) throws(CheckpointError) {
    guard depth > 0 else { throw bad("is nested too deep", .limit) }
    switch peek() {
    case UInt8(ascii: "{"):
      try members { (parser, _) throws(CheckpointError) in try parser.skipValue(depth - 1) }
    case UInt8(ascii: "["):
      try elements { (parser) throws(CheckpointError) in try parser.skipValue(depth - 1) }
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "t"): try word("true")
    case UInt8(ascii: "f"): try word("false")
    case UInt8(ascii: "n"): try word("null")
    default:
      let start = place
      while place < text.count, "+-.eE0123456789".utf8.contains(text[place]) { place += 1 }
      guard Double(String(decoding: text[start..<place], as: UTF8.self)) != nil else {
        place = start
        throw broken("a value")
      }
    }
  }
}
