public import Checkpoints
public import Continual
public import Tensors

/// Why a model could not be loaded.
public enum LoadError: Error, Hashable, Sendable {
  /// The file is not a checkpoint, or a damaged one.
  case checkpoint(CheckpointError)
  /// The architecture is not one, or there is none.
  case architecture(ArchitectureError)
  /// Architecture and tensors do not fit.
  case model(ModelError)
  /// The network cannot take the frames it is given.
  case module(file: String, ModuleError)
  /// The tensors were not found where they should be.
  case weights(file: String, WeightsProblem)

  /// Why the tensors of a network were not found.
  public enum WeightsProblem: Hashable, Sendable {
    /// The architecture names a key, and the file has nothing but tensors.
    case rootOfTensors(String)
    /// The architecture names a key that is not there; the first of those that are.
    case noKey(String, keys: [String])
    /// Where a state dict was looked for, there is none; the first keys that are there.
    case noStateDict(keys: [String])
    /// A tensor whose elements are repeated to a shape that no weight has.
    case repeated(String, Shape)
    /// Two tensors whose names are the same text, written in two ways.
    case sameName(String)
    /// Two tensors at one path, in a file without a state dict.
    case samePath(String)
    /// Modules deeper in each other than the limit.
    case nested(limit: Int)
    /// More names and patterns than are matched.
    case renamings(Int, ofNames: Int)
    /// More numbers than an outline of a network may have.
    case outline(numbers: Int, limit: Int)
  }
}

extension LoadError: CustomStringConvertible {
  /// What is wrong, where, and what to do.
  public var description: String {
    switch self {
    case .checkpoint(let error): String(describing: error)
    case .architecture(let error): String(describing: error)
    case .model(let error): String(describing: error)
    case .module(let file, let error): "\(file): \(error)"
    case .weights(let file, let problem):
      "\(file): \(problem.message)" + (problem.hint.map { "\n  \($0)" } ?? "")
    }
  }
}

extension LoadError.WeightsProblem {
  /// What was found.
  fileprivate var message: String {
    switch self {
    case .rootOfTensors(let key): "has no key \"\(key)\": it holds nothing but tensors"
    case .noKey(let key, _): "has no key \"\(key)\""
    case .noStateDict: "holds no state dict where one was looked for"
    case .repeated(let name, let shape):
      "\(name) repeats its elements to a shape of \(shape), too large for a weight"
    case .sameName(let name):
      "has two tensors called \"\(name)\", whose names differ only in how an accent is written"
    case .samePath(let path): "has two tensors at \(path), and no state dict"
    case .nested(let limit): "modules are nested more than \(limit) deep"
    case .renamings(let patterns, let names):
      "\(patterns) renamings of \(names) names would take too long"
    case .outline(let numbers, let limit):
      "the network is not laid out: its tensors have \(numbers) numbers, more than \(limit)"
    }
  }

  /// What to do.
  fileprivate var hint: String? {
    switch self {
    case .rootOfTensors: "leave out \"root\""
    case .noKey(_, let keys): "the keys are \(Self.list(keys))"
    case .noStateDict(let keys):
      "name the key that holds it, as {\"weights\": {\"root\": \"…\"}} in the architecture; "
        + "the keys are \(Self.list(keys))"
    case .repeated: "save it as it is used, with .contiguous()"
    case .sameName: "rename one of them, and save the state dict again"
    case .samePath: "save a dict of tensors, as state_dict() is one"
    case .nested: nil
    case .renamings: "use fewer or shorter patterns in \"rename\""
    case .outline: "verify reads them all, and shows the network"
    }
  }

  private static func list(_ keys: [String]) -> String {
    keys.isEmpty ? "none" : keys.map { "\"\($0)\"" }.joined(separator: ", ")
  }
}
