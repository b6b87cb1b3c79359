import Tensors

/// What a checkpoint of PyTorch holds: plain values, and tensors.
package indirect enum TorchContent: Sendable {
  case none
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case list([TorchContent])
  case dict([(key: String, value: TorchContent)])
  case tensor(TensorSource)
  /// An `OrderedDict` of tensors, and what its `_metadata` says of modules, by their paths.
  case stateDict(
    [(name: String, tensor: TensorSource)], modules: [(path: String, entry: TorchContent)])

  /// The tensors in the order of the file, by their dotted paths.
  var tensors: [(path: String, tensor: TensorSource)] {
    var found: [(path: String, tensor: TensorSource)] = []
    collect(at: "", into: &found)
    return found
  }

  private func collect(
    at path: String, into found: inout [(path: String, tensor: TensorSource)]
  ) {
    switch self {
    case .none, .bool, .int, .double, .string: break
    case .tensor(let tensor): found.append((path, tensor))
    case .list(let values):
      for (index, value) in values.enumerated() {
        value.collect(at: path.adding(String(index)), into: &found)
      }
    case .dict(let items):
      for (key, value) in items { value.collect(at: path.adding(key), into: &found) }
    case .stateDict(let tensors, _):
      for (name, tensor) in tensors { found.append((path.adding(name), tensor)) }
    }
  }
}
