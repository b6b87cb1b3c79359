public import Checkpoints
public import Continual

/// Why a model could not be loaded.
public enum LoadError: Error, Sendable {
  /// The file is no checkpoint, or a damaged one.
  case checkpoint(CheckpointError)
  /// The architecture is not one, or there is none.
  case architecture(ArchitectureError)
  /// Architecture and tensors do not fit.
  case model(ModelError)
  /// The network cannot take the frames it is given.
  case module(file: String, ModuleError)
  /// The tensors were not found where they should be.
  case weights(file: String, String, hint: String)
}

extension LoadError: CustomStringConvertible {
  /// What is wrong, where, and what to do.
  public var description: String {
    switch self {
    case .checkpoint(let error): String(describing: error)
    case .architecture(let error): String(describing: error)
    case .model(let error): String(describing: error)
    case .module(let file, let error): "\(file): \(error)"
    case .weights(let file, let message, let hint):
      "\(file): \(message)" + (hint.isEmpty ? "" : "\n  \(hint)")
    }
  }
}
