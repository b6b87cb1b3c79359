public import OrderedCollections

/// A value without a type of its own: what JSON can say, and what a plain Python object can hold.
///
/// Objects keep the order of their members. Numbers are integers or doubles, as they are written:
/// `3` is an integer and `3.0` is not. JSON has neither infinities nor NaN; they are written as the
/// strings `"inf"`, `"-inf"` and `"nan"`, and read back as strings.
public enum PlainValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case list([PlainValue])
  case object(OrderedDictionary<String, PlainValue>)
}

// MARK: - Making values

extension PlainValue {
  /// A number in its shortest form: an integer where it is one that a double holds exactly.
  ///
  /// Minus zero stays a double, because no integer is like it.
  package static func number(_ value: Double) -> PlainValue {
    guard let integer = Int(exactly: value), integer.magnitude < 1 << 53,
      integer != 0 || value.sign == .plus
    else { return .double(value) }
    return .int(integer)
  }

  /// An integer; one that is too large for `Int` as its digits.
  package static func unsigned(_ value: UInt64) -> PlainValue {
    Int(exactly: value).map(PlainValue.int) ?? .string(String(value))
  }

  /// A number, or null where there is none.
  package static func optional(_ value: Double?) -> PlainValue {
    value.map(PlainValue.number) ?? .null
  }

  /// An integer, or null where there is none.
  package static func optional(_ value: Int?) -> PlainValue { value.map(PlainValue.int) ?? .null }

  /// A string, or null where there is none.
  package static func optional(_ value: String?) -> PlainValue {
    value.map(PlainValue.string) ?? .null
  }

  /// An object of the members that have a value, in order.
  ///
  /// - Precondition: no two have the same name.
  package static func members(_ members: (name: String, value: PlainValue?)...) -> PlainValue {
    self.members(members)
  }

  /// An object of the members that have a value, in order.
  ///
  /// - Precondition: no two have the same name.
  package static func members(_ members: [(name: String, value: PlainValue?)]) -> PlainValue {
    let present = members.compactMap { member in member.value.map { (member.name, $0) } }
    return .object(OrderedDictionary(uniqueKeysWithValues: present))
  }

  /// A list of integers.
  package static func integers(_ values: [Int]) -> PlainValue { .list(values.map(PlainValue.int)) }

  /// A list of strings.
  package static func strings(_ values: [String]) -> PlainValue {
    .list(values.map(PlainValue.string))
  }

  /// The same value with an integer for each double that is one, as in `3` for `3.0`.
  ///
  /// Formats that ask for integers use it, because programs that write JSON do not all tell the two
  /// apart. Minus zero stays a double.
  package var withIntegersWherePossible: PlainValue {
    switch self {
    case .double(let value): .number(value)
    case .list(let values): .list(values.map(\.withIntegersWherePossible))
    case .object(let members): .object(members.mapValues(\.withIntegersWherePossible))
    case .null, .bool, .int, .string: self
    }
  }
}

// MARK: - Saying what a value is

extension PlainValue {
  /// The number, whether or not it is written as an integer; nil for anything else.
  package var double: Double? {
    switch self {
    case .int(let number): Double(number)
    case .double(let number): number
    case .null, .bool, .string, .list, .object: nil
    }
  }

  /// An infinity by one of its names: JSON has none, and PyTorch users write float("inf").
  package static func infinity(_ text: String) -> Double? {
    switch text {
    case "inf", "Infinity": .infinity
    case "-inf", "-Infinity": -.infinity
    default: nil
    }
  }

  /// What kind of value it is, for messages.
  package var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .int: "an integer"
    case .double: "a number"
    case .string: "a string"
    case .list: "a list"
    case .object: "an object"
    }
  }
}

extension PlainValue: CustomStringConvertible {
  /// The value as JSON writes it, for messages: on one line, and cut after 200 characters.
  public var description: String {
    var writer = JSONWriter(style: .spaced, bound: 200)
    writer.write(self)
    guard writer.isFull else { return writer.text }
    return writer.text.prefix(200) + "…"
  }
}
