import CheckpointTools
import Verification

/// What the process says to its caller: the codes of the tool `diff`, and one for doubt.
enum ExitStatus: Int32 {
  /// Every required comparison ran and passed.
  case same = 0
  /// Something differs.
  case differs = 1
  /// It could not be judged: an unreadable file, an unsupported module.
  case trouble = 2
  /// Something required was not compared, or could not be decided.
  case inconclusive = 3

  /// The word for it, as reports on models have it.
  var word: String { self == .trouble ? ModelOutcome.Word.refused.rawValue : "\(self)" }

  /// The code of what came of a model.
  init(_ word: ModelOutcome.Word) {
    switch word {
    case .same: self = .same
    case .differs: self = .differs
    case .inconclusive: self = .inconclusive
    case .refused, .skipped: self = .trouble
    }
  }

  /// The code of a comparison.
  init(_ verdict: CheckpointComparison.Verdict) {
    switch verdict {
    case .same: self = .same
    case .differs: self = .differs
    case .unreadable: self = .trouble
    case .inconclusive: self = .inconclusive
    }
  }
}
