import Continual
import Tensors
import TextLayout

/// What a page shows of one model.
struct ModelSection {
  let outcome: ModelOutcome
  /// Counted from one; all names of places in the section begin with it.
  let number: Int
  /// Whether it is the only one of the page.
  let isAlone: Bool
  /// Whether there is room for the pictures.
  let showsPicture: Bool

  /// The exit codes of words.
  let policy: ExitPolicy

  init(
    _ outcome: ModelOutcome, number: Int, isAlone: Bool, showsPicture: Bool,
    policy: ExitPolicy = ExitPolicy()
  ) {
    self.outcome = outcome
    self.policy = policy
    self.number = number
    self.isAlone = isAlone
    self.showsPicture = showsPicture
  }

  /// The section; among many, those of models that are the same are closed.
  var markup: Markup {
    guard outcome.word != .skipped else {
      return """
        <section id="m\(number)" class="model"><h2>\(outcome.path)</h2>
        <p class="muted">Skipped: an earlier model was not the same, and that was to be the end.</p>
        </section>
        """
    }
    let parts = [head] + body
    if isAlone {
      return "<article id=\"m\(number)\" class=\"model\">\n\(parts)\n</article>"
    }
    let isOpen = outcome.word != .same
    return """
      <details class="model"\(isOpen ? Markup(" open=\"open\"") : .nothing)>
      <summary><span class="word \(outcome.word.rawValue)">\(outcome.word.sign) \
      \(outcome.word.rawValue)</span> \(outcome.path)</summary>
      <article id="m\(number)">
      \(parts)
      </article></details>
      """
  }

  private var body: [Markup] {
    switch outcome.result {
    case .judged(let report):
      let places = PagePlaces(report, number: number, showsPicture: showsPicture)
      return [
        FindingCards(report, places).markup, ChecksTable(report, number).markup,
      ] + pictures(report, places) + [Facts(report, number).markup]
    case .refused(let refusal): return [RefusalCard(refusal).markup]
    case .skipped: return []
    }
  }

  private func pictures(_ report: Report, _ places: PagePlaces) -> [Markup] {
    guard let picture = report.picture else { return [] }
    guard showsPicture else {
      return [
        "<p class=\"note\">The pictures of this model are left out, since those before it fill the "
          + "page. A report on it alone has them.</p>"
      ]
    }
    return [
      HeatMap(report, picture, places).markup,
      TimeSection(report, picture, places).markup,
      TraceCharts(report, picture, places).markup,
      NetworkGraph(report, picture, places).markup,
    ]
  }

  // MARK: - The verdict

  private var head: Markup {
    let word = outcome.word
    return """
      <div class="verdict \(word.rawValue)">
      <span class="sign" aria-hidden="true">\(word.sign)</span>
      <div>
      <h2>\(word.rawValue)</h2>
      <p class="sentence">\(sentence)</p>
      \(outcome.path.isEmpty ? .nothing : Markup("<p class=\"file\"><code>\(outcome.path)</code></p>"))
      <p class="muted">exit code \(policy.code(of: word) ?? 0)\(time)</p>
      </div>
      </div>
      \(parts)
      """
  }

  /// What the section has, as links.
  private var parts: Markup {
    guard let report = outcome.report else { return .nothing }
    var parts = [("checks", "Checks")]
    if !report.findings.isEmpty { parts.insert(("findings", "What was found"), at: 0) }
    if report.picture != nil, showsPicture {
      parts += [
        ("heat", "Layers and frames"), ("time", "Time"), ("lines", "Lines"), ("graph", "Network"),
      ]
    }
    let links = (parts + [("facts", "What was judged")]).map { name, text -> Markup in
      "<a href=\"#m\(number)-\(name)\">\(text)</a>"
    }
    return "<nav class=\"parts\" aria-label=\"Parts of the report\">\(links)</nav>"
  }

  private var time: String {
    guard let report = outcome.report else { return "" }
    let cases = Number.count(report.caseCount, "comparison")
    let time = report.seconds.map { " in \(Number.fixed($0, decimals: 1)) s" } ?? ""
    return "; \(cases), \(Number.large(report.elementCount)) elements\(time)"
  }

  /// What the verdict means, in a sentence.
  private var sentence: String {
    switch outcome.result {
    case .refused: return "This file could not be judged."
    case .skipped: return ""
    case .judged(let report):
      let headline = outcome.headline.map { $0.last == "." ? $0 : $0 + "." } ?? ""
      switch report.verdict.word {
      case .differs: return headline
      case .inconclusive:
        return "Nothing that was compared differs, but the verdict is open: " + headline
      case .same, .refused, .skipped:
        let length =
          report.onlyForFrames.map { " This holds for clips of \(Number.count($0, "frame"))." }
          ?? ""
        let known =
          report.acceptedCount > 0
          ? " Known differences do not count: \(report.acceptedCount)."
          : ""
        let truth =
          report.truth == .fixture ? "what the fixture says" : "what PyTorch has computed"
        return report.reference == .none
          ? "Clip, chunks and single steps compute the same. No output of PyTorch's was there to "
            + "compare with, so nothing shows that this is the network that was trained.\(length)\(known)"
          : "Clip, chunks and single steps compute the same, and \(truth)."
            + length + known
      }
    }
  }
}
