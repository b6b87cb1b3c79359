/// Names that whoever reads tensors from a pickle understands.
///
/// A pickle is read the same way for any of them; this is what is shown of a name.
struct UnderstoodNames: Sendable {
  /// The functions that make a tensor.
  var functions: Set<String> = []
  /// The understood members of modules of which others stay opaque.
  var members: [String: Set<String>] = [:]
}

extension Globals {
  /// Whether a name is taken for what it is in PyTorch or Python; others stay opaque.
  static func isUnderstood(_ name: Name, _ names: UnderstoodNames) -> Bool {
    if isDictionary(name) || isSequence(name) || isJagged(name) || isUninitialized(name)
      || isParameter(name)
    {
      return true
    }
    if isTensorFunction(name) { return names.functions.contains(name.name) }
    if let members = names.members[name.module] { return members.contains(name.name) }
    return switch name {
    case ("_codecs", "encode"), ("functools", "partial"), ("numpy", "dtype"),
      ("numpy", "ndarray"), ("__builtin__", "complex"), ("builtins", "complex"),
      ("__builtin__", "bytearray"), ("builtins", "bytearray"), ("copy_reg", "_reconstructor"),
      ("copyreg", "_reconstructor"), ("torch.serialization", "_get_layout"):
      true
    case (let module, "scalar"), (let module, "_reconstruct"):
      module == "numpy.core.multiarray" || module == "numpy._core.multiarray"
    default: false
    }
  }

  /// The names in a pickle, sorted, each once.
  ///
  /// - Parameters:
  ///   - graph: the pickle.
  ///   - names: those that are understood beside the ones of Python.
  /// - Returns: what each name is taken for.
  /// - Throws: ``CheckpointError`` where some of them start programs or load code.
  static func uses(
    in graph: ObjectGraph, understanding names: UnderstoodNames
  ) throws(CheckpointError) -> [GlobalUse] {
    var uses: [String: GlobalUse] = [:]
    var forbidden: [GlobalUse] = []
    for (index, node) in graph.nodes.enumerated() {
      guard case .global = node, let name = graph.global(ObjectGraph.Index(index)) else { continue }
      let full = name.module + "." + name.name
      guard uses[full] == nil else { continue }
      let use = GlobalUse(
        name: full, isUnderstood: isUnderstood(name, names),
        isForbidden: isForbidden(name), offset: Int(graph.offsets[index]))
      uses[full] = use
      if use.isForbidden { forbidden.append(use) }
    }
    let sorted = uses.values.sorted { $0.name < $1.name }
    if let first = forbidden.first {
      var error = CheckpointError(
        PickleFinding.forbidden(forbidden.prefix(10).map(\.name)), entry: graph.entry,
        offset: first.offset)
      error.globals = sorted
      throw error
    }
    return sorted
  }
}
