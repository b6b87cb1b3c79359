import Continual
import Tensors
import TestSupport
import Testing

@testable import Verification

@Suite("the page for a browser")
struct HTMLFormatTests {
  /// A network with a branch that is one step short, or right.
  private func network(delay: Int, names: (String, String) = ("both", "sum")) throws -> any Module {
    var random = RandomSource(seed: 7)
    let slow = try Convolution(
      weight: Tensor([2, 2, 5], (0..<20).map { _ in random.normal() }), bias: nil, stride: [1],
      padding: .explicit([2]), dilation: [1], groups: 1, paddingMode: .zeros)
    return Sequential([
      NamedModule("split", try BroadcastStreams(count: 2)),
      NamedModule(
        names.0,
        Parallel(
          [NamedModule("0", slow), NamedModule("1", try Delay(frames: delay))], autoDelay: false)),
      NamedModule(names.1, Reduce(.sum)),
    ])
  }

  private func report(
    _ network: any Module, path: String = "net.pt", keepsPicture: Bool = true
  ) throws -> Report {
    var options = Verifier.Options()
    options.profiles = [.normal, .uniform]
    options.showsTiming = false
    options.keepsPicture = keepsPicture
    return try Verifier(
      Subject(network, frame: [1, 2], clipLength: 12, loading: LoadingFacts(path: path)),
      options: options
    ).run()
  }

  @Test("says the verdict first, and shows every part with the same bytes each time")
  func parts() throws {
    let report = try report(try network(delay: 2))
    let page = HTMLFormat().render(report)
    try WellFormed.check(page)
    #expect(page.contains("<title>same: net.pt – coverify</title>"))
    #expect(page.contains("<h2>same</h2>\n<p class=\"sentence\">Clip, chunks and single steps"))
    #expect(page.contains("exit code 0; "))
    for part in ["Checks", "Layers and frames", "Time", "The network", "What was judged"] {
      #expect(page.contains(">\(part)</h3>"), "\(part)")
    }
    #expect(page.contains("<p class=\"empty\">Nothing was found that differs or is open.</p>"))
    #expect(HTMLFormat().render(report) == page)
    #expect(HTMLFormat().render(try self.report(try network(delay: 2))) == page)
    #expect(page.utf8.count < 80_000)
  }

  @Test("a delay that is too short is red in the diagram, and all places lead to each other")
  func misaligned() throws {
    let report = try report(try network(delay: 1))
    let page = HTMLFormat().render(report)
    try WellFormed.check(page)
    #expect(page.contains("<h2>differs</h2>"))
    #expect(page.contains("branch 1 is delayed by 1 step and needs 2. In step 2, frames 0 and 1"))
    #expect(page.contains("<text class=\"in-cell bad\""))
    #expect(page.contains(">0+1</text>"))
    // From the finding to its join and node, and from these to the finding.
    for link in ["m1-f1", "m1-j1"] {
      #expect(page.contains("id=\"\(link)\""), "\(link)")
      #expect(page.contains("href=\"#\(link)\""), "\(link)")
    }
    #expect(page.contains(">clip ↔ as written</span>"))
    #expect(page.contains("<path class=\"s-written\""))
  }

  @Test("every link leads somewhere, and every name of a place is given once")
  func links() throws {
    let reports = try (1...3).map { try report(try network(delay: $0), path: "\($0).pt") }
    let page = HTMLFormat().render(
      ReportSet(reports.map { ModelOutcome(path: $0.model.loading.path, .judged($0)) }))
    try WellFormed.check(page)
    let names = page.matches(of: #/ id="([^"]*)"/#).map { String($0.1) }
    #expect(Set(names).count == names.count)
    let targets = Set(page.matches(of: #/ href="\#([^"]*)"/#).map { String($0.1) })
    #expect(targets.count > 10)
    #expect(targets.subtracting(names).isEmpty)
  }

  @Test("models that are refused or skipped have their sections, and the page its summary")
  func refused() throws {
    let refusal = Refusal(
      message: "b.pt: data.pkl, byte 7: ends early", reason: "truncated", entry: "data.pkl",
      offset: 7, advice: "copy it again")
    let same = try report(try network(delay: 2))
    let page = HTMLFormat().render(
      ReportSet([
        ModelOutcome(path: "a.pt", .judged(same)), ModelOutcome(path: "b.pt", .refused(refusal)),
        ModelOutcome(path: "c.pt", .skipped),
      ]))
    try WellFormed.check(page)
    #expect(page.contains("<p class=\"sentence\">3 models: 1 same, 0 differs"))
    #expect(page.contains("(exit 2)"))
    for row in [
      "<dt>reason</dt><dd>truncated</dd>", "<dt>entry</dt><dd>data.pkl</dd>",
      "<dt>at byte</dt><dd>7</dd>", "<dt>what to do</dt><dd>copy it again</dd>",
    ] { #expect(page.contains(row), "\(row)") }
    // What is the same is closed, what is not is open.
    #expect(page.contains("<details class=\"model\">\n<summary><span class=\"word same\">"))
    let open = "<details class=\"model\" open=\"open\">\n<summary>"
    #expect(page.contains(open + "<span class=\"word refused\">"))
  }

  @Test("names of a file are text, wherever they stand")
  func hostile() throws {
    let name = "</script><script>alert(1)</script><!--\u{2028}]]>&amp;\"'"
    let hostile = try report(
      try network(delay: 1, names: (name, name + "x")), path: name + ".pt")
    let refusal = Refusal(message: name, reason: name, entry: name, offset: 1, advice: name)
    let page = HTMLFormat().render(
      ReportSet([
        ModelOutcome(path: name, .judged(hostile)), ModelOutcome(path: name, .refused(refusal)),
      ]))
    try WellFormed.check(page)
    #expect(!page.contains("alert(1)</script>"))
    #expect(!page.contains("<!--"))
    #expect(!page.unicodeScalars.contains("\u{2028}"))
    #expect(page.contains("&lt;/script&gt;&lt;script&gt;alert(1)"))
    // In the data of the map as well, where a name ends no element.
    #expect(page.contains("\\u003C/script\\u003E"))
    // One for the page, and those of data.
    let scripts = page.matches(of: /<script/).count
    let data = page.matches(of: /<script type="application\/json">/).count
    #expect(scripts == data + 1)
    #expect(page.matches(of: /<\/script>/).count == scripts)
  }

  @Test("nothing is kept of frames, and nothing drawn, where no page is asked for")
  func without() throws {
    let report = try report(try network(delay: 1), keepsPicture: false)
    #expect(report.picture == nil)
    let page = HTMLFormat().render(report)
    try WellFormed.check(page)
    #expect(!page.contains("Layers and frames"))
    #expect(page.contains("What was found"))
  }

  @Test("a report with a picture says the same as one without")
  func sameReport() throws {
    for delay in [1, 2] {
      let reports = try [true, false].map {
        JSONFormat().render(try report(try network(delay: delay), keepsPicture: $0))
      }
      #expect(reports[0] == reports[1])
    }
  }
}
