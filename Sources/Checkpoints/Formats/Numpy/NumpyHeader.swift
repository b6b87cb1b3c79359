import Tensors

/// What the header of an array of numpy says: a Python dict of three items, in any order and spacing.
///
///     {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
struct NumpyHeader {
  /// The letters of the element type, as in `<f4`; for records the list of their fields.
  let descr: String
  let isFortran: Bool
  let axes: [Int]

  /// Reads a header; nil where it is something else.
  init?(_ text: String) {
    var parser = Parser(rest: text.utf8[...])
    guard parser.skip("{") else { return nil }
    var items: [String: String.UTF8View.SubSequence] = [:]
    while !parser.skip("}") {
      guard let key = parser.quoted(), parser.skip(":"), let value = parser.value(),
        items.updateValue(value, forKey: key) == nil
      else { return nil }
      if !parser.skip(",") {
        guard parser.skip("}") else { return nil }
        break
      }
    }
    guard parser.isAtEnd, items.count == 3, let descr = items["descr"],
      let order = items["fortran_order"].map({ String($0) }), order == "True" || order == "False",
      let shape = items["shape"], let axes = Parser.integers(shape)
    else { return nil }
    var quoted = Parser(rest: descr)
    self.descr = quoted.quoted() ?? String(Substring(descr))
    (isFortran, self.axes) = (order == "True", axes)
  }
}

extension NumpyHeader {
  /// A few forms of Python's literals.
  private struct Parser {
    var rest: String.UTF8View.SubSequence

    var isAtEnd: Bool {
      mutating get {
        skipSpace()
        return rest.isEmpty
      }
    }

    private mutating func skipSpace() { rest = rest.drop { $0 == 32 || (9...13).contains($0) } }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
      skipSpace()
      guard rest.first == UInt8(ascii: character) else { return false }
      rest.removeFirst()
      return true
    }

    /// A text in single or double quotes, without escapes.
    mutating func quoted() -> String? {
      skipSpace()
      guard let quote = rest.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"")
      else { return nil }
      let content = rest.dropFirst().prefix { $0 != quote }
      rest = rest[content.endIndex...]
      guard rest.popFirst() != nil, !content.contains(UInt8(ascii: "\\")) else { return nil }
      return String(Substring(content))
    }

    /// Everything up to the comma or brace that ends a value; brackets and quotes are kept together.
    mutating func value() -> String.UTF8View.SubSequence? {
      skipSpace()
      let start = rest
      var depth = 0
      while let byte = rest.first {
        switch byte {
        case UInt8(ascii: "'"), UInt8(ascii: "\""):
          guard quoted() != nil else { return nil }
          continue
        case UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: ")"), UInt8(ascii: "]"): depth -= 1
        case UInt8(ascii: ","), UInt8(ascii: "}"):
          if depth == 0 {
            let value = start[..<rest.startIndex]
            let end = value.lastIndex { $0 != 32 }
            return end.map { value[...$0] }
          }
        default: break
        }
        rest.removeFirst()
      }
      return nil
    }

    /// A tuple of integers, which Python 2 wrote with an `L` behind them.
    static func integers(_ tuple: String.UTF8View.SubSequence) -> [Int]? {
      var parser = Parser(rest: tuple)
      guard parser.skip("(") else { return nil }
      var integers: [Int] = []
      while !parser.skip(")") {
        parser.skipSpace()
        let digits = parser.rest.prefix { (48...57).contains($0) }
        guard let integer = Int(String(Substring(digits))) else { return nil }
        parser.rest = parser.rest[digits.endIndex...]
        _ = parser.skip("L")
        integers.append(integer)
        if !parser.skip(",") {
          guard parser.skip(")") else { return nil }
          break
        }
      }
      return parser.isAtEnd ? integers : nil
    }
  }
}
