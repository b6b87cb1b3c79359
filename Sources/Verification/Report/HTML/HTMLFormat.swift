import TextLayout

/// A report as one page for a browser: the verdict, what is wrong, each frame of each module, how frames
/// meet in time, elements over time, and the network as a graph.
///
/// The page has everything in it and asks for nothing from elsewhere, which its content security policy
/// forbids as well. Without its script only the numbers under the pointer are missing. What it draws is
/// kept where ``Verifier/Options/keepsPicture`` says so.
public struct HTMLFormat: Sendable {
  /// How many bytes pictures may have on a page of many models; what comes later has its findings only.
  private static let mostPictureBytes = 8_000_000

  /// Makes the format.
  public init() {}

  /// The page on a single model, with a line end at the end.
  public func render(_ report: Report) -> String {
    render(
      ReportSet(
        [ModelOutcome(path: report.model.loading.path, .judged(report))], isSingle: true,
        toolVersion: report.toolVersion, seconds: report.seconds))
  }

  /// The page on all models, with a line end at the end.
  public func render(_ set: ReportSet) -> String {
    var left = HTMLFormat.mostPictureBytes
    let sections = set.outcomes.enumerated().map { index, outcome -> Markup in
      let section = ModelSection(
        outcome, number: index + 1, isAlone: set.outcomes.count == 1,
        showsPicture: left > 0, policy: set.exitPolicy)
      let markup = section.markup
      left -= markup.html.utf8.count
      return markup
    }
    let isAlone = set.outcomes.count == 1
    let title =
      isAlone
      ? "\(set.outcomes[0].word.rawValue): \(set.outcomes[0].path)" : set.words
    let page: Markup = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8"/>
      <meta http-equiv="Content-Security-Policy" content="\(PagePolicy.content)"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/>
      <meta name="generator" content="coverify \(set.toolVersion)"/>
      <title>\(title) – coverify</title>
      <style>\(Markup(trusted: PageStyle.text))</style>
      </head>
      <body>
      <a class="skip" href="#content">To the content</a>
      <header class="bar"><h1 class="brand">coverify</h1> <span class="muted">\
      \(set.toolVersion)</span></header>
      <main id="content">
      \(isAlone ? .nothing : summary(set))
      \(sections)
      </main>
      <footer class="muted">coverify \(set.toolVersion): whether the clip (forward), chunks \
      (forward_steps) and single frames (forward_step) of a network compute the same.</footer>
      <script>\(Markup(trusted: PageScript.text))</script>
      </body>
      </html>

      """
    return page.html
  }

  // MARK: - Many models

  private func summary(_ set: ReportSet) -> Markup {
    let hasHeadlines = set.outcomes.contains { $0.headline != nil }
    let rows = set.outcomes.enumerated().map { index, outcome -> Markup in
      """
      <tr><td><a href="#m\(index + 1)">\(outcome.path)</a></td>\
      <td><span class="word \(outcome.word.rawValue)">\(outcome.word.sign) \
      \(outcome.word.rawValue)</span></td>\
      \(hasHeadlines ? Markup("<td class=\"wide\">\(outcome.headline ?? "")</td>") : .nothing)</tr>
      """
    }
    let time = set.seconds.map { " in \(Number.fixed($0, decimals: 1)) s" } ?? ""
    return """
      <section class="summary" aria-labelledby="summary">
      <div class="verdict \(set.worst.rawValue)"><span class="sign" aria-hidden="true">\
      \(set.worst.sign)</span><div><h2 id="summary">\(set.worst.rawValue)</h2>
      <p class="sentence">\(set.words)\(time) (exit \(set.status))</p></div></div>
      <div class="scroll" tabindex="0" role="region" aria-label="All models"><table>
      <thead><tr><th>model</th><th>verdict</th>\
      \(hasHeadlines ? Markup("<th>what is wrong</th>") : .nothing)</tr></thead>
      <tbody>
      \(rows)
      </tbody></table></div>
      </section>
      """
  }
}

extension ModelOutcome.Word {
  /// A sign that says the same as the colour.
  var sign: String {
    switch self {
    case .same: "✓"
    case .differs: "≠"
    case .inconclusive: "?"
    case .refused: "✕"
    case .skipped: "–"
    }
  }
}
