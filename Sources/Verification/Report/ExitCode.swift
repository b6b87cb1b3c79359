/// What the process says to its caller: the codes of `diff`, and one for doubt.
public enum ExitCode: Int32, Hashable, Sendable, CaseIterable {
  /// Every required comparison ran and passed.
  case same = 0
  /// Something differs.
  case differs = 1
  /// It could not be judged: an unreadable file, an unsupported module.
  case trouble = 2
  /// Something required was not compared, or could not be decided.
  case inconclusive = 3
  /// The command was not understood.
  case usage = 64

  /// The code of a verdict.
  public init(_ verdict: Verdict) {
    switch verdict {
    case .ok: self = .same
    case .fail: self = .differs
    case .inconclusive: self = .inconclusive
    }
  }
}
