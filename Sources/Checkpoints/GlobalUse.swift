/// A class or function that a pickle names, and what it is taken for.
public struct GlobalUse: Hashable, Sendable {
  /// The module and the name in it, as in `torch._utils._rebuild_tensor_v2`.
  public let name: String

  /// Whether it is read for what it is; otherwise what it made is an opaque object.
  public let isUnderstood: Bool

  /// Whether it starts programs or loads code when Python reads the file, which is refused for it.
  public let isForbidden: Bool

  /// The byte in the pickle where it is named first.
  public let offset: Int

  /// The names in a pickle, sorted, each once.
  ///
  /// - Throws: ``CheckpointError`` where some of them start programs or load code.
  static func all(in graph: ObjectGraph) throws(CheckpointError) -> [GlobalUse] {
    var uses: [String: GlobalUse] = [:]
    var forbidden: [GlobalUse] = []
    for (index, node) in graph.nodes.enumerated() {
      guard case .global = node, let name = graph.global(ObjectGraph.Index(index)) else { continue }
      let full = name.module + "." + name.name
      guard uses[full] == nil else { continue }
      let use = GlobalUse(
        name: full, isUnderstood: Globals.isUnderstood(name),
        isForbidden: Globals.isForbidden(name), offset: Int(graph.offsets[index]))
      uses[full] = use
      if use.isForbidden { forbidden.append(use) }
    }
    let sorted = uses.values.sorted { $0.name < $1.name }
    if let first = forbidden.first {
      let names = forbidden.prefix(10).map(\.name).joined(separator: ", ")
      var error = CheckpointError(
        .forbidden,
        "names \(names), which runs programs or code when Python loads this file; nothing of it "
          + "ran here. Do not give the file to torch.load, and get the weights from somewhere else",
        entry: graph.entry, offset: first.offset)
      error.globals = sorted
      throw error
    }
    return sorted
  }
}
