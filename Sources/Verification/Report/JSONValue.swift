/// A JSON document whose keys keep their order.
///
/// JSON has no numbers that are not finite; they are written as the strings "nan", "inf" and "-inf".
/// Finite ones are written in the fewest digits that read back as the same number.
public indirect enum JSONValue: Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([(key: String, value: JSONValue)])

  /// An object of the given members, in order.
  static func members(_ members: (String, JSONValue)...) -> JSONValue {
    .object(members.map { (key: $0.0, value: $0.1) })
  }

  /// A number, or null where there is none.
  static func optional(_ value: Double?) -> JSONValue { value.map(JSONValue.number) ?? .null }

  /// An integer, or null where there is none.
  static func optional(_ value: Int?) -> JSONValue { value.map(JSONValue.integer) ?? .null }

  /// A string, or null where there is none.
  static func optional(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }

  /// A list of strings.
  static func strings(_ values: [String]) -> JSONValue { .array(values.map(JSONValue.string)) }

  /// The document as text, without a line end at the end.
  ///
  /// - Parameter indented: on several lines, or on one.
  /// - Returns: JSON.
  public func text(indented: Bool) -> String {
    var text = ""
    write(to: &text, indentation: indented ? 0 : nil)
    return text
  }

  private func write(to text: inout String, indentation: Int?) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .number(let value): JSONValue.write(value, to: &text)
    case .string(let value): JSONValue.write(value, to: &text)
    case .array(let values):
      JSONValue.write(values.count, "[", "]", to: &text, indentation) { index, text, indentation in
        values[index].write(to: &text, indentation: indentation)
      }
    case .object(let members):
      JSONValue.write(members.count, "{", "}", to: &text, indentation) { index, text, indentation in
        JSONValue.write(members[index].key, to: &text)
        text += indentation == nil ? ":" : ": "
        members[index].value.write(to: &text, indentation: indentation)
      }
    }
  }

  private static func write(
    _ count: Int, _ open: String, _ close: String, to text: inout String, _ indentation: Int?,
    _ element: (Int, inout String, Int?) -> Void
  ) {
    guard count > 0 else {
      text += open + close
      return
    }
    let inner = indentation.map { $0 + 2 }
    let lineBreak = { (spaces: Int?) in
      spaces.map { "\n" + String(repeating: " ", count: $0) } ?? ""
    }
    text += open
    for index in 0..<count {
      if index > 0 { text += "," }
      text += lineBreak(inner)
      element(index, &text, inner)
    }
    text += lineBreak(indentation) + close
  }

  private static func write(_ value: Double, to text: inout String) {
    guard value.isFinite else {
      return write(value.isNaN ? "nan" : (value < 0 ? "-inf" : "inf"), to: &text)
    }
    // Swift's description is the shortest text that reads back as the same number.
    let description = "\(value)"
    text += description.hasSuffix(".0") ? String(description.dropLast(2)) : description
  }

  private static func write(_ value: String, to text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
