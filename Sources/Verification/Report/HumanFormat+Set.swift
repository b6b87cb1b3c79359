import PlainData
import TextLayout

/// Several models: a section for each, which can be shown as soon as it is done, and what came of all.
extension HumanFormat {
  /// All of it, with a line end at the end; of a single file, its report.
  public func render(_ set: ReportSet) -> String {
    (set.outcomes.map { section($0, of: set) } + [conclusion(set)]).joined()
  }

  /// What is shown of one of several models, and of a single file all there is; of one that is refused
  /// alone the message on stderr is enough.
  public func section(_ outcome: ModelOutcome, of set: ReportSet) -> String {
    if set.isSingle { return outcome.report.map(render) ?? "" }
    if showsVerdictOnly { return "" }
    switch outcome.result {
    case .judged(let report): return render(report) + "\n"
    case .refused(let refusal):
      var lines = ["coverify \(set.toolVersion) | \(outcome.path)".printable, ""]
      let code = Refusal.code
      lines.append("\(code.rawValue) \(colored(outcome.word.rawValue.uppercased(), 31))")
      lines += HumanFormat.labelled("error", refusal.message)
      if let advice = refusal.advice { lines += HumanFormat.labelled("hint", advice) }
      lines.append("  explain  coverify explain \(code.rawValue)")
      lines += ["", "verdict: refused (exit 2)", ""]
      return lines.joined(separator: "\n") + "\n"
    case .skipped: return ""
    }
  }

  /// A line for each of several models, and how many of each kind there are; of a single one nothing.
  public func conclusion(_ set: ReportSet) -> String {
    guard !set.isSingle else { return "" }
    let table = TextTable([.fitting, .fitting], indent: 2)
    let cells = table.lines(set.outcomes.map { [$0.path, $0.word.rawValue] })
    var lines = ["models"]
    for (outcome, cell) in zip(set.outcomes, cells) {
      // The word is the end of its line.
      lines.append(cell.dropLast(outcome.word.rawValue.count) + colored(outcome.word))
      if !showsVerdictOnly, let headline = outcome.headline {
        lines += Paragraph.wrapped(headline, first: "    ", rest: "    ")
      }
    }
    let time = set.seconds.map { " in \(Number.fixed($0, decimals: 1)) s" } ?? ""
    lines.append("\(set.words)\(time) (exit \(set.status))")
    return lines.joined(separator: "\n") + "\n"
  }

  private func colored(_ word: ModelOutcome.Word) -> String {
    switch word {
    case .same: colored(word.rawValue, 32)
    case .differs, .refused: colored(word.rawValue, 31)
    case .inconclusive: colored(word.rawValue, 33)
    case .skipped: word.rawValue
    }
  }
}
