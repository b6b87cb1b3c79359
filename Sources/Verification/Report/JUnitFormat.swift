import PlainData
import TextLayout

/// A report for CI systems that read JUnit's XML: a suite for each family of checks, a test case for
/// each required comparison.
///
/// Differences are failures; what could not be decided is an error, never silently absent.
public struct JUnitFormat: Sendable {
  /// Makes the format.
  public init() {}

  /// The whole report, with a line end at the end.
  public func render(_ report: Report) -> String {
    let counts = report.plan.map(\.verdict)
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    text += "<testsuites name=\"coverify\" tests=\"\(counts.count)\" "
    text += "failures=\"\(counts.count { $0 == .fail })\" "
    text += "errors=\"\(counts.count { $0 == .inconclusive })\""
    text += (report.seconds.map { " time=\"\(Number.fixed($0, decimals: 3))\"" } ?? "") + ">\n"
    for family in CheckFamily.allCases {
      let entries = report.plan.filter { $0.requirement.check.family == family }
      if !entries.isEmpty { text += suite(family, entries, report) }
    }
    return text + "</testsuites>\n"
  }

  private func suite(
    _ family: CheckFamily, _ entries: [Ledger.Entry], _ report: Report
  ) -> String {
    let verdicts = entries.map(\.verdict)
    var text = "  <testsuite name=\"\(family.code)\" tests=\"\(entries.count)\" "
    text += "failures=\"\(verdicts.count { $0 == .fail })\" "
    text += "errors=\"\(verdicts.count { $0 == .inconclusive })\">\n"
    for entry in entries { text += testCase(entry, report) }
    return text + "  </testsuite>\n"
  }

  private func testCase(_ entry: Ledger.Entry, _ report: Report) -> String {
    let requirement = entry.requirement
    let name = [
      requirement.check.rawValue, requirement.check.title, requirement.mode?.rawValue,
      requirement.profile,
    ].compactMap(\.self).joined(separator: " ")
    let module = requirement.module.isEmpty ? report.model.typeName : requirement.module
    let head =
      "    <testcase classname=\"\(escaped(module))\" name=\"\(escaped(name))\""
    switch entry.verdict {
    case .ok, .warning: return head + "/>\n"
    case .fail:
      let message = message(for: entry, report)
      return head + ">\n      <failure message=\"\(escaped(message))\"/>\n    </testcase>\n"
    case .inconclusive:
      let reason = entry.doubt ?? "undecided"
      return head + ">\n      <error message=\"\(escaped(reason))\"/>\n    </testcase>\n"
    }
  }

  private func message(for entry: Ledger.Entry, _ report: Report) -> String {
    let requirement = entry.requirement
    let finding =
      report.findings.first {
        $0.code.family == requirement.check.family && $0.module == requirement.module
          && ($0.mode == requirement.mode || $0.mode == nil)
      } ?? report.findings.first { $0.code.family == requirement.check.family }
    if let finding { return "\(finding.code.rawValue) \(finding.message)" }
    let worst = entry.measurements.map(\.worst).max() ?? .nan
    return "differs by \(Number.short(worst))"
  }

  private func escaped(_ text: String) -> String {
    var result = ""
    // A name or a message of a file can be long, and hold what steers whatever shows the report.
    for scalar in text.cut().printableLines.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      // XML 1.0 has no other control characters, not even escaped ones.
      case _ where scalar.value < 0x20: result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
