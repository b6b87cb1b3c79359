/// Why a module cannot be run as it is asked to, and which one it is.
///
/// A module throws the reason; the plan builder adds the names on the way out, so that no module has
/// to know its own path.
public struct ModuleError: Error, Hashable, Sendable {
  /// What kind of trouble it is.
  public enum Code: String, Hashable, Sendable {
    /// The frame that comes in does not fit the module.
    case shape
    /// The clip has too few frames for one output.
    case clipTooShort
    /// Branches that are joined yield clips of different lengths or frames of different shapes.
    case unequalBranches
    /// The module has a meaning for a clip but none for a stream.
    case notStreamable
    /// An argument has a value that the module cannot have.
    case argument
    /// The network needs more memory than it may.
    case budget
  }

  /// What kind of trouble it is.
  public let code: Code

  /// What was found, what was expected, and what to do, in one sentence.
  public let reason: String

  /// The names from the root to the module; empty at the root.
  public var path: [String]

  /// Makes an error; the plan builder adds the path.
  public init(_ code: Code, _ reason: String, path: [String] = []) {
    self.code = code
    self.reason = reason
    self.path = path
  }
}

extension ModuleError: CustomStringConvertible {
  /// The dotted path and the reason.
  public var description: String {
    path.isEmpty ? reason : path.joined(separator: ".") + ": " + reason
  }
}
