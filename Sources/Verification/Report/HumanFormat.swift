import Continual
import PlainData
import Tensors
import TextLayout

/// A report for people: 80 columns, the table of checks first, then what is wrong.
public struct HumanFormat: Sendable {
  /// Whether verdicts are coloured with ANSI escapes.
  public var usesColor: Bool

  /// Whether every module has a row of its own.
  public var showsLayers: Bool

  /// Whether nothing but the verdict is shown.
  public var showsVerdictOnly: Bool

  /// Makes the format.
  public init(
    usesColor: Bool = false, showsLayers: Bool = false, showsVerdictOnly: Bool = false
  ) {
    self.usesColor = usesColor
    self.showsLayers = showsLayers
    self.showsVerdictOnly = showsVerdictOnly
  }

  /// The whole report, with a line end at the end.
  public func render(_ report: Report) -> String {
    guard !showsVerdictOnly else { return verdict(report) + "\n" }
    var lines = header(report)
    lines.append("")
    lines += table(report)
    if showsLayers {
      lines.append("")
      lines += layerTable(report)
    }
    for finding in report.findings {
      lines.append("")
      lines += block(finding)
    }
    lines.append("")
    lines += notes(report)
    lines += summary(report)
    return lines.joined(separator: "\n") + "\n"
  }

  private func header(_ report: Report) -> [String] {
    let model = report.model
    let loading = model.loading
    var file = loading.path
    var facts = loading.byteCount.map { [Number.bytes($0)] } ?? []
    if let sha256 = loading.sha256 { facts.append("sha256 " + sha256.prefix(8)) }
    if !facts.isEmpty { file += " (" + facts.joined(separator: ", ") + ")" }
    let title = ["coverify \(report.toolVersion)", file, model.scalarType.name]
      .filter { !$0.isEmpty }.joined(separator: " | ").printable
    let timing = report.time.declared
    let configuration = report.configuration
    let frame = configuration.frame.axes
    let clip = frame.prefix(2) + [configuration.clipLength] + frame.dropFirst(2)
    let field = report.time.measuredReceptiveField
    let measured = field.map { $0 == timing.receptiveField ? "" : " (measured \($0))" } ?? ""
    var lines = [title]
    lines += HumanFormat.labelled(
      "network",
      "\(model.typeName), \(Number.grouped(model.moduleCount)) modules, "
        + "\(Number.grouped(model.parameterCount)) parameters")
    lines += HumanFormat.labelled(
      "time",
      "receptive field \(timing.receptiveField)\(measured), delay \(timing.delay), "
        + "\(timing.rate.words), warm-up \(timing.warmUp) steps")
    lines += HumanFormat.labelled(
      "inputs",
      "\(configuration.profiles.joined(separator: " ")), clips ("
        + clip.map(String.init).joined(separator: ", ") + "), seed \(configuration.seed)")
    switch report.reference {
    case .none: lines += HumanFormat.labelled("against", "no output of PyTorch")
    case .given(let source, let tensors):
      lines += HumanFormat.labelled(
        "against",
        report.truth.told("PyTorch's ") + tensors.joined(separator: ", ")
          + (source.isEmpty ? "" : " (\(source))"))
    }
    return lines
  }

  private func table(_ report: Report) -> [String] {
    let rows = report.checks.map { row in
      let isCount = !row.unit.isEmpty
      let worst = row.worst.map { HumanFormat.cell($0, isCount ? row.unit : "") } ?? "-"
      let allowed = row.allowed.map { HumanFormat.cell($0, isCount ? row.unit : "") } ?? "-"
      return (
        cells: [row.family.code + "  " + row.name, String(row.cases), worst, allowed],
        verdict: row.verdict
      )
    }
    return lines(
      ["check", "cases", "worst", "allowed"], rows,
      in: TextTable([.left(33), .right(7), .right(10), .right(10)], indent: 2, gap: 1))
  }

  /// A table whose last column is a verdict, which is coloured and so not a cell like others.
  private func lines(
    _ head: [String], _ rows: [(cells: [String], verdict: Verdict)], in table: TextTable
  ) -> [String] {
    zip(table.lines([head] + rows.map(\.cells)), ["verdict"] + rows.map { colored($0.verdict) })
      .map { $0 + "  " + $1 }
  }

  /// A number with its unit; a dash where the numbers of a row have no common unit.
  private static func cell(_ value: Double, _ unit: String) -> String {
    if unit == "-" { return "-" }
    return Number.short(value) + (unit.isEmpty ? "" : " " + unit)
  }

  private func layerTable(_ report: Report) -> [String] {
    let rows = report.layers.map { row in
      let name = row.path.isEmpty ? row.typeName : row.path + " " + row.typeName
      return (
        cells: [
          name, row.mode.rawValue, Number.short(row.maxAbs), Number.short(row.allowed),
        ], verdict: row.verdict
      )
    }
    return lines(
      ["module", "mode", "max-abs", "allowed"], rows,
      in: TextTable([.left(39), .left(5), .right(8), .right(10)], indent: 2, gap: 1))
  }

  /// All that is known of a finding.
  func block(_ finding: Finding) -> [String] {
    var place = finding.module
    var facts = finding.moduleDescription.isEmpty ? [] : [finding.moduleDescription]
    if let mode = finding.mode { facts.append("\(mode.rawValue) mode") }
    if !finding.profiles.isEmpty { facts.append(finding.profiles.joined(separator: " ")) }
    if !facts.isEmpty {
      place += (place.isEmpty ? "(" : "  (") + facts.joined(separator: ", ") + ")"
    }
    let head = "\(finding.code.rawValue) \(colored(finding.verdict))"
    var lines = Paragraph.wrapped(
      place.isEmpty ? finding.code.title : place, first: head + "  ", rest: "    ",
      firstWidth: finding.code.rawValue.count + finding.verdict.cell.count + 3)
    lines += HumanFormat.labelled("error", finding.message)
    if let deviation = finding.deviation { lines += worst(deviation) }
    if let pattern = finding.pattern { lines += HumanFormat.labelled("pattern", pattern) }
    if let hint = finding.hint { lines += HumanFormat.labelled("hint", hint) }
    if let known = finding.acceptance {
      lines += HumanFormat.labelled("known", known.words)
    }
    // A command is copied, so it is not broken into lines.
    if let replay = finding.replay {
      lines.append("  replay   " + replay.command.cut().printable)
    }
    lines.append("  explain  coverify explain \(finding.code.rawValue)")
    return lines
  }

  private func worst(_ deviation: Deviation) -> [String] {
    let place = deviation.place
    var words: [String] = []
    if let step = place.step {
      words.append("step \(step) = clip frame \(place.frame)")
    } else {
      words.append("frame \(place.frame)")
    }
    words.append("batch \(place.batch)")
    words.append("channel \(place.channel)")
    if !place.space.isEmpty {
      words.append("at (" + place.space.map(String.init).joined(separator: ", ") + ")")
    }
    var values = "got \(Number.value(deviation.got))  want \(Number.value(deviation.want))"
    if let other = deviation.otherMode {
      values += "  (the other mode got \(Number.value(other)))"
    }
    return HumanFormat.labelled("worst", words.joined(separator: ", "))
      + HumanFormat.labelled("", values)
  }

  private func notes(_ report: Report) -> [String] {
    var lines = report.notes.flatMap { Paragraph.wrapped($0, first: "note: ", rest: "      ") }
    if report.reference == .none, report.verdict == .ok {
      lines += Paragraph.wrapped(
        "the modes agree with each other; whether this is the user's network is not shown",
        first: "note: ", rest: "      ")
    }
    if !lines.isEmpty { lines.append("") }
    return lines
  }

  private func summary(_ report: Report) -> [String] {
    var text =
      "\(report.rows(.fail)) failed, \(report.rows(.ok)) passed, "
      + "\(report.rows(.inconclusive)) inconclusive; \(Number.grouped(report.caseCount)) cases, "
      + "\(Number.large(report.elementCount)) elements"
    let warnings = report.findings.count { $0.verdict == .warning }
    if warnings > 0 { text += ", \(Number.count(warnings, "warning"))" }
    if let seconds = report.seconds { text += " in \(Number.fixed(seconds, decimals: 1)) s" }
    var lines = [text]
    if let resolution = report.resolution {
      lines += Paragraph.wrapped(
        "an error above \(Number.short(resolution.absolute)), or \(Number.short(resolution.relative)) "
          + "of the rms, in any layer would have been reported",
        first: "resolution: ", rest: "            ")
    }
    if let resolution = report.pytorchResolution {
      lines += Paragraph.wrapped(
        report.truth.told("against PyTorch")
          + " an error above \(Number.short(resolution.absolute)), or "
          + "\(Number.short(resolution.relative)) of the rms, would have been",
        first: "            ", rest: "            ")
    }
    return lines + [verdict(report)]
  }

  private func verdict(_ report: Report) -> String {
    var words = report.verdict.word.rawValue
    if report.verdict.word == .same, let frames = report.onlyForFrames {
      words += ", for clips of \(Number.count(frames, "frame"))"
    }
    if report.acceptedCount > 0 {
      words += ", but for \(Number.count(report.acceptedCount, "known difference"))"
    }
    return "verdict: \(words) (exit \(report.status))"
  }

  private func colored(_ verdict: Verdict) -> String {
    let code: Int
    switch verdict {
    case .ok: code = 32
    case .fail: code = 31
    case .inconclusive, .warning: code = 33
    }
    return colored(verdict.cell, code)
  }

  /// A text in one of the colours of a terminal, where there are colours.
  func colored(_ text: String, _ code: Int) -> String {
    usesColor ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}

extension Verdict {
  /// The word in a table: what is wrong stands out.
  var cell: String {
    switch self {
    case .ok: "ok"
    case .fail: "FAIL"
    case .warning: "WARNING"
    case .inconclusive: "INCONCLUSIVE"
    }
  }
}

extension HumanFormat {
  /// A line, or several, with a label in front.
  static func labelled(_ label: String, _ text: String) -> [String] {
    Paragraph.labelled(label, text, column: 9)
  }
}
