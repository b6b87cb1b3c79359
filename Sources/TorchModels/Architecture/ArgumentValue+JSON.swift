import Checkpoints
import OrderedCollections

extension ArgumentValue {
  /// The value as JSON on one line, members in their order.
  ///
  /// JSON has no infinities; they are written as the texts that PyTorch users know.
  package var json: String {
    switch self {
    case .null: "null"
    case .bool(let value): String(value)
    case .int(let value): String(value)
    case .double(let value) where value.isFinite: "\(value)"
    case .double(let value): "\"\(value)\""
    case .string(let value): JSONText.quoted(value)
    case .list(let values): "[" + values.map(\.json).joined(separator: ", ") + "]"
    case .object(let members):
      "{" + members.map { "\(JSONText.quoted($0)): \($1.json)" }.joined(separator: ", ") + "}"
    }
  }
}

extension ModuleDescription {
  /// The node of an architecture file that describes the module and all in it.
  var document: ArgumentValue {
    var members: OrderedDictionary<String, ArgumentValue> = ["type": .string(type)]
    if let name { members["name"] = .string(name) }
    if let wiring {
      members["id"] = .string(wiring.id)
      members["inputs"] = .list(wiring.inputs.map { .string($0) })
    }
    for (argument, value) in arguments { members[argument] = value }
    if !modules.isEmpty {
      members[type == "Graph" ? "nodes" : "modules"] = .list(modules.map(\.document))
    }
    return .object(members)
  }
}

extension Architecture {
  /// The architecture file that says the same, for tensors that are found without being told where.
  package var document: ArgumentValue {
    var members: OrderedDictionary<String, ArgumentValue> = [
      "format": .string("coverify-architecture"), "version": .int(Architecture.newestVersion),
    ]
    if let name { members["name"] = .string(name) }
    var input: OrderedDictionary<String, ArgumentValue> = [:]
    if let inputShape {
      input["shape"] = .list(
        inputShape.enumerated().map { axis, length in
          axis == 1 ? .string("T") : .int(length ?? 1)
        })
    }
    if let frames { input["frames"] = .int(frames) }
    if !input.isEmpty { members["input"] = .object(input) }
    members["model"] = model.document
    return .object(members)
  }
}
