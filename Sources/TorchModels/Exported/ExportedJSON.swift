import OrderedCollections
import PlainData

/// A value of a serialized program, asked for members that may not be there.
struct ExportedJSON {
  let value: PlainValue?

  init(_ value: PlainValue?) { self.value = value }

  subscript(key: String) -> ExportedJSON {
    guard case .object(let members)? = value else { return ExportedJSON(nil) }
    return ExportedJSON(members[key])
  }

  /// Whether there is something, which null is not.
  var isPresent: Bool { value != nil && value != .null }

  var members: OrderedDictionary<String, PlainValue> {
    if case .object(let members)? = value { members } else { [:] }
  }

  var keys: [String] { Array(members.keys) }

  var list: [PlainValue]? { if case .list(let list)? = value { list } else { nil } }

  var string: String? { if case .string(let text)? = value { text } else { nil } }

  var int: Int? { if case .int(let number)? = value { number } else { nil } }

  /// A size: a number, or an expression with its value in the example.
  var size: Int? { self["as_int"].int ?? self["as_expr"]["hint"]["as_int"].int }
}
