/// What came of one of the models that a call was given.
public struct ModelOutcome: Sendable {
  /// What came of it.
  public enum Result: Sendable {
    /// It was judged.
    case judged(Report)
    /// It could not be judged.
    case refused(Refusal)
    /// It was not looked at, since an earlier one is not the same and that was to be the end.
    case skipped
  }

  /// The word for what came of a model: on screens, in every format and in the documentation.
  public enum Word: String, Hashable, Sendable, CaseIterable {
    case same
    case differs
    case inconclusive
    case refused
    case skipped
  }

  /// The file, as it was named.
  public let path: String

  /// What came of it.
  public let result: Result

  /// Says what came of a file.
  public init(path: String, _ result: Result) {
    self.path = path
    self.result = result
  }

  /// The report; nil where there is none.
  public var report: Report? {
    guard case .judged(let report) = result else { return nil }
    return report
  }

  /// The word for it.
  public var word: Word {
    switch result {
    case .judged(let report): report.verdict.word
    case .refused: .refused
    case .skipped: .skipped
    }
  }
}

extension ModelOutcome.Word {
  /// The exit code of a call for one model; nil where there is no result.
  public var status: Int? {
    switch self {
    case .same: 0
    case .differs: 1
    case .refused: 2
    case .inconclusive: 3
    case .skipped: nil
    }
  }

  /// The words from the worst on, as the exit code of a call for many models takes the worst.
  static let fromWorst: [ModelOutcome.Word] = [.refused, .differs, .inconclusive, .same]
}

extension Verdict {
  /// The word for a network with this verdict.
  public var word: ModelOutcome.Word {
    switch self {
    case .ok, .warning: .same
    case .fail: .differs
    case .inconclusive: .inconclusive
    }
  }
}
