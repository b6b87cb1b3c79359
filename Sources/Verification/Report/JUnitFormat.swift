import PlainData
import TextLayout

/// A report for CI systems that read JUnit's XML: a suite for each family of checks of each model, a test
/// case for each required comparison, whose class is the model and the module.
///
/// Differences are failures, with all that is known of them; what could not be decided, and a file that
/// is refused, is an error, never silently absent.
public struct JUnitFormat: Sendable {
  /// Makes the format.
  public init() {}

  /// The whole report, with a line end at the end.
  public func render(_ report: Report) -> String {
    render(
      ReportSet(
        [ModelOutcome(path: report.model.loading.path, .judged(report))], isSingle: true,
        seconds: report.seconds))
  }

  /// The report of all models, with a line end at the end: the suites of each are named after it.
  public func render(_ set: ReportSet) -> String {
    let suites = set.outcomes.flatMap(suites)
    let counts = suites.reduce(into: Counts()) { $0.add($1.counts) }
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    text += "<testsuites name=\"coverify\" \(counts.attributes)"
    text += (set.seconds.map { " time=\"\(Number.fixed($0, decimals: 3))\"" } ?? "") + ">\n"
    for suite in suites {
      text += "  <testsuite name=\"\(escaped(suite.name))\" \(suite.counts.attributes)>\n"
      text += suite.cases.joined() + "  </testsuite>\n"
    }
    return text + "</testsuites>\n"
  }

  // MARK: - Suites

  /// How many test cases there are, and what came of them.
  private struct Counts {
    var tests = 0
    var failures = 0
    var errors = 0
    var skipped = 0

    mutating func add(_ other: Counts) {
      tests += other.tests
      failures += other.failures
      errors += other.errors
      skipped += other.skipped
    }

    var attributes: String {
      "tests=\"\(tests)\" failures=\"\(failures)\" errors=\"\(errors)\" skipped=\"\(skipped)\""
    }
  }

  private struct Suite {
    let name: String
    let counts: Counts
    let cases: [String]
  }

  private func suites(_ outcome: ModelOutcome) -> [Suite] {
    let name = { (family: CheckFamily) in
      [outcome.path, family.code].filter { !$0.isEmpty }.joined(separator: " ")
    }
    let head = testCase(outcome.path, Refusal.code.rawValue + " " + Refusal.code.title)
    switch outcome.result {
    case .judged(let report):
      return CheckFamily.allCases.compactMap { family in
        let entries = report.plan.filter { $0.requirement.check.family == family }
        let verdicts = entries.map(\.verdict)
        return entries.isEmpty
          ? nil
          : Suite(
            name: name(family),
            counts: Counts(
              tests: entries.count, failures: verdicts.count { $0 == .fail },
              errors: verdicts.count { $0 == .inconclusive },
              skipped: verdicts.count { $0 == .warning }),
            cases: entries.map { testCase($0, outcome.path, report) })
      }
    case .refused(let refusal):
      let body = [refusal.message, refusal.advice].compactMap(\.self).joined(separator: "\n")
      return [
        Suite(
          name: name(.load), counts: Counts(tests: 1, errors: 1),
          cases: [head + ending("error", refusal.message, type: refusal.reason, body: body)])
      ]
    case .skipped:
      return [
        Suite(
          name: name(.load), counts: Counts(tests: 1, skipped: 1),
          cases: [head + ">\n      <skipped/>\n    </testcase>\n"])
      ]
    }
  }

  // MARK: - Cases

  /// The start of a test case, without the end of its tag.
  private func testCase(_ className: String, _ name: String) -> String {
    "    <testcase classname=\"\(escaped(className))\" name=\"\(escaped(name))\""
  }

  /// The rest of a test case that did not pass.
  private func ending(
    _ element: String, _ message: String, type: String?, body: String
  ) -> String {
    let type = type.map { " type=\"\(escaped($0))\"" } ?? ""
    let lines = body.split(separator: "\n").map { escaped(String($0)) }.joined(separator: "\n")
    return ">\n      <\(element) message=\"\(escaped(message))\"\(type)>\(lines)</\(element)>\n"
      + "    </testcase>\n"
  }

  private func testCase(_ entry: Ledger.Entry, _ path: String, _ report: Report) -> String {
    let requirement = entry.requirement
    let name = [
      requirement.check.rawValue, requirement.check.title, requirement.mode?.rawValue,
      requirement.profile,
    ].compactMap(\.self).joined(separator: " ")
    let module = requirement.module.isEmpty ? report.model.typeName : requirement.module
    let head = testCase([path, module].filter { !$0.isEmpty }.joined(separator: "::"), name)
    let code = requirement.check.rawValue
    switch entry.verdict {
    case .ok: return head + "/>\n"
    case .warning:
      let reason = "known: " + (entry.acceptance?.words ?? "")
      return head + ">\n      <skipped message=\"\(escaped(reason))\"/>\n    </testcase>\n"
    case .fail:
      let finding = finding(for: entry, report)
      let message =
        finding.map { "\($0.code.rawValue) \($0.message)" }
        ?? "differs by \(Number.short(entry.measurements.map(\.worst).max() ?? .nan))"
      return head
        + ending(
          "failure", message, type: code,
          body: finding.map { HumanFormat().block($0).joined(separator: "\n") } ?? message)
    case .inconclusive:
      let reason = entry.doubt ?? "undecided"
      return head + ending("error", reason, type: code, body: reason)
    }
  }

  /// What is found about an entry of the plan.
  private func finding(for entry: Ledger.Entry, _ report: Report) -> Finding? {
    let requirement = entry.requirement
    return report.findings.first {
      $0.code.family == requirement.check.family && $0.module == requirement.module
        && ($0.mode == requirement.mode || $0.mode == nil)
    } ?? report.findings.first { $0.code.family == requirement.check.family }
  }

  private func escaped(_ text: String) -> String {
    if text.utf8.count <= 1000, text.utf8.allSatisfy(isPlain) { return text }
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

  /// Whether a byte stands for itself in an attribute.
  private func isPlain(_ byte: UInt8) -> Bool {
    (0x20..<0x7F).contains(byte) && !"&<>\"".utf8.contains(byte)
  }
}
