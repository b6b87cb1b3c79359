import Continual

/// Why something could not be judged, and where.
public struct VerificationError: Error, Hashable, Sendable {
  /// What kind of trouble it is.
  public enum Code: String, Hashable, Sendable {
    /// A module has no oracle, so nothing says what it should have computed.
    case noOracle
    /// The clip has too few frames for one output.
    case clipTooShort
    /// A tensor or a frame does not fit.
    case shape
    /// The network cannot run as it was asked to.
    case notRunnable
    /// An option has a value that it cannot have.
    case option
  }

  /// What kind of trouble it is.
  public let code: Code

  /// What was found, what was expected, and what to do, in one sentence.
  public let reason: String

  /// The dotted path of the module; empty for the whole network.
  public let path: String

  /// Makes an error.
  public init(_ code: Code, _ reason: String, path: String = "") {
    self.code = code
    self.reason = reason
    self.path = path
  }
}

extension VerificationError: CustomStringConvertible {
  /// The path and the reason.
  public var description: String { path.isEmpty ? reason : path + ": " + reason }
}

extension VerificationError {
  /// The reason that a network gave, at the module that gave it.
  init(_ code: Code, _ error: ModuleError) {
    self.init(code, error.reason, path: error.path.joined(separator: "."))
  }
}
