public import Continual

/// Why something could not be judged, and where.
///
/// What was found and what was expected are values in ``finding``; the sentence is made when it is
/// printed.
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

  /// What was found, and what was expected.
  public enum Finding: Hashable, Sendable {
    /// A network that cannot run; what its module found.
    case notRun(ModuleError)
    /// A module that cannot take a clip as it comes there; what it found.
    case notTaken(ModuleError)
    /// Nothing says what a module should have computed.
    case oracle(OracleGap)
    /// A clip that does not fit a definition.
    case clip(ClipMisfit)
    /// A clip of too few frames for a definition.
    case length(LengthMisfit)
    /// An option with a value that it cannot have.
    case option(OptionMisfit)
    /// What the definition of a layer of another package says, in its words.
    case reason(Code, String)
  }

  /// What was found, and what was expected.
  public let finding: Finding

  /// The dotted path of the module; empty for the whole network.
  public let path: String

  /// Makes an error of a definition that is not one of this library's.
  ///
  /// - Parameters:
  ///   - code: what kind of trouble it is.
  ///   - reason: what was found, what was expected, and what to do, in one sentence.
  ///   - path: the dotted path of the module; empty for the whole network.
  public init(_ code: Code, _ reason: String, path: String = "") {
    self.init(.reason(code, reason), path: path)
  }

  /// Makes an error; one that a module gave has the path of that module.
  init(_ finding: Finding, path: String? = nil) {
    self.finding = finding
    self.path = path ?? finding.moduleError?.path.joined(separator: ".") ?? ""
  }

  /// What kind of trouble it is.
  public var code: Code {
    switch finding {
    case .notRun: .notRunnable
    case .oracle: .noOracle
    case .notTaken, .clip: .shape
    case .length: .clipTooShort
    case .option: .option
    case .reason(let code, _): code
    }
  }
}

extension VerificationError.Finding {
  /// What a module found; nil where it was not a module.
  public var moduleError: ModuleError? {
    switch self {
    case .notRun(let error), .notTaken(let error): error
    case .oracle, .clip, .length, .option, .reason: nil
    }
  }
}
