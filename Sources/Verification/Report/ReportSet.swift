import TextLayout

/// What came of all models that a call was given.
public struct ReportSet: Sendable {
  /// What came of each, in the order in which they were named.
  public let outcomes: [ModelOutcome]

  /// Whether a single file was named; formats then show its report, and no more.
  public let isSingle: Bool

  /// Whether it is right that there is no model, as in a part of few models.
  public let mayBeEmpty: Bool

  /// The version of the program.
  public let toolVersion: String

  /// How long all of it took; nil leaves it out.
  public let seconds: Double?

  /// The exit code of each word.
  public let exitPolicy: ExitPolicy

  /// Puts outcomes together.
  public init(
    _ outcomes: [ModelOutcome], isSingle: Bool = false, mayBeEmpty: Bool = false,
    toolVersion: String = Verifier.Options().toolVersion, seconds: Double? = nil,
    exitPolicy: ExitPolicy = ExitPolicy()
  ) {
    self.outcomes = outcomes
    self.isSingle = isSingle
    self.mayBeEmpty = mayBeEmpty
    self.toolVersion = toolVersion
    self.seconds = seconds
    self.exitPolicy = exitPolicy
  }

  /// The only outcome of a call for a single file.
  var single: ModelOutcome? { isSingle ? outcomes.first : nil }

  /// The number of models with each word.
  public func count(_ word: ModelOutcome.Word) -> Int { outcomes.count { $0.word == word } }

  /// The worst that came of a model: refused before differs, differs before inconclusive.
  ///
  /// Of no model at all it is refused, for nothing was judged, unless there may be none.
  public var worst: ModelOutcome.Word {
    ModelOutcome.Word.fromWorst.first { count($0) > 0 }
      ?? (outcomes.isEmpty && mayBeEmpty ? .same : .refused)
  }

  /// The exit code: that of the worst.
  public var status: Int { exitPolicy.code(of: worst) ?? 2 }

  /// The numbers in words, as in `3 models: 1 same, 1 differs, 0 inconclusive, 1 refused`.
  var words: String { ReportSet.words(count) }

  /// Numbers of models in words, for the number of those with each word.
  package static func words(_ count: (ModelOutcome.Word) -> Int) -> String {
    let all = ModelOutcome.Word.allCases
    let models = all.reduce(0) { $0 + count($1) }
    return Number.count(models, "model") + ": "
      + all.filter { $0 != .skipped || count(.skipped) > 0 }
      .map { "\(count($0)) \($0.rawValue)" }.joined(separator: ", ")
  }
}

extension ModelOutcome {
  /// What is wrong, in a line; nil where nothing is.
  var headline: String? {
    switch result {
    case .judged(let report):
      report.findings.first { $0.verdict != .warning }.map {
        // A misfit is the name of a tensor, and nothing else.
        let isNamed = $0.module.isEmpty || $0.module == $0.message
        return $0.code.rawValue + (isNamed ? "" : " " + $0.module) + ": " + $0.message
      }
    case .refused(let refusal): refusal.message
    case .skipped: nil
    }
  }
}
