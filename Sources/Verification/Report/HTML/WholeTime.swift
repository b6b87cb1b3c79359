import Continual
import TextLayout

/// The network as a whole: the frames that go in, the padding before and after them, the window of the
/// first output, and the step in which each output comes.
struct WholeTime {
  private let picture: Picture

  init(_ picture: Picture) { self.picture = picture }

  private var timing: Timing { picture.timing }
  private var frames: Int { picture.clipLength }
  private var outputs: Int { picture.outputLength }

  /// Frames that are missing before the first one, and behind the last one.
  private var before: Int { max(0, min(timing.padding, 2 * frames)) }
  private var behind: Int {
    guard outputs > 0 else { return 0 }
    let last = (outputs - 1) * timing.rate.down / timing.rate.up - timing.padding
    return min(max(0, last + timing.receptiveField - frames), 2 * frames)
  }

  /// How many outputs the steps yield, and how many only the end padding.
  private var stepped: Int { min(timing.outputCount(ofInputs: frames), outputs) }

  private var columns: Int { before + frames + max(behind, outputs > stepped ? 1 : 0) }
  private var unit: Double { min(max(760 / Double(max(columns, 1)), 1e-3), 30) }
  /// Whether all numbers of frames fit into their cells.
  private var hasNumbers: Bool { fits(String(max(frames, outputs))) }

  private func fits(_ text: String) -> Bool {
    // Dots are as wide as two digits.
    unit >= Double(text.count + (text.last == "…" ? 1 : 0)) * 7 + 2
  }

  private func x(_ step: Int) -> Double { Double(step + before) * unit + 4 }

  var markup: Markup {
    let width = Double(columns) * unit + 8
    let words = self.words
    return """
      <p>\(words)</p>
      <div class="scroll" tabindex="0" role="region" aria-label="Time of the network as a whole">
      <svg class="time" width="\(max(width, 300))" height="158" role="img" \
      aria-label="\(words)">
      <text class="label" x="4" y="12">input frames, one a step</text>
      \(window)
      \(cells(-before..<0, y: 20, "pad"))
      \(cells(0..<frames, y: 20, "in"))
      \(cells(frames..<frames + behind, y: 20, "pad"))
      \(axis)
      <text class="label" x="4" y="104">outputs, in the step in which they come</text>
      \(arrivals)
      \(delay)
      </svg></div>
      <ul class="legend"><li><svg width="16" height="16" aria-hidden="true"><rect class="in" width="16" \
      height="16" rx="2"/></svg> frame</li><li><svg width="16" height="16" aria-hidden="true"><rect \
      class="pad" x="1" y="1" width="14" height="14" rx="2"/></svg> padding</li><li><svg width="16" \
      height="16" aria-hidden="true"><rect class="out" width="16" height="16" rx="2"/></svg> output</li>\
      <li><svg width="16" height="16" aria-hidden="true"><rect class="late" width="16" height="16" rx="2"/>\
      </svg> output that only the end padding yields</li><li><svg width="16" height="16" \
      aria-hidden="true"><rect class="window" width="16" height="16"/></svg> what the first output sees\
      </li>\
      </ul>
      """
  }

  private var words: String {
    guard outputs > 0 else { return "Clips of \(Number.count(frames, "frame")) have no output." }
    let first =
      timing.warmUp < frames
      ? "The first output comes in step \(timing.warmUp)"
      : "The first output would come in step \(timing.warmUp), and only the end padding yields one"
    let late = outputs - stepped
    return
      "\(first), \(Number.count(timing.delay, "step")) after the frame that it belongs to; each sees "
      + "\(Number.count(timing.receptiveField, "frame")), "
      + (timing.padding > 0
        ? "the first one \(Number.count(timing.padding, "frame")) of padding among them"
        : "without padding before the first")
      + ". A clip of \(Number.count(frames, "frame")) has \(Number.count(outputs, "output")), "
      + (late == 0
        ? "all of them in steps."
        : late == outputs ? "only by the end padding." : "\(late) of them by the end padding.")
  }

  // MARK: - Parts

  private func cells(_ range: Range<Int>, y: Int, _ kind: String) -> Markup {
    guard !range.isEmpty else { return .nothing }
    guard unit >= (kind == "pad" ? 14 : 5) else {
      return """
        <rect class="\(kind)" x="\(x(range.lowerBound))" y="\(y)" width="\(Double(range.count) * unit)" \
        height="24"/>
        """
    }
    return Markup(
      range.map { frame -> Markup in
        let isFrame = kind != "pad" && hasNumbers
        let number: Markup =
          isFrame
          ? "<text class=\"in-cell\" x=\"\(x(frame) + unit / 2)\" y=\"\(y + 16)\">\(frame)</text>"
          : .nothing
        return """
          <rect class="\(kind)" x="\(x(frame) + 0.5)" y="\(y)" width="\(unit - 2)" height="24" rx="2"/>\
          \(number)
          """
      })
  }

  /// Numbers below the frames, where cells are too narrow for them.
  private var axis: Markup {
    guard !hasNumbers else { return .nothing }
    let wanted = Int((36 / unit).rounded(.up))
    let every = Number.roundStep(least: wanted)
    return Markup(
      stride(from: 0, to: frames, by: every).map {
        "<text class=\"tick\" x=\"\(x($0) + unit / 2)\" y=\"58\">\($0)</text>"
      })
  }

  /// What the first output sees.
  private var window: Markup {
    guard outputs > 0 else { return .nothing }
    let (begin, end) = (-before, min(timing.receptiveField - timing.padding, frames + behind))
    let column = min(timing.warmUp, frames)
    return """
      <path class="window" d="M\(x(begin)) 16H\(x(end))V48L\(x(column) + unit) 112H\(x(column))\
      L\(x(begin)) 48z"/>
      """
  }

  private var arrivals: Markup {
    var boxes: [Markup] = []
    if unit < 1.5 {
      // Too narrow to be told apart.
      let steps = timing.warmUp..<max(timing.warmUp, frames)
      boxes.append(stepped > 0 ? cells(steps, y: 112, "out") : .nothing)
    } else {
      for step in 0..<frames {
        let due = timing.outputCount(ofInputs: step)..<timing.outputCount(ofInputs: step + 1)
        guard let first = due.first, first < stepped else { continue }
        boxes.append(box("out", at: step, due.count > 1 ? "\(first)…" : String(first)))
      }
    }
    if outputs > stepped {
      let number = outputs - stepped == 1 ? String(stepped) : "\(stepped)…"
      boxes.append(box("late", at: frames, number))
    }
    return Markup(boxes)
  }

  private func box(_ kind: String, at step: Int, _ number: String) -> Markup {
    let text: Markup =
      fits(number)
      ? "<text class=\"in-cell\" x=\"\(x(step) + unit / 2)\" y=\"128\">\(number)</text>" : .nothing
    return """
      <rect class="\(kind)" x="\(x(step) + 0.5)" y="112" width="\(max(unit - 2, 1))" height="24" rx="2"/>\
      \(text)
      """
  }

  /// From the frame that the first output belongs to, to the step in which it comes.
  private var delay: Markup {
    guard outputs > 0, timing.delay > 0, timing.warmUp < frames else { return .nothing }
    let (from, to) = (x(0) + unit / 2, x(timing.warmUp) + unit / 2)
    return """
      <path class="delay" d="M\(from) 142V146H\(to)V142"/>
      <text class="label" x="\(to + 6)" y="150">delay \(timing.delay)</text>
      """
  }
}
