import Continual
import Tensors
import TextLayout

/// The table of checks, and of modules, as numbers.
struct ChecksTable {
  private let report: Report
  private let number: Int

  init(_ report: Report, _ number: Int) {
    self.report = report
    self.number = number
  }

  var markup: Markup {
    let rows = report.checks.map { row -> Markup in
      let unit = row.unit.isEmpty || row.unit == "-" ? "" : " " + row.unit
      let cell = { (value: Double?) in
        row.unit == "-" ? "–" : value.map { Number.short($0) + unit } ?? "–"
      }
      let word = row.verdict.pageWord
      return """
        <tr><td><b>\(row.family.code)</b> \(row.name)</td>\
        <td><span class="word \(word)">\(row.verdict.cell)</span></td>\
        <td class="number">\(cell(row.worst))</td><td class="number">\(cell(row.allowed))</td>\
        <td class="number">\(Number.grouped(row.cases))</td></tr>
        """
    }
    return """
      <section aria-labelledby="m\(number)-checks">
      <h3 id="m\(number)-checks">Checks</h3>
      <div class="scroll" tabindex="0" role="region" aria-labelledby="m\(number)-checks"><table>
      <thead><tr><th>check</th><th>verdict</th><th class="number">worst</th>\
      <th class="number">allowed</th><th class="number">cases</th></tr></thead>
      <tbody>
      \(rows)
      </tbody></table></div>
      </section>
      """
  }
}

/// What was judged, and how it can be repeated.
struct Facts {
  private let report: Report
  private let number: Int

  init(_ report: Report, _ number: Int) {
    self.report = report
    self.number = number
  }

  var markup: Markup {
    let (model, timing, configuration) = (
      report.model, report.time.declared, report.configuration
    )
    let loading = model.loading
    let frame = configuration.frame.axes
    let clip = frame.prefix(2) + [configuration.clipLength] + frame.dropFirst(2)
    let field = report.time.measuredReceptiveField
    let measured = field.map { $0 == timing.receptiveField ? "" : " (measured \($0))" } ?? ""
    var rows: [Markup] = []
    func row(_ name: String, _ value: String?) {
      if let value { rows.append("<dt>\(name)</dt><dd>\(value)</dd>") }
    }
    row(
      "network",
      "\(model.typeName), \(Number.count(model.moduleCount, "module")), "
        + "\(Number.count(model.parameterCount, "parameter")), \(model.scalarType.name)")
    row("file", file(loading))
    row("architecture", loading.architecture)
    row(
      "time",
      "receptive field \(timing.receptiveField)\(measured), delay \(timing.delay), "
        + "\(timing.rate.words), warm-up \(Number.count(timing.warmUp, "step"))")
    row(
      "inputs",
      "\(configuration.profiles.joined(separator: ", ")); clips ("
        + clip.map(String.init).joined(separator: ", ") + "), seed \(configuration.seed)")
    switch report.reference {
    case .none: row("against", "no output of PyTorch")
    case .given(let source, let tensors):
      row(
        "against",
        report.truth.told("PyTorch's ") + tensors.joined(separator: ", ")
          + (source.isEmpty ? "" : " (\(source))"))
    }
    if let resolution = report.resolution {
      row(
        "resolution",
        "an error above \(Number.short(resolution.absolute)), or "
          + "\(Number.short(resolution.relative)) of the rms, in any layer would have been reported"
      )
    }
    if let resolution = report.pytorchResolution {
      row(
        report.truth.told("against PyTorch"),
        "an error above \(Number.short(resolution.absolute)), or "
          + "\(Number.short(resolution.relative)) of the rms, would have been reported")
    }
    let notes = report.notes.map { note -> Markup in "<li>\(note)</li>" }
    return """
      <section aria-labelledby="m\(number)-facts">
      <h3 id="m\(number)-facts">What was judged</h3>
      <dl class="facts">\(rows)</dl>
      \(notes.isEmpty ? .nothing : Markup("<h4>Notes</h4><ul class=\"notes\">\(notes)</ul>"))
      </section>
      """
  }

  private func file(_ loading: LoadingFacts) -> String? {
    let facts = [
      loading.format, loading.byteCount.map(Number.bytes),
      loading.sha256.map { "sha256 " + $0.prefix(16) + "…" },
    ].compactMap(\.self)
    return facts.isEmpty ? nil : facts.joined(separator: ", ")
  }
}
