import Continual
import PlainData
import TextLayout

/// A report as Markdown, as for a comment on a pull request or `$GITHUB_STEP_SUMMARY`.
public struct MarkdownFormat: Sendable {
  /// Makes the format.
  public init() {}

  /// The report of all models, with a line end at the end: what came of each, and then their reports.
  public func render(_ set: ReportSet) -> String {
    if let outcome = set.single { return section(outcome) }
    var lines = ["## coverify: \(set.words)", "", "| model | verdict | |", "|---|---|---|"]
    for outcome in set.outcomes {
      // A cell is a line.
      let headline = (outcome.headline ?? "").replacing("\n", with: " ")
      lines.append(
        "| \(cell(outcome.path)) | \(outcome.word.rawValue) | \(escaped(headline)) |")
    }
    let sections = set.outcomes.filter { $0.word != .skipped }.map(section)
    return ([lines.joined(separator: "\n") + "\n"] + sections).joined(separator: "\n")
  }

  private func section(_ outcome: ModelOutcome) -> String {
    switch outcome.result {
    case .judged(let report): return render(report)
    case .refused(let refusal):
      let message = [refusal.message, refusal.advice].compactMap(\.self).joined(separator: "; ")
        .replacing("\n", with: " ")
      return "### coverify: \(outcome.word.rawValue) \(code(outcome.path))\n\n"
        + "- **\(Refusal.code.rawValue)**: \(escaped(message))\n"
    case .skipped: return ""
    }
  }

  /// Code in a table, where a bar would end the cell.
  private func cell(_ text: String) -> String { code(text).replacing("|", with: "\\|") }

  /// The whole report, with a line end at the end.
  public func render(_ report: Report) -> String {
    let timing = report.time.declared
    var lines = [
      "### coverify: \(report.verdict.word.rawValue) \(code(report.model.loading.path))",
      "",
      "\(report.model.typeName), \(Number.grouped(report.model.moduleCount)) modules, "
        + "\(Number.grouped(report.model.parameterCount)) parameters; receptive field "
        + "\(timing.receptiveField), delay \(timing.delay), \(timing.rate.words), warm-up "
        + "\(timing.warmUp) steps",
      "",
      "| check | cases | worst | allowed | verdict |",
      "|---|---:|---:|---:|---|",
    ]
    for row in report.checks {
      let unit = row.unit.isEmpty || row.unit == "-" ? "" : " " + row.unit
      let number = { (value: Double?) in
        row.unit == "-" ? "-" : value.map { Number.short($0) + unit } ?? "-"
      }
      lines.append(
        "| \(row.family.code) \(row.name) | \(row.cases) | \(number(row.worst)) | "
          + "\(number(row.allowed)) | \(row.verdict.cell) |")
    }
    lines.append("")
    for finding in report.findings {
      let place = finding.module.isEmpty ? "" : " " + code(finding.module)
      var text = "- **\(finding.code.rawValue)**\(place): \(escaped(finding.message))"
      if let pattern = finding.pattern { text += "; \(escaped(pattern))" }
      if let hint = finding.hint { text += "; \(escaped(hint))" }
      lines.append(text)
    }
    if !report.findings.isEmpty { lines.append("") }
    lines += report.notes.map { "- note: \(escaped($0))" }
    if !report.notes.isEmpty { lines.append("") }
    lines.append(
      "\(report.rows(.fail)) failed, \(report.rows(.ok)) passed, "
        + "\(report.rows(.inconclusive)) inconclusive; \(Number.grouped(report.caseCount)) cases, "
        + "\(Number.large(report.elementCount)) elements")
    return lines.joined(separator: "\n") + "\n"
  }

  private func code(_ text: String) -> String {
    text.isEmpty ? "" : "`" + text.cut().printable.replacing("`", with: "'") + "`"
  }

  private func escaped(_ text: String) -> String {
    var result = ""
    for character in text.cut().printable {
      if "\\`*_<>|[]".contains(character) { result.append("\\") }
      result.append(character)
    }
    return result
  }
}
