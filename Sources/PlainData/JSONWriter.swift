import OrderedCollections

/// How JSON is laid out.
package enum JSONStyle: Sendable {
  /// On one line without spaces: `{"a":[1,2]}`.
  case compact
  /// On one line, with a space behind commas and colons: `{"a": [1, 2]}`.
  case spaced
  /// A line for each member and element, two spaces deeper than what holds it.
  case indented
  /// As ``indented``, but what holds no objects is on one line.
  case outline
}

extension PlainValue {
  /// The value as JSON, without a line end at the end.
  ///
  /// Members keep their order. A double is written in the fewest digits that read back as the same
  /// number, and with a point or an exponent, so that it reads back as a double. Characters that
  /// could steer a terminal (control characters, changes of the direction of writing) are escaped.
  package func json(_ style: JSONStyle = .spaced) -> String {
    var writer = JSONWriter(style: style)
    writer.write(self)
    return writer.text
  }

  /// An object as JSON whose keys differ in their bytes, though not for Swift's dictionaries.
  package static func json(
    ofMembers members: [(key: String, value: PlainValue)], _ style: JSONStyle
  ) -> String {
    var writer = JSONWriter(style: style)
    writer.write(members)
    return writer.text
  }
}

/// Writes JSON; the only place that does.
struct JSONWriter {
  private let style: JSONStyle
  private let bound: Int
  private var depth = 0
  /// Whether lists and objects are written on one line for now.
  private var isOnOneLine = false
  private(set) var text = ""

  /// - Parameters:
  ///   - style: the layout.
  ///   - bound: the number of bytes behind which the rest may be left out.
  init(style: JSONStyle, bound: Int = .max) {
    self.style = style
    self.bound = bound
  }

  /// Whether the bound is reached.
  var isFull: Bool { text.utf8.count > bound }

  mutating func write(_ value: PlainValue) {
    guard style == .outline, !isOnOneLine, value.holdsNoObjects else { return write(any: value) }
    isOnOneLine = true
    write(any: value)
    isOnOneLine = false
  }

  private mutating func write(any value: PlainValue) {
    switch value {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .int(let value): text += String(value)
    case .double(let value): write(value)
    case .string(let value): write(value)
    case .list(let values):
      write("[", values, "]") { (writer, value) in writer.write(value) }
    case .object(let members): write(members.elements)
    }
  }

  mutating func write(_ members: some Collection<(key: String, value: PlainValue)>) {
    write("{", members, "}") { (writer, member) in
      writer.write(member.key)
      writer.text += writer.style == .compact ? ":" : ": "
      writer.write(member.value)
    }
  }

  private mutating func write<Elements: Collection>(
    _ open: String, _ elements: Elements, _ close: String,
    _ element: (inout JSONWriter, Elements.Element) -> Void
  ) {
    text += open
    depth += 1
    var isFirst = true
    for value in elements where !isFull {
      if !isFirst { text += style == .spaced || isOnOneLine ? ", " : "," }
      isFirst = false
      breakLine()
      element(&self, value)
    }
    depth -= 1
    if !isFirst { breakLine() }
    text += close
  }

  private mutating func breakLine() {
    guard style == .indented || style == .outline && !isOnOneLine else { return }
    text += "\n" + String(repeating: "  ", count: depth)
  }

  private mutating func write(_ value: Double) {
    guard value.isFinite else {
      return write(value.isNaN ? "nan" : (value < 0 ? "-inf" : "inf"))
    }
    // Swift's description is the shortest text that reads back as the same number.
    text += "\(value)"
  }

  private mutating func write(_ value: String) {
    text += "\""
    defer { text += "\"" }
    if value.utf8.allSatisfy(JSONWriter.isPlain), value.utf8.count <= bound - text.utf8.count {
      text += value
      return
    }
    for scalar in value.unicodeScalars {
      guard !isFull else { break }
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.isUnsafeToShow:
        for unit in UTF16.encode(scalar) ?? .init() {
          let digits = String(unit, radix: 16)
          text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      default: text.unicodeScalars.append(scalar)
      }
    }
  }

  /// Whether a byte is a character that stands for itself in JSON.
  private static func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }
}

extension PlainValue {
  /// Whether neither the value's members or elements nor what is in them are objects.
  fileprivate var holdsNoObjects: Bool {
    func isPlain(_ value: PlainValue) -> Bool {
      switch value {
      case .object: false
      case .list(let values): values.allSatisfy(isPlain)
      default: true
      }
    }
    switch self {
    case .object(let members): return members.values.allSatisfy(isPlain)
    case .list(let values): return values.allSatisfy(isPlain)
    default: return true
    }
  }
}
