/// Why a module cannot be run as it is asked to, and which one it is.
///
/// A module throws what it found; the plan builder adds the names on the way out, so that no module
/// has to know its own path. What was found and what was expected are values in ``finding``; the
/// sentence is made when it is printed.
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

  /// What was found, and what was expected.
  public enum Finding: Hashable, Sendable {
    /// Everything that is wrong with the arguments of a module.
    case arguments([ArgumentMisfit])
    /// A frame or a clip of another shape than the module takes.
    case frame(FrameMisfit)
    /// A clip of too few frames.
    case clip(ClipMisfit)
    /// Branches that cannot be joined.
    case branches(BranchMisfit)
    /// Another number of streams than the module takes.
    case streams(StreamsMisfit)
    /// Everything that is wrong with how the nodes of a graph are wired.
    case wiring([WiringProblem])
    /// Something that a clip has and a stream has not.
    case stream(StreamMisfit)
    /// More than can be held in memory or computed.
    case size(SizeMisfit)
    /// What a layer of another package says, in its words.
    case reason(Code, String)
  }

  /// What was found, and what was expected.
  public let finding: Finding

  /// The names from the root to the module; empty at the root.
  public var path: [String]

  /// Makes an error of a layer that is not one of this library's; the plan builder adds the path.
  ///
  /// - Parameters:
  ///   - code: what kind of trouble it is.
  ///   - reason: what was found, what was expected, and what to do, in one sentence.
  ///   - path: the names from the root to the module.
  public init(_ code: Code, _ reason: String, path: [String] = []) {
    self.init(.reason(code, reason), path: path)
  }

  /// Makes an error; the plan builder adds the path.
  package init(_ finding: Finding, path: [String] = []) {
    self.finding = finding
    self.path = path
  }

  /// What kind of trouble it is.
  public var code: Code {
    switch finding {
    case .frame: .shape
    case .clip: .clipTooShort
    case .branches: .unequalBranches
    case .stream: .notStreamable
    case .arguments, .streams, .wiring: .argument
    case .size(.budget): .budget
    case .size: .argument
    case .reason(let code, _): code
    }
  }
}
