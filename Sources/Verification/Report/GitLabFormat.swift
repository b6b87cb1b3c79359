import PlainData

/// A report as GitLab's code quality: an issue for each finding, in the file of the model.
///
/// The fingerprint of an issue stays the same as long as the same check finds the same thing at the same
/// module, so that GitLab can tell what a change brings.
public struct GitLabFormat: Sendable {
  /// Makes the format.
  public init() {}

  /// The report of all models, with a line end at the end.
  public func render(_ set: ReportSet) -> String {
    var seen: [String: Int] = [:]
    let issues = set.outcomes.flatMap(issues).map { issue in
      // Two findings with the same words have fingerprints of their own.
      let key = [issue.path, issue.code, issue.module, issue.mode].joined(separator: "\n")
      seen[key, default: 0] += 1
      return document(issue, fingerprint: fingerprint("\(key)\n\(seen[key] ?? 0)"))
    }
    return PlainValue.list(issues).json(.indented) + "\n"
  }

  private struct Issue {
    let path: String
    let code: String
    var module = ""
    var mode = ""
    let description: String
    let severity: String
  }

  private func issues(_ outcome: ModelOutcome) -> [Issue] {
    switch outcome.result {
    case .judged(let report):
      report.findings.map { finding in
        Issue(
          path: outcome.path, code: finding.code.rawValue, module: finding.module,
          mode: finding.mode?.rawValue ?? "",
          description: (finding.module.isEmpty ? "" : finding.module + ": ") + finding.message,
          severity: severity(finding.verdict))
      }
    case .refused(let refusal):
      [
        Issue(
          path: outcome.path, code: Refusal.code.rawValue, description: refusal.message,
          severity: "blocker")
      ]
    case .skipped: []
    }
  }

  private func severity(_ verdict: Verdict) -> String {
    switch verdict {
    case .fail: "critical"
    case .inconclusive: "major"
    case .warning, .ok: "minor"
    }
  }

  private func document(_ issue: Issue, fingerprint: String) -> PlainValue {
    .members(
      ("description", .string("\(issue.code) \(issue.description)".cut().printable)),
      ("check_name", .string(issue.code)), ("fingerprint", .string(fingerprint)),
      ("severity", .string(issue.severity)),
      (
        "location",
        .members(
          ("path", .string(issue.path)), ("lines", .members(("begin", .int(1)))))
      ))
  }

  /// FNV-1a with 64 bits, in hexadecimal digits.
  private func fingerprint(_ text: String) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
