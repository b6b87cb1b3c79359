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
    var lines: [String] = []
    for (verdict, command) in [(Verdict.fail, "error"), (.inconclusive, "warning")] {
      let findings = report.findings.filter {
        $0.verdict == verdict || (verdict != .fail && $0.verdict == .warning)
      }
      // Findings of one kind of check can be compared by how far they are beyond what is allowed.
      let worst = findings.enumerated().sorted {
        ($1.element.excess, $0.offset) < ($0.element.excess, $1.offset)
      }
      for (_, finding) in worst.prefix(GitHubFormat.most) {
        lines.append(annotation(command, finding, report))
      }
      if findings.count > GitHubFormat.most {
        let more = findings.count - GitHubFormat.most
        lines.append("::notice title=coverify::\(more) more findings of this kind")
      }
    }
    lines.append(
      "::notice title=coverify::\(report.rows(.fail)) failed, \(report.rows(.ok)) passed, "
        + "\(report.rows(.inconclusive)) inconclusive")
    return lines.joined(separator: "\n") + "\n"
  }

  private func annotation(_ command: String, _ finding: Finding, _ report: Report) -> String {
    let file = report.model.loading.path
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
