/// What came of a check.
public enum Verdict: String, Hashable, Sendable, CaseIterable {
  /// Everything required was compared, and is the same.
  case ok
  /// Something differs.
  case fail
  /// Nothing differs in what is judged, but a reader should know of it; only findings have it.
  case warning
  /// Something required was not compared, or could not be decided.
  case inconclusive
}

extension Verdict {
  /// The number that reports give it, which is the exit code of the command: those of `diff`, and 3 for
  /// doubt.
  package var status: Int {
    switch self {
    case .ok, .warning: 0
    case .fail: 1
    case .inconclusive: 3
    }
  }
}
