import Foundation
import Tensors
import Testing

@testable import Verification

@Suite("the report of several models")
struct ReportSetTests {
  private static let refusal = Refusal(
    message: "b.pt: data.pkl, byte 7: ends early", reason: "truncated", entry: "data.pkl",
    offset: 7, advice: "copy it again")

  private func set(_ results: ModelOutcome.Result..., seconds: Double? = nil) -> ReportSet {
    ReportSet(
      zip("abcdef", results).map { ModelOutcome(path: "\($0).pt", $1) }, toolVersion: "1.2",
      seconds: seconds)
  }

  private func judged(_ verdict: Verdict) throws -> ModelOutcome.Result {
    let loading: LoadingFacts =
      switch verdict {
      case .ok, .warning: LoadingFacts()
      case .fail: LoadingFacts(misfits: ["weight"])
      case .inconclusive: LoadingFacts(assumptions: ["stride 1"])
      }
    var options = Verifier.Options()
    options.showsTiming = false
    let subject = Subject(
      WindowModule(weights: [1, 2]), frame: [1, 2], clipLength: 6, loading: loading)
    return .judged(try Verifier(subject, options: options).run())
  }

  @Test("refused is worse than differs, differs than inconclusive, and inconclusive than same")
  func worst() throws {
    let (same, differs) = (try judged(.ok), try judged(.fail))
    let open = try judged(.inconclusive)
    #expect(set(same).status == 0)
    #expect(set(same, open, same).status == 3)
    #expect(set(open, same, differs).status == 1)
    #expect(set(differs, .refused(ReportSetTests.refusal), open).status == 2)
    #expect(set(same, .skipped).status == 0)
    // Where nothing was judged, nothing is the same.
    #expect(set().status == 2)
    #expect(set(.skipped).status == 2)
  }

  @Test("a page has a section for each, a line for each with what is wrong, and the numbers")
  func human() throws {
    let reports = set(
      try judged(.ok), .refused(ReportSetTests.refusal), try judged(.fail), .skipped, seconds: 2.5)
    let text = HumanFormat().render(reports)
    #expect(text.contains("verdict: same (exit 0)\n"))
    #expect(
      text.contains("coverify 1.2 | b.pt\n\nCV103 REFUSED\n  error    b.pt: data.pkl, byte 7"))
    #expect(text.contains("  hint     copy it again\n  explain  coverify explain CV103\n"))
    let end = """
      models
        a.pt  same
        b.pt  refused
          b.pt: data.pkl, byte 7: ends early
        c.pt  differs
          CV101: weight
        d.pt  skipped
      4 models: 1 same, 1 differs, 0 inconclusive, 1 refused, 1 skipped in 2.5 s (exit 2)

      """
    #expect(text.hasSuffix(end), "\(text)")
    let quiet = HumanFormat(showsVerdictOnly: true).render(reports)
    #expect(quiet.hasPrefix("models\n  a.pt  same\n  b.pt  refused\n  c.pt  differs\n"))
    let colored = HumanFormat(usesColor: true, showsVerdictOnly: true).render(reports)
    #expect(colored.contains("  b.pt  \u{1B}[31mrefused\u{1B}[0m\n"))
  }

  @Test("JSON has the report of each model, and the numbers; a refusal is a finding")
  func json() throws {
    let text = JSONFormat().render(set(try judged(.ok), .refused(ReportSetTests.refusal)))
    #expect(text.hasPrefix("{\n  \"schema\": \"coverify.reports/1\","))
    #expect(text.components(separatedBy: "\"coverify.report/1\"").count == 3)
    #expect(
      text.contains(
        """
              "findings": [
                {
                  "code": "CV103",
                  "severity": "refused",
                  "reason": "truncated",
                  "message": "b.pt: data.pkl, byte 7: ends early",
                  "at": {
                    "entry": "data.pkl",
                    "offset": 7
                  },
                  "hint": "copy it again"
                }
              ],
        """), "\(text)")
    #expect(
      text.hasSuffix(
        """
          "summary": {
            "verdict": "refused",
            "models": 2,
            "same": 1,
            "differs": 0,
            "inconclusive": 0,
            "refused": 1,
            "skipped": 0,
            "exit": 2
          }
        }

        """))
  }

  @Test("JSON lines say of which model they are, and the last has the numbers")
  func lines() throws {
    let lines = JSONFormat().lines(
      set(try judged(.ok), .refused(ReportSetTests.refusal), .skipped)
    ).split(separator: "\n")
    #expect(lines.dropLast().allSatisfy { $0.contains(/"path":"[abc].pt"/) })
    #expect(lines[lines.count - 5].contains("\"path\":\"b.pt\",\"code\":\"CV103\""))
    #expect(lines[lines.count - 4].contains("\"path\":\"b.pt\",\"verdict\":\"refused\",\"exit\":2"))
    #expect(lines[lines.count - 2].contains("\"path\":\"c.pt\",\"verdict\":\"skipped\""))
    #expect(lines[lines.count - 1].hasPrefix("{\"kind\":\"total\",\"verdict\":\"refused\""))
  }

  @Test("JUnit has the suites of each model; a refusal is an error, what was left out is skipped")
  func junit() throws {
    let text = JUnitFormat().render(
      set(try judged(.ok), .refused(ReportSetTests.refusal), .skipped))
    #expect(text.contains("<testsuite name=\"a.pt CV2\""))
    #expect(
      text.contains(
        """
          <testsuite name="b.pt CV1" tests="1" failures="0" errors="1" skipped="0">
            <testcase classname="b.pt" name="CV103 refused">
              <error message="b.pt: data.pkl, byte 7: ends early" type="truncated">b.pt: data.pkl, byte 7: ends early
        copy it again</error>
            </testcase>
          </testsuite>
          <testsuite name="c.pt CV1" tests="1" failures="0" errors="0" skipped="1">
            <testcase classname="c.pt" name="CV103 refused">
              <skipped/>
            </testcase>
          </testsuite>
        """), "\(text)")
    let tests = text.components(separatedBy: "<testcase").count - 1
    #expect(
      text.contains(
        "<testsuites name=\"coverify\" tests=\"\(tests)\" failures=\"0\" errors=\"1\""))
  }

  @Test("GitHub gets the worst of all models, and the numbers; Markdown a table and the reports")
  func others() throws {
    let reports = set(try judged(.fail), .refused(ReportSetTests.refusal), try judged(.ok))
    #expect(
      GitHubFormat().render(reports) == """
        ::error file=b.pt,title=CV103::b.pt: data.pkl, byte 7: ends early; copy it again
        ::error file=a.pt,title=CV101 weight::weight
        ::notice title=coverify::3 models: 1 same, 1 differs, 0 inconclusive, 1 refused

        """)
    let page = MarkdownFormat().render(reports)
    #expect(
      page.hasPrefix(
        """
        ## coverify: 3 models: 1 same, 1 differs, 0 inconclusive, 1 refused

        | model | verdict | |
        |---|---|---|
        | `a.pt` | differs | CV101: weight |
        | `b.pt` | refused | b.pt: data.pkl, byte 7: ends early |
        | `c.pt` | same |  |

        ### coverify: differs
        """), "\(page)")
    #expect(page.contains("\n### coverify: refused `b.pt`\n\n- **CV103**: b.pt: data.pkl"))
  }

  @Test("GitLab gets an issue for each finding, whose fingerprint stays as long as it is found")
  func gitlab() throws {
    let reports = set(try judged(.fail), .refused(ReportSetTests.refusal), try judged(.ok))
    let text = GitLabFormat().render(reports)
    #expect(
      text.hasPrefix(
        """
        [
          {
            "description": "CV101 weight: weight",
            "check_name": "CV101",
            "fingerprint": "
        """), "\(text)")
    #expect(text.contains("\"severity\": \"critical\""))
    #expect(text.contains("\"severity\": \"blocker\""))
    #expect(text.contains("\"path\": \"b.pt\""))
    let prints = text.matches(of: /"fingerprint": "([0-9a-f]{16})"/).map(\.output.1)
    #expect(Set(prints).count == 2)
    #expect(GitLabFormat().render(set(try judged(.ok))) == "[]\n")
  }

  @Test("of a single file a report has what it always had, and a refusal nothing on the screen")
  func single() throws {
    let result = try judged(.ok)
    guard case .judged(let report) = result else { return }
    let outcome = ModelOutcome(path: "", result)
    let alone = ReportSet([outcome], isSingle: true)
    #expect(JSONFormat().render(alone) == JSONFormat().render(report))
    #expect(JSONFormat().lines(alone) == JSONFormat().lines(report))
    #expect(HumanFormat().render(alone) == HumanFormat().render(report))
    #expect(MarkdownFormat().render(alone) == MarkdownFormat().render(report))
    let refused = ReportSet(
      [ModelOutcome(path: "b.pt", .refused(ReportSetTests.refusal))], isSingle: true)
    #expect(HumanFormat().render(refused) == "")
    #expect(JSONFormat().render(refused).contains("\"schema\": \"coverify.report/1\""))
  }
}
