import TextLayout

/// What is wrong, and what keeps the verdict open: a card each.
struct FindingCards {
  private let report: Report
  private let places: PagePlaces

  /// How many are shown in full.
  private static let most = 200

  init(_ report: Report, _ places: PagePlaces) {
    self.report = report
    self.places = places
  }

  var markup: Markup {
    let findings = report.findings
    guard !findings.isEmpty else {
      return "<p class=\"empty\">Nothing was found that differs or is open.</p>"
    }
    let cards = findings.prefix(FindingCards.most).enumerated().map { card($1, $0) }
    let rest =
      findings.count > FindingCards.most
      ? Markup("<p class=\"note\">\(findings.count - FindingCards.most) more are not shown.</p>")
      : .nothing
    return """
      <section aria-labelledby="\(places.prefix)-findings">
      <h3 id="\(places.prefix)-findings">What was found</h3>
      \(cards)
      \(rest)
      </section>
      """
  }

  private func card(_ finding: Finding, _ index: Int) -> Markup {
    let place =
      finding.module.isEmpty
      ? Markup("<span class=\"muted\">the network</span>")
      : Markup("<code>\(finding.module)</code>")
    var facts = finding.moduleDescription.isEmpty ? [] : [finding.moduleDescription]
    if let mode = finding.mode { facts.append("\(mode.rawValue) mode") }
    if !finding.profiles.isEmpty { facts.append(finding.profiles.joined(separator: " ")) }
    var rows: [Markup] = []
    func row(_ name: String, _ value: Markup?) {
      guard let value, !value.isEmpty else { return }
      rows.append("<dt>\(name)</dt><dd>\(value)</dd>")
    }
    if let deviation = finding.deviation {
      row("worst", Markup(text: deviation.placeWords))
      let other =
        deviation.otherMode.map { ", the other mode got \(Number.value($0))" } ?? ""
      row(
        "values",
        "got <b>\(Number.value(deviation.got))</b>, want <b>\(Number.value(deviation.want))</b>\(other)"
      )
    }
    row("known", finding.acceptance.map { Markup(text: $0.words) })
    row("pattern", finding.pattern.map(Markup.init(text:)))
    row("hint", finding.hint.map(Markup.init(text:)))
    row("show again", finding.replay.map { "<code>\($0.command)</code>" })
    row("explained by", "<code>coverify explain \(finding.code.rawValue)</code>")
    let links = places.links(to: finding.module, without: .finding)
    if !links.isEmpty { row("see", "<span class=\"links\">\(links)</span>") }
    let word = finding.verdict.pageWord
    return """
      <article class="card \(word)" id="\(places.finding(index))">
      <h4><span class="word \(word)">\(finding.code.rawValue)</span> \(finding.code.title)</h4>
      <p class="place">\(place) <span class="muted">\(facts.joined(separator: ", "))</span></p>
      <p class="sentence">\(finding.message)</p>
      <dl>\(rows)</dl>
      </article>
      """
  }
}

extension Deviation {
  /// Where the difference is largest, in words.
  fileprivate var placeWords: String {
    var words =
      place.step.map { ["step \($0) = clip frame \(place.frame)"] } ?? ["frame \(place.frame)"]
    words.append(place.elementWords)
    return words.joined(separator: ", ")
  }
}

extension Deviation.Place {
  /// The element of the frame, in words.
  var elementWords: String {
    "batch \(batch), channel \(channel)"
      + (space.isEmpty ? "" : ", at (" + space.map(String.init).joined(separator: ", ") + ")")
  }
}

extension Verdict {
  /// The word for a finding or a row on a page, which is also the name of its colours.
  var pageWord: String {
    switch self {
    case .ok: "same"
    case .fail: "differs"
    case .warning: "warning"
    case .inconclusive: "inconclusive"
    }
  }
}

/// What is known of a file that could not be judged.
struct RefusalCard {
  private let refusal: Refusal

  init(_ refusal: Refusal) { self.refusal = refusal }

  var markup: Markup {
    var rows: [Markup] = []
    func row(_ name: String, _ value: String?) {
      if let value { rows.append("<dt>\(name)</dt><dd>\(value)</dd>") }
    }
    row("reason", refusal.reason)
    row("entry", refusal.entry)
    row("at byte", refusal.offset.map(Number.grouped))
    row("what to do", refusal.advice)
    return """
      <article class="card refused">
      <h4><span class="word refused">\(Refusal.code.rawValue)</span> \(Refusal.code.title)</h4>
      <p class="sentence lines">\(refusal.message)</p>
      <dl>\(rows)
      <dt>explained by</dt><dd><code>coverify explain \(Refusal.code.rawValue)</code></dd></dl>
      </article>
      """
  }
}
