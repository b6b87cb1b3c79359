import PlainData

/// A report as GitHub's workflow commands: an annotation for each finding.
///
/// GitHub shows ten errors and ten warnings a step; the rest is counted in a notice.
public struct GitHubFormat: Sendable {
  /// Makes the format.
  public init() {}

  /// The most annotations of one kind that GitHub shows.
  static let most = 10

  /// The whole report, with a line end at the end.
  public func render(_ report: Report) -> String {
    render(
      ReportSet([ModelOutcome(path: report.model.loading.path, .judged(report))], isSingle: true))
  }

  /// The report of all models, with a line end at the end: the worst findings of all of them.
  public func render(_ set: ReportSet) -> String {
    let findings = set.outcomes.flatMap { outcome in
      (outcome.report?.findings ?? []).map { (outcome, $0) }
    }
    // Findings of one kind of check can be compared by how far they are beyond what is allowed.
    let sorted = findings.enumerated().sorted {
      ($1.element.1.excess, $0.offset) < ($0.element.1.excess, $1.offset)
    }.map(\.element)
    let refused = set.outcomes.compactMap(refusal)
    let failures = sorted.filter { $0.1.verdict == .fail }.map { annotation("error", $1, $0) }
    let others = sorted.filter { $0.1.verdict != .fail }.map { annotation("warning", $1, $0) }
    var lines: [String] = []
    for annotations in [refused + failures, others] {
      lines += annotations.prefix(GitHubFormat.most)
      if annotations.count > GitHubFormat.most {
        let more = annotations.count - GitHubFormat.most
        lines.append("::notice title=coverify::\(more) more findings of this kind")
      }
    }
    lines.append("::notice title=coverify::\(summary(set))")
    return lines.joined(separator: "\n") + "\n"
  }

  private func summary(_ set: ReportSet) -> String {
    guard let report = set.single?.report else { return set.words }
    return "\(report.rows(.fail)) failed, \(report.rows(.ok)) passed, "
      + "\(report.rows(.inconclusive)) inconclusive"
  }

  private func refusal(_ outcome: ModelOutcome) -> String? {
    guard case .refused(let refusal) = outcome.result else { return nil }
    let message = [refusal.message, refusal.advice].compactMap(\.self).joined(separator: "; ")
    return "::error file=\(property(outcome.path)),title=\(Refusal.code.rawValue)::\(data(message))"
  }

  private func annotation(
    _ command: String, _ finding: Finding, _ outcome: ModelOutcome
  ) -> String {
    let file = outcome.path
    var properties = file.isEmpty ? "" : "file=\(property(file)),"
    let place = finding.module.isEmpty ? "" : " " + finding.module
    properties += "title=\(property(finding.code.rawValue + place))"
    var message = finding.message
    if let pattern = finding.pattern { message += "; " + pattern }
    if let hint = finding.hint { message += "; " + hint }
    return "::\(command) \(properties)::\(data(message))"
  }

  private func data(_ text: String) -> String {
    text.cut().printableLines.map { character in
      switch character {
      case "%": "%25"
      case "\r": "%0D"
      case "\n": "%0A"
      case "\r\n": "%0D%0A"
      default: String(character)
      }
    }.joined()
  }

  private func property(_ text: String) -> String {
    data(text).map { $0 == ":" ? "%3A" : ($0 == "," ? "%2C" : String($0)) }.joined()
  }
}
