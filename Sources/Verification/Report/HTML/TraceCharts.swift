import Foundation
import PlainData
import TextLayout

/// Elements over time: what clip and steps made of them, and PyTorch or the definition.
struct TraceCharts {
  private let report: Report
  private let picture: Picture
  private let places: PagePlaces

  init(_ report: Report, _ picture: Picture, _ places: PagePlaces) {
    self.report = report
    self.picture = picture
    self.places = places
  }

  var markup: Markup {
    let id = places.prefix + "-lines"
    let differs = picture.traces.contains { $0.error > 0 }
    let charts = picture.traces.enumerated().map {
      TraceChart($1, places, report.truth, index: $0).markup
    }
    return """
      <section aria-labelledby="\(id)">
      <h3 id="\(id)">\(differs ? "The worst element over time" : "An element over time")</h3>
      \(charts.isEmpty ? ["<p class=\"empty\">No two outputs were compared.</p>"] : charts)
      </section>
      """
  }
}

/// One element over time.
struct TraceChart {
  private let trace: Trace
  private let places: PagePlaces
  private let truth: Truth
  private let index: Int

  init(_ trace: Trace, _ places: PagePlaces, _ truth: Truth, index: Int) {
    self.trace = trace
    self.places = places
    self.truth = truth
    self.index = index
  }

  private static let width = 720.0
  private static let height = 220.0
  private static let left = 74.0
  private static let top = 12.0
  private static let bottom = 26.0

  // MARK: - Scales

  private var frames: ClosedRange<Int> {
    let first = trace.lines.map(\.first).min() ?? 0
    let last = trace.lines.map { $0.first + $0.values.count - 1 }.max() ?? 0
    return first...max(first, last)
  }

  /// The range of the finite values, with a little room.
  private var range: (low: Double, high: Double) {
    let values = trace.lines.flatMap(\.values).filter(\.isFinite)
    guard let low = values.min(), let high = values.max() else { return (-1, 1) }
    let room = high > low ? (high - low) * 0.08 : max(abs(high) * 0.1, 1e-6)
    return (low - room, high + room)
  }

  private func x(_ frame: Int) -> Double {
    let span = Double(max(frames.upperBound - frames.lowerBound, 1))
    if frames.count == 1 { return (TraceChart.left + TraceChart.width) / 2 }
    return TraceChart.left
      + Double(frame - frames.lowerBound) / span * (TraceChart.width - TraceChart.left - 14)
  }

  private func y(_ value: Double) -> Double {
    let (low, high) = range
    let inner = TraceChart.height - TraceChart.top - TraceChart.bottom
    // Halves first: the range of all floats fits.
    return TraceChart.top + (high / 2 - value / 2) / (high / 2 - low / 2) * inner
  }

  // MARK: - The figure

  var markup: Markup {
    let place =
      trace.module.isEmpty
      ? Markup("the output of the network") : Markup("<code>\(trace.module)</code>")
    let links = places.links(to: trace.module, without: .trace)
    let error =
      "largest difference \(Number.short(trace.error))"
      + (trace.allowed > 0
        ? ", \(HeatScale.words(trace.ratio)) times what is allowed there" : "")
    let words =
      "\(trace.place.elementWords), "
      + (trace.profile == "input" ? "the input" : "input \(trace.profile)")
      + (trace.error == 0
        ? ": no difference" : ", worst in frame \(trace.place.frame): \(error)")
    return """
      <figure class="chart" id="\(places.trace(index))">
      <figcaption>\(place) <span class="links">\(links)</span><br/>\(words)</figcaption>
      <ul class="legend">\(trace.lines.enumerated().map(key))</ul>
      <div class="scroll" tabindex="0" role="region" aria-label="\(words)">
      <svg class="plot" tabindex="0" role="application" aria-roledescription="chart" \
      aria-label="\(words). Arrow keys move through the frames." width="\(TraceChart.width)" \
      height="\(height)" data-height="\(height)" data-left="\(TraceChart.left)" data-step="\(step)">
      \(grid)
      <path class="worst" d="M\(x(trace.place.frame)) \(TraceChart.top)V\
      \(TraceChart.height - TraceChart.bottom)"/>
      \(trace.lines.enumerated().map(line))
      \(differences?.markup(left: TraceChart.left, right: TraceChart.width - 8, x: x) ?? .nothing)
      <path class="cursor" d=""/>
      </svg></div>
      <output class="readout" aria-live="polite">Point at the chart, or focus it and use the arrow keys, \
      for its numbers.</output>
      <script type="application/json">\(Markup.data(data))</script>
      </figure>
      """
  }

  private var differences: TraceDifferences? {
    TraceDifferences(trace, top: TraceChart.height + 20)
  }

  private var height: Double {
    TraceChart.height + (differences == nil ? 0 : TraceDifferences.height)
  }

  /// The distance between frames.
  private var step: Double {
    frames.count > 1 ? x(frames.lowerBound + 1) - x(frames.lowerBound) : TraceChart.width
  }

  private func name(_ line: Trace.Line) -> String { truth.told(line.source.rawValue) }

  private func key(_ number: Int, _ line: Trace.Line) -> Markup {
    """
    <li><svg width="30" height="12" aria-hidden="true"><path class="s-\(line.source.style)" \
    d="M1 6H29"/>\(line.source.marker(x: 15, y: 6))</svg> \(name(line))</li>
    """
  }

  private var grid: Markup {
    let (low, high) = range
    let lines = Number.ticks(low, high).map { value -> Markup in
      """
      <path class="grid" d="M\(TraceChart.left) \(y(value))H\(TraceChart.width - 8)"/>\
      <text class="tick end" x="\(TraceChart.left - 8)" y="\(y(value) + 4)">\(Number.axis(value))</text>
      """
    }
    let wanted = max(1, frames.count / 12)
    let every = Number.roundStep(least: wanted)
    let first = (frames.lowerBound + every - 1) / every * every
    let ticks = stride(from: first, through: frames.upperBound, by: every).map { frame -> Markup in
      "<text class=\"tick\" x=\"\(x(frame))\" y=\"\(TraceChart.height - 8)\">\(frame)</text>"
    }
    return Markup(lines + ticks)
  }

  private func line(_ number: Int, _ line: Trace.Line) -> Markup {
    var path = ""
    var isOn = false
    var markers = Markup.nothing
    let marks = frames.count <= 80
    for (offset, value) in line.values.enumerated() {
      guard value.isFinite else {
        isOn = false
        continue
      }
      let (x, y) = (x(line.first + offset), y(value))
      path += (isOn ? "L" : "M") + Markup.length(x) + " " + Markup.length(y)
      isOn = true
      if marks { markers += line.source.marker(x: x, y: y) }
    }
    return """
      <path class="s-\(line.source.style)" d="\(Markup(trusted: path))"/>\(markers)
      """
  }

  private var data: PlainValue {
    .members(
      ("f", .int(frames.lowerBound)),
      (
        "l",
        .list(
          trace.lines.map { line in
            .members(
              ("n", .string(name(line))), ("f", .int(line.first)),
              ("v", .string(line.values.map(Number.value).joined(separator: " "))))
          })
      ))
  }
}

extension Trace.Source {
  /// The name of its colour and dashes.
  fileprivate var style: String {
    switch self {
    case .clip: "clip"
    case .step: "step"
    case .written: "written"
    case .definition: "definition"
    case .pytorch: "torch"
    case .pytorchSteps: "torch-steps"
    }
  }

  /// A shape of its own, so that lines that lie on each other are told apart.
  func marker(x: Double, y: Double) -> Markup {
    switch self {
    case .clip: "<circle class=\"k-clip\" cx=\"\(x)\" cy=\"\(y)\" r=\"5.5\"/>"
    case .step: "<path class=\"k-step\" d=\"M\(x - 3.5) \(y - 3.5)l7 7m0-7l-7 7\"/>"
    case .written: "<path class=\"k-written\" d=\"M\(x) \(y - 5)l5 9h-10z\"/>"
    case .pytorchSteps:
      "<path class=\"k-torch\" d=\"M\(x) \(y - 3.5)l3.5 3.5l-3.5 3.5l-3.5 -3.5z\"/>"
    case .definition, .pytorch:
      "<rect class=\"k-torch\" x=\"\(x - 2)\" y=\"\(y - 2)\" width=\"4\" height=\"4\"/>"
    }
  }
}

extension Number {
  /// Three to six round numbers in a range.
  static func ticks(_ low: Double, _ high: Double) -> [Double] {
    let wanted = high / 4 - low / 4
    guard wanted > 0, wanted < .infinity else { return [low] }
    let power = pow(10, log10(wanted).rounded(.down))
    guard power > 0, let part = [1, 2, 5, 10].first(where: { $0 * power >= wanted * 0.999 }) else {
      return [low, high]
    }
    let step = part * power
    let (first, last) = ((low / step).rounded(.up), (high / step).rounded(.down))
    guard last - first < 20, last >= first else { return [low, high] }
    return stride(from: first, through: last, by: 1).map { $0 * step }
  }

  /// A number beside an axis, without zeros that say nothing.
  fileprivate static func axis(_ value: Double) -> String {
    guard value != 0 else { return "0" }
    guard (1e-3..<1e5).contains(abs(value)) else { return short(value) }
    var text = fixed(value, decimals: 4)
    while text.last == "0" { text.removeLast() }
    return text.last == "." ? String(text.dropLast()) : text
  }
}
