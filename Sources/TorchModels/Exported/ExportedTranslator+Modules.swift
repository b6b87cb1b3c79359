import Tensors

extension ExportedTranslator {
  /// The nodes that make what modules give, by the paths of these.
  ///
  /// What a module gives is what its last call makes. It is left out where that has no node of its own
  /// elements, as what was only padded, and where it is changed in place behind the module.
  var nodesOfModules: [String: String] {
    let changed = Set(graph.nodes.compactMap(\.changed))
    var last: [String: ExportedNode] = [:]
    for node in graph.nodes { for path in node.place.modules { last[path] = node } }
    let made = Set(modules.compactMap { $0.wiring?.id })
    return last.compactMapValues { node in
      guard let name = node.outputs.first.flatMap(\.self), !changed.contains(name),
        case .signal(let signal)? = values[name], signal.padding == nil,
        !signal.isLastFrame, made.contains(signal.node)
      else { return nil }
      return signal.node
    }
  }
}

extension LoadedModel.Reference {
  /// The same with the nodes that make what modules of a program give, where there are such nodes.
  func ofNodes(_ network: ExportedNetwork) -> LoadedModel.Reference {
    var result = self
    result.layers = layers.compactMap { path, output in
      network.nodesOfModules[path].map { ($0, output) }
    }
    return result
  }
}
