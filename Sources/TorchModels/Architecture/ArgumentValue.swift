public import OrderedCollections

/// A value in an architecture: what JSON can say, and what an attribute of a pickled module can hold.
public enum ArgumentValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case list([ArgumentValue])
  case object(OrderedDictionary<String, ArgumentValue>)

  /// An infinity by one of its names: JSON has none, and PyTorch users write float("inf").
  static func infinity(_ text: String) -> Double? {
    switch text {
    case "inf", "Infinity": .infinity
    case "-inf", "-Infinity": -.infinity
    default: nil
    }
  }

  /// What kind of value it is, for messages.
  var kind: String {
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

extension ArgumentValue: CustomStringConvertible {
  /// The value as JSON writes it.
  public var description: String {
    switch self {
    case .null: "null"
    case .bool(let value): String(value)
    case .int(let value): String(value)
    case .double(let value): String(value)
    case .string(let value): "\"\(value)\""
    case .list(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
    case .object(let members):
      "{" + members.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}"
    }
  }
}
