import OrderedCollections
package import PlainData

extension ModuleDescription {
  /// The node of an architecture file that describes the module and all in it.
  var document: PlainValue {
    var members: OrderedDictionary<String, PlainValue> = ["type": .string(type)]
    if let name { members["name"] = .string(name) }
    if let wiring {
      members["id"] = .string(wiring.id)
      members["inputs"] = .list(wiring.inputs.map { .string($0) })
    }
    for (argument, value) in arguments { members[argument] = value }
    if !modules.isEmpty {
      // Only the modules of a graph are wired.
      let key = modules.contains { $0.wiring != nil } ? "nodes" : "modules"
      members[key] = .list(modules.map(\.document))
    }
    return .object(members)
  }
}

extension Architecture {
  /// The architecture file that says the same, for tensors that are found without being told where.
  package var document: PlainValue {
    var members: OrderedDictionary<String, PlainValue> = [
      "format": .string("coverify-architecture"), "version": .int(Architecture.newestVersion),
    ]
    if let name { members["name"] = .string(name) }
    var input: OrderedDictionary<String, PlainValue> = [:]
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
