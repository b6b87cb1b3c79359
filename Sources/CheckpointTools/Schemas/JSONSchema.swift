import OrderedCollections
import PlainData

/// What a value of a document is, as JSON Schema says it (draft 2020-12).
struct JSONSchema {
  /// The schema as JSON.
  let value: PlainValue

  /// Whether an object may be without the member that it is of.
  private(set) var isOptional = false

  private init(_ members: (name: String, value: PlainValue?)...) { value = .members(members) }

  // MARK: - Values

  static let string = JSONSchema(("type", .string("string")))
  static let integer = JSONSchema(("type", .string("integer")))
  static let boolean = JSONSchema(("type", .string("boolean")))

  /// A finite number; JSON has no others, which are the texts "inf", "-inf" and "nan".
  static let number = JSONSchema(
    ("type", .strings(["number", "string"])), ("pattern", .string("^(-?inf|nan)$")))

  /// A number from zero on that is counted.
  static let count = JSONSchema(("type", .string("integer")), ("minimum", .int(0)))

  /// An integer from zero on of 64 bits, and its digits where few programs could hold it.
  static let seed = JSONSchema(
    ("type", .strings(["integer", "string"])), ("pattern", .string("^[0-9]+$")))

  /// A SHA-256 in hexadecimal digits.
  static let sha256 = pattern("^[0-9a-f]{64}$")

  /// One text of a few.
  static func word(_ words: [String]) -> JSONSchema { JSONSchema(("enum", .strings(words))) }

  /// A text that is always the same.
  static func constant(_ text: String) -> JSONSchema { JSONSchema(("const", .string(text))) }

  static func list(_ element: JSONSchema) -> JSONSchema {
    JSONSchema(("type", .string("array")), ("items", element.value))
  }

  /// A text that a regular expression describes.
  static func pattern(_ expression: String) -> JSONSchema {
    JSONSchema(("type", .string("string")), ("pattern", .string(expression)))
  }

  /// An object; readers ignore members that they do not know.
  static func object(_ members: KeyValuePairs<String, JSONSchema>) -> JSONSchema {
    JSONSchema(
      ("type", .string("object")),
      ("properties", .members(members.map { ($0.key, $0.value.value) })),
      ("required", .strings(members.filter { !$0.value.isOptional }.map(\.key))))
  }

  /// An object whose members have any names.
  static func map(of member: JSONSchema) -> JSONSchema {
    JSONSchema(("type", .string("object")), ("additionalProperties", member.value))
  }

  static func anyOf(_ choices: JSONSchema...) -> JSONSchema {
    JSONSchema(("anyOf", .list(choices.map(\.value))))
  }

  /// What all of them say.
  static func allOf(_ parts: JSONSchema...) -> JSONSchema {
    JSONSchema(("allOf", .list(parts.map(\.value))))
  }

  /// What is defined under a name in the document.
  static func reference(_ name: String) -> JSONSchema {
    JSONSchema(("$ref", .string("#/$defs/" + name)))
  }

  // MARK: - Changes

  /// The same, or null where there is nothing to say.
  var orNull: JSONSchema { .anyOf(self, JSONSchema(("type", .string("null")))) }

  /// The same as a member that may be missing.
  var optional: JSONSchema {
    var schema = self
    schema.isOptional = true
    return schema
  }

  /// The same with what it means.
  func described(_ text: String) -> JSONSchema {
    guard case .object(var members) = value else { return self }
    members.updateValue(.string(text), forKey: "description", insertingAt: 0)
    var schema = JSONSchema(.object(members))
    schema.isOptional = isOptional
    return schema
  }

  private init(_ value: PlainValue) { self.value = value }
}
