import Foundation
import OrderedCollections
import PlainData

/// Judges values by the parts of JSON Schema that coverify's schemas use.
///
/// Unlike other validators it also refuses members that the schema does not name: whatever coverify writes
/// has to be in its schemas.
struct SchemaValidator {
  private let definitions: OrderedDictionary<String, PlainValue>
  private let root: PlainValue

  /// A word of a schema that the validator does not know.
  struct Unknown: Error {
    let word: String
  }

  init(_ schema: PlainValue) {
    root = schema
    definitions = schema["$defs"]?.members ?? [:]
  }

  /// What is wrong with a value, each with its place; none where it is right.
  func misfits(of value: PlainValue) throws -> [String] {
    try misfits(value, root, at: "$", also: [])
  }

  private static let words: Set = [
    "$schema", "$defs", "$ref", "title", "description", "type", "properties", "required", "items",
    "anyOf", "allOf", "enum", "const", "pattern", "minimum",
    "additionalProperties",
  ]

  // What `also` has are the members that another part of the schema names.
  private func misfits(
    _ value: PlainValue, _ schema: PlainValue, at place: String, also: Set<String>
  ) throws -> [String] {
    let schema = try resolved(schema)
    let words = schema.members ?? [:]
    for word in words.keys where !Self.words.contains(word) { throw Unknown(word: word) }
    var wrong: [String] = []
    if let types = words["type"]?.texts, !types.contains(where: { value.isType($0) }) {
      return ["\(place) is \(value.kind), expected \(types.joined(separator: " or "))"]
    }
    if let constant = words["const"], value != constant {
      wrong.append("\(place) is \(value), expected \(constant)")
    }
    if let choices = words["enum"]?.values, !choices.contains(value) {
      wrong.append("\(place) is \(value), expected one of \(choices)")
    }
    if case .string(let text) = value, case .string(let pattern) = words["pattern"],
      text.range(of: pattern, options: .regularExpression) == nil
    {
      wrong.append("\(place) is \(value), expected \(pattern)")
    }
    if case .int(let number) = value, case .int(let least) = words["minimum"], number < least {
      wrong.append("\(place) is \(number), expected at least \(least)")
    }
    if case .list(let elements) = value, let items = words["items"] {
      for (index, element) in elements.enumerated() {
        wrong += try misfits(element, items, at: "\(place)[\(index)]", also: [])
      }
    }
    if case .object(let members) = value, let each = words["additionalProperties"] {
      for (name, member) in members {
        wrong += try misfits(member, each, at: "\(place).\(name)", also: [])
      }
    }
    if case .object(let members) = value, let properties = words["properties"]?.members {
      for name in words["required"]?.texts ?? [] where members[name] == nil {
        wrong.append("\(place) has no \(name)")
      }
      for (name, member) in members {
        if let property = properties[name] {
          wrong += try misfits(member, property, at: "\(place).\(name)", also: [])
        } else if !also.contains(name) {
          wrong.append("\(place) has a member \(name), which its schema does not name")
        }
      }
    }
    if let choices = words["anyOf"]?.values {
      let each = try choices.map { try misfits(value, $0, at: place, also: also) }
      wrong += each.min { $0.count < $1.count } ?? ["\(place) has no choice"]
    }
    if let parts = words["allOf"]?.values {
      let names = try parts.map { Set(try resolved($0)["properties"]?.members?.keys ?? []) }
      for (index, part) in parts.enumerated() {
        let others = names.indices.filter { $0 != index }.map { names[$0] }
        wrong += try misfits(value, part, at: place, also: others.reduce(also) { $0.union($1) })
      }
    }
    return wrong
  }

  private func resolved(_ schema: PlainValue) throws -> PlainValue {
    guard case .string(let text) = schema["$ref"] else { return schema }
    guard let found = definitions[String(text.dropFirst("#/$defs/".count))] else {
      throw Unknown(word: text)
    }
    return found
  }
}

extension PlainValue {
  fileprivate var members: OrderedDictionary<String, PlainValue>? {
    guard case .object(let members) = self else { return nil }
    return members
  }

  subscript(name: String) -> PlainValue? { members?[name] }

  fileprivate var values: [PlainValue]? {
    guard case .list(let values) = self else { return nil }
    return values
  }

  /// One text, or a list of texts.
  fileprivate var texts: [String]? {
    if case .string(let text) = self { return [text] }
    return values?.compactMap { value in
      guard case .string(let text) = value else { return nil }
      return text
    }
  }

  fileprivate func isType(_ name: String) -> Bool {
    switch (self, name) {
    case (.null, "null"), (.bool, "boolean"), (.int, "integer"), (.int, "number"),
      (.double, "number"), (.string, "string"), (.list, "array"), (.object, "object"):
      true
    default: false
    }
  }
}
