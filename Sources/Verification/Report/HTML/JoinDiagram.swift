import Continual
import PlainData
import TextLayout

/// One join, or several at which the same happens: when the frames of each branch come, and which become
/// one.
struct JoinDiagram {
  private let group: JoinGroup
  private let report: Report
  private let places: PagePlaces
  private let index: Int

  init(_ group: JoinGroup, _ report: Report, _ places: PagePlaces, index: Int) {
    self.group = group
    self.report = report
    self.places = places
    self.index = index
  }

  private var join: PlacedJoin { group.joins[0] }

  /// How many branches are drawn.
  private static let mostBranches = 12

  /// How many steps are drawn; of longer delays the numbers are given.
  private static let mostSteps = 120

  private var branches: ArraySlice<PlacedJoin.Branch> {
    join.branches.prefix(JoinDiagram.mostBranches)
  }
  private var steps: Int { group.slowest + 7 }
  private var unit: Double { min(max(720 / Double(steps), 6), 34) }
  private var hasNumbers: Bool { unit >= 18 }

  private func x(_ step: Int) -> Double { Double(step) * unit + 4 }
  private func y(_ row: Int) -> Int { row * 50 + 18 }

  // MARK: - Frames

  /// The frames that a branch puts out in a step.
  private func arriving(_ branch: PlacedJoin.Branch, in step: Int) -> Range<Int> {
    branch.timing.outputCount(ofInputs: step)..<branch.timing.outputCount(ofInputs: step + 1)
  }

  /// The frames that become one: of each branch its number.
  private func joined(in step: Int) -> [[Int]] {
    if join.pairing == .byStep {
      let arriving = branches.map { Array(self.arriving($0, in: step)) }
      let count = arriving.map(\.count).min() ?? 0
      return (0..<count).map { place in arriving.map { $0[place] } }
    }
    let counts = { (steps: Int) in
      branches.map { $0.timing.outputCount(ofInputs: steps) }.min() ?? 0
    }
    return (counts(step)..<max(counts(step), counts(step + 1))).map { frame in
      branches.map { _ in frame }
    }
  }

  // MARK: - The figure

  var markup: Markup {
    let isBad = group.isMisaligned
    let names = group.joins.prefix(6).map { join -> Markup in
      let name = join.path.withType(join.typeName)
      return "<code>\(name)</code>"
    }
    let more = group.joins.count - names.count
    let sign: Markup = isBad ? "<span class=\"word differs\">≠ misaligned</span> " : .nothing
    let links = places.links(to: join.path, without: .join)
    return """
      <figure class="join\(isBad ? Markup(" bad") : .nothing)" id="\(places.join(index))">
      <figcaption>\(sign)\(Markup(trusted: names.map(\.html).joined(separator: ", ")))\
      \(more > 0 ? Markup(" and \(more) more") : .nothing) \
      <span class="links">\(links)</span><br/>\(words)</figcaption>
      \(steps > JoinDiagram.mostSteps ? table : drawing)
      </figure>
      """
  }

  /// What is said of it.
  private var words: String {
    let late = join.branches.enumerated().filter { $1.delay != $1.needed }
    if group.isMisaligned {
      let bad = late.map { number, branch in
        "branch \(number) is delayed by \(Number.count(branch.delay, "step")) and needs "
          + "\(branch.needed)"
      }
      let first = (0..<min(steps, JoinDiagram.mostSteps)).lazy.compactMap { step in
        joined(in: step).first { Set($0).count > 1 }.map { (step, $0) }
      }.first
      let meeting = first.map { step, frames in
        " In step \(step), frames " + frames.map(String.init).joined(separator: " and ")
          + " are joined."
      }
      return "As the network is written, " + bad.joined(separator: ", ") + "."
        + (meeting ?? " No two frames of one number meet.")
    }
    let waits = join.branches.map { group.slowest - ($0.timing.warmUp) }
    if waits.allSatisfy({ $0 == 0 }) { return "All branches have the same delay." }
    if join.pairing == .byStep {
      return "The delays that are written are the ones that are needed."
    }
    let longest = waits.max() ?? 0
    return "Frames are matched by their number: those of the fastest branch wait "
      + "\(Number.count(longest, "step"))."
  }

  private var drawing: Markup {
    let rows = branches.count
    let height = y(rows) + 34
    return """
      <div class="scroll" tabindex="0" role="region" aria-label="\(words)">
      <svg class="time" width="\(width)" height="\(height)" role="img" \
      aria-label="\(words)">
      \(lines)
      \(branches.enumerated().map { row($1, $0) })
      \(label("joined by \(join.typeName)", row: rows, isBad: false))
      \(joinedRow)
      </svg></div>
      """
  }

  private func row(_ branch: PlacedJoin.Branch, _ number: Int) -> Markup {
    let isBad = isBad(branch)
    let cells = (0..<steps).flatMap { step in
      let due = arriving(branch, in: step)
      return due.prefix(1).map { cell($0, at: step, row: number, isFirst: due.count > 1) }
    }
    return """
      \(label(words(of: branch, number), row: number, isBad: isBad))
      \(empty(row: number))
      \(cells)
      """
  }

  /// Whether a branch is late or early; branches that are late together meet all the same.
  private func isBad(_ branch: PlacedJoin.Branch) -> Bool {
    branch.delay != branch.needed && group.isMisaligned
  }

  private func words(of branch: PlacedJoin.Branch, _ number: Int) -> String {
    let source =
      branch.path.map { $0.withType(branch.typeName) } ?? join.fork.map { "from \($0)" }
      ?? "the input"
    return "branch \(number): \(source.cut(after: 80)), delay \(branch.delay)"
      + (isBad(branch) ? ", needs \(branch.needed)" : "")
  }

  /// About how wide a label is.
  private static func width(of label: String) -> Double { Double(label.count) * 6.8 + 8 }

  private var width: Double {
    branches.enumerated().map { JoinDiagram.width(of: words(of: $1, $0)) + 8 }
      .reduce(x(steps) + 8, max)
  }

  /// The text above a row, in front of the lines behind it.
  private func label(_ text: String, row: Int, isBad: Bool) -> Markup {
    """
    <rect class="back" x="0" y="\(y(row) - 18)" width="\(JoinDiagram.width(of: text))" height="17"/>\
    <text class="label\(isBad ? Markup(" bad") : .nothing)" x="4" y="\(y(row) - 5)">\(text)</text>
    """
  }

  /// The steps in which nothing comes.
  private func empty(row: Int) -> Markup {
    "<path class=\"lane\" d=\"M4 \(y(row) + 12)H\(x(steps))\"/>"
  }

  /// A frame, or the first one of several.
  private func cell(_ frame: Int, at step: Int, row: Int, isFirst: Bool = false) -> Markup {
    let text = isFirst ? "\(frame)…" : String(frame)
    let number: Markup =
      hasNumbers
      ? "<text class=\"in-cell\" x=\"\(x(step) + unit / 2)\" y=\"\(y(row) + 16)\">\(text)</text>"
      : .nothing
    return """
      <rect class="c\(frame % 6)" x="\(x(step) + 1)" y="\(y(row))" width="\(unit - 2)" height="24" \
      rx="3"/>\(number)
      """
  }

  private var joinedRow: Markup {
    let row = branches.count
    let cells = (0..<steps).flatMap { step in
      joined(in: step).prefix(1).map { frames -> Markup in
        guard Set(frames).count > 1 else {
          return cell(frames[0], at: step, row: row, isFirst: joined(in: step).count > 1)
        }
        let text = frames.count == 2 ? frames.map(String.init).joined(separator: "+") : "≠"
        let number: Markup =
          hasNumbers
          ? "<text class=\"in-cell bad\" x=\"\(x(step) + unit / 2)\" y=\"\(y(row) + 16)\">\(text)</text>"
          : .nothing
        return """
          <rect class="wrong" x="\(x(step) + 1)" y="\(y(row))" width="\(unit - 2)" height="24" rx="3"/>\
          \(number)
          """
      }
    }
    return Markup([empty(row: row)] + cells)
  }

  /// From each frame to where it is joined.
  private var lines: Markup {
    let bottom = y(branches.count)
    var good = ""
    var bad = ""
    for step in 0..<steps {
      for frames in joined(in: step).prefix(1) {
        for (row, (branch, frame)) in zip(branches, frames).enumerated() {
          let from = branch.timing.step(ofOutput: frame)
          let (start, end) = (x(from) + unit / 2, x(step) + unit / 2)
          // Of those that wait, the first one shows how long.
          guard from == step || frame == 0 else { continue }
          let line =
            "M\(Markup.length(start)) \(y(row) + 24)"
            + (from == step ? "" : "V\(y(row) + 29)H\(Markup.length(end))") + "V\(bottom)"
          if Set(frames).count > 1 { bad += line } else { good += line }
        }
      }
    }
    return """
      \(good.isEmpty ? .nothing : Markup("<path class=\"meet\" d=\"\(Markup(trusted: good))\"/>"))
      \(bad.isEmpty ? .nothing : Markup("<path class=\"meet bad\" d=\"\(Markup(trusted: bad))\"/>"))
      """
  }

  /// The delays as numbers, where they are too long to be drawn.
  private var table: Markup {
    let rows = branches.enumerated().map { number, branch -> Markup in
      """
      <tr><td>branch \(number)</td><td>\(branch.path ?? join.fork ?? "the input")</td>\
      <td class="number">\(Number.grouped(branch.delay))</td>\
      <td class="number">\(Number.grouped(branch.needed))</td></tr>
      """
    }
    return """
      <div class="scroll" tabindex="0" role="region" aria-label="\(words)"><table>
      <thead><tr><th>branch</th><th>from</th><th class="number">delay</th>\
      <th class="number">needed</th></tr></thead><tbody>
      \(rows)
      </tbody></table></div>
      """
  }
}
