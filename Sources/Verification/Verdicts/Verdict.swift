/// What came of a check.
public enum Verdict: String, Hashable, Sendable, CaseIterable {
  /// Everything required was compared, and is the same.
  case ok
  /// Something differs.
  case fail
  /// Something required was not compared, or could not be decided.
  case inconclusive
}

extension Verdict {
  /// The number that reports give it, which is the exit code of the command: those of `diff`, and 3 for
  /// doubt.
  package var status: Int {
    switch self {
    case .ok: 0
    case .fail: 1
    case .inconclusive: 3
    }
  }
}
