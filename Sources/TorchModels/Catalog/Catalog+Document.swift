import OrderedCollections
package import PlainData

extension Catalog {
  /// Definitions as `coverify types --json` prints them.
  package static func document(of definitions: [LayerDefinition]) -> PlainValue {
    .object([
      "schema": .string("coverify.types/1"),
      "functions": .list(TorchFunctions.elementaryNames.sorted().map { .string($0) }),
      "classes": .list(definitions.map(\.document)),
    ])
  }
}

extension LayerDefinition {
  fileprivate var document: PlainValue {
    var members: OrderedDictionary<String, PlainValue> = [
      "types": .list(types.map { .string($0) }),
      "family": .string(family.rawValue),
      "summary": .string(summary),
      "structure": .string(structure.rawValue),
      "children": structure.key.map { .string($0) } ?? .null,
      "effect": .string(effect.rawValue),
      "rate": rate.document,
      "weight_axes": weightAxes.map { axes in
        .object(["output": .int(axes.output), "input": .int(axes.input)])
      } ?? .null,
      "takes_other_arguments": .bool(isOpen),
      "arguments": .list(arguments.map(\.document)),
    ]
    members["attributes"] = .object(
      OrderedDictionary(
        uniqueKeysWithValues: attributes.sorted { $0.key < $1.key }.map { ($0, .string($1)) }))
    members["functions"] = .list(functions.map(\.document))
    return .object(members)
  }
}

extension LayerDefinition.Rate {
  fileprivate var document: PlainValue {
    switch self {
    case .kept: .string("kept")
    case .lowered(let argument, let other): .object(["lowered_by": names(argument, other)])
    case .raised(let argument, let other): .object(["raised_by": names(argument, other)])
    }
  }

  private func names(_ argument: String, _ other: String?) -> PlainValue {
    .list(([argument] + (other.map { [$0] } ?? [])).map { .string($0) })
  }
}

extension LayerDefinition.Argument {
  fileprivate var document: PlainValue {
    var members: OrderedDictionary<String, PlainValue> = [
      "name": .string(name), "kind": .string(kind.text), "standard": .string(standard.word),
    ]
    if let value = defaultValue { members["default"] = value }
    members["open_in_drafts"] = .bool(isOpenInDrafts)
    members["summary"] = .string(summary)
    return .object(members)
  }
}

extension LayerDefinition.Standard {
  /// What holds where an argument is left out, in a word.
  package var word: String {
    switch self {
    case .value: "default"
    case .told: "told"
    case .required: "required"
    case .unset: "unset"
    case .ignored: "ignored"
    }
  }

  /// What holds where an argument is left out, for people.
  package var text: String {
    switch self {
    case .value(let value): value.json()
    case .told: "as the tensors tell"
    case .required: "has to be given"
    case .unset: "not set"
    case .ignored: "changes nothing"
    }
  }
}

extension LayerDefinition.Function {
  fileprivate var document: PlainValue {
    func sorted(_ members: [String: PlainValue]) -> PlainValue {
      .object(OrderedDictionary(uniqueKeysWithValues: members.sorted { $0.key < $1.key }))
    }
    return .object([
      "name": .string(name), "renames": sorted(renames.mapValues { .string($0) }),
      "defaults": sorted(defaults),
    ])
  }
}
