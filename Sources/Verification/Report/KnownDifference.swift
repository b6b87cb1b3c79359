/// A difference that is known, and accepted for a reason.
public struct KnownDifference: Hashable, Sendable {
  /// The code of the finding, as CV206.
  public let code: CheckCode

  /// The path of the module, where `*` stands for any characters; nil for all of them.
  public let module: String?

  /// The models it is about, as a pattern; nil for all of them.
  public let model: String?

  /// Why it is accepted.
  public let reason: String

  /// The last day on which it is accepted, as 2027-01-31; nil for no end.
  public let expires: String?

  /// Where it is written, as `coverify.toml, known 2`.
  public let source: String

  /// Describes a difference.
  public init(
    code: CheckCode, module: String? = nil, model: String? = nil, reason: String,
    expires: String? = nil, source: String = ""
  ) {
    self.code = code
    self.module = module
    self.model = model
    self.reason = reason
    self.expires = expires
    self.source = source
  }

  /// Whether its last day is over.
  ///
  /// - Parameter today: as 2026-11-29.
  /// - Returns: whether it is later than ``expires``.
  public func isOver(on today: String) -> Bool { expires.map { $0 < today } ?? false }

  /// Why it is accepted, and until when.
  var words: String { reason + (expires.map { "; until \($0)" } ?? "") }

  /// Whether a finding is this difference.
  func isOf(_ finding: Finding) -> Bool {
    guard finding.code == code else { return false }
    guard let module else { return true }
    return KnownDifference.matches(Array(finding.module.utf8), Array(module.utf8))
  }

  /// Whether a text has the form of a pattern, in which `*` stands for any characters.
  private static func matches(_ text: [UInt8], _ pattern: [UInt8]) -> Bool {
    // Where each is, and where both go on after the last star.
    var (place, form) = (0, 0)
    var star: (place: Int, form: Int)?
    while place < text.count {
      if form < pattern.count, pattern[form] == UInt8(ascii: "*") {
        star = (place, form + 1)
        form += 1
      } else if form < pattern.count, pattern[form] == text[place] {
        (place, form) = (place + 1, form + 1)
      } else if let last = star {
        star = (last.place + 1, last.form)
        (place, form) = (last.place + 1, last.form)
      } else {
        return false
      }
    }
    return pattern[form...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}

extension Report {
  /// A known difference, and how many findings are this one.
  public struct Known: Sendable {
    /// The difference.
    public let difference: KnownDifference
    /// The number of findings.
    public let hits: Int
  }

  /// The same where known differences count no more: what they explain is a warning, with the reason.
  ///
  /// A comparison that failed is explained where all findings about its check, module and mode are known; one
  /// without findings of its own, where all about its family are.
  ///
  /// - Parameter known: the differences.
  /// - Returns: the report, whose ``known`` has the number of findings that each explains.
  public func accepting(_ known: [KnownDifference]) -> Report {
    guard !known.isEmpty else { return self }
    var report = self
    var hits = [Int](repeating: 0, count: known.count)
    for index in findings.indices where findings[index].verdict != .warning {
      guard let place = known.firstIndex(where: { $0.isOf(findings[index]) }) else { continue }
      hits[place] += 1
      report.findings[index].acceptance = known[place]
    }
    report.known = zip(known, hits).map { Known(difference: $0, hits: $1) }
    guard hits.contains(where: { $0 > 0 }) else { return report }
    for index in plan.indices where plan[index].verdict != .ok {
      report.plan[index].acceptance = report.explanation(of: plan[index])
    }
    report.findings.sort { $0.verdict.place < $1.verdict.place }
    report.checks = CheckRow.all(of: report.plan, truth)
    let verdicts = Set(report.plan.map(\.verdict))
    report.verdict =
      verdicts.contains(.fail) ? .fail : verdicts.contains(.inconclusive) ? .inconclusive : .ok
    return report
  }

  /// The known difference that explains what came of a comparison; nil where none does.
  private func explanation(of entry: Ledger.Entry) -> KnownDifference? {
    let requirement = entry.requirement
    let family = findings.filter {
      $0.code.family == requirement.check.family && $0.problem.verdict != .warning
    }
    let own = family.filter {
      $0.module == requirement.module && ($0.mode == requirement.mode || $0.mode == nil)
    }
    let deciding = own.isEmpty ? family : own
    return deciding.allSatisfy { $0.acceptance != nil } ? deciding.first?.acceptance : nil
  }

  /// The number of findings that are known differences.
  public var acceptedCount: Int { findings.count { $0.acceptance != nil } }
}
