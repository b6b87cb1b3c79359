/// Why bytes are not the JSON that was expected, and where.
package struct JSONError: Error, Hashable, Sendable {
  /// A byte of a text, for people and for programs.
  package struct Place: Hashable, Sendable, CustomStringConvertible {
    /// The number of bytes before it.
    package let offset: Int
    /// The number of its line, from 1.
    package let line: Int
    /// The number of its character in the line, from 1.
    package let column: Int

    /// As in `line 3, column 14`.
    package var description: String { "line \(line), column \(column)" }

    init(_ offset: Int, in text: [UInt8]) {
      let before = text.prefix(offset)
      self.offset = offset
      line = 1 + before.count { $0 == UInt8(ascii: "\n") }
      let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
      // Bytes that continue a character of UTF-8 begin with the bits 10.
      column = 1 + before[start...].count { $0 & 0xC0 != 0x80 }
    }
  }

  /// What is wrong.
  package enum Problem: Hashable, Sendable {
    /// A byte (nil: the end) stands where something else is expected.
    case unexpected(UInt8?, expected: String)
    /// The text goes on behind its value.
    case trailing
    /// A string that is not UTF-8.
    case encoding
    /// The text is in UTF-16 or UTF-32.
    case wideEncoding
    /// A key that its object has already.
    case duplicate(key: String, first: Place)
    /// A number that no double holds, not even roughly.
    case range
    /// Lists and objects lie too deep in each other.
    case depth(limit: Int)
    /// There are too many values.
    case count(limit: Int)
    /// A number has too many digits.
    case digits(limit: Int)
  }

  /// What is wrong.
  package let problem: Problem
  /// Where it is.
  package let place: Place

  /// Whether the text asks for more than is allowed, and may be JSON.
  package var isLimit: Bool {
    switch problem {
    case .depth, .count, .digits: true
    default: false
    }
  }
}

extension JSONError: CustomStringConvertible {
  /// As in `line 3, column 14: found '}' where a value is expected`.
  package var description: String { "\(place): \(reason)" }

  /// What is wrong, without the place.
  package var reason: String {
    switch problem {
    case .unexpected(let byte, let expected):
      "found \(JSONError.name(of: byte)) where \(expected) is expected"
    case .trailing: "something follows the end of the value"
    case .encoding: "the text is not UTF-8"
    case .wideEncoding: "the text is not UTF-8, but UTF-16 or UTF-32; save it as UTF-8"
    case .duplicate(let key, let first):
      "the key \(PlainValue.string(key)) stands here and at \(first); an object has each key once"
    case .range: "the number is beyond the range of a double"
    case .depth(let limit): "lists and objects are nested too deep, more than \(limit) times"
    case .count(let limit): "there are more than \(limit) values"
    case .digits(let limit): "a number has more than \(limit) characters"
    }
  }

  /// A byte as people read it; nil is the end of the text.
  private static func name(of byte: UInt8?) -> String {
    guard let byte else { return "the end" }
    if (0x21..<0x7F).contains(byte) { return "'\(Unicode.Scalar(byte))'" }
    let digits = String(byte, radix: 16)
    return "the byte 0x" + (digits.count < 2 ? "0" : "") + digits
  }
}
