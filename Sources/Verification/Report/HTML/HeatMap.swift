import Continual
import PlainData
import TextLayout

/// Each frame of each module: how far it is from its definition, as a part of what rounding can do.
struct HeatMap {
  private let report: Report
  private let picture: Picture
  private let places: PagePlaces

  init(_ report: Report, _ picture: Picture, _ places: PagePlaces) {
    self.report = report
    self.picture = picture
    self.places = places
  }

  /// A row of the map, which can stand for several modules.
  struct Row {
    let row: Picture.Row
    let label: String
    /// Its number among all of the picture, of which the first one is meant where it stands for several.
    let index: Int
  }

  /// The height of a row.
  private static let height = 18

  /// How many rows are drawn; more are put together.
  static let mostRows = 400

  var markup: Markup {
    let title: Markup = """
      <h3 id="\(places.prefix)-heat">Layers and frames</h3>
      """
    guard !picture.steps.isEmpty || !picture.clips.isEmpty || !picture.pairs.isEmpty else {
      return """
        <section aria-labelledby="\(places.prefix)-heat">\(title)
        <p class="empty">No frame was compared with its definition.</p></section>
        """
    }
    let isOne = picture.clips.isEmpty
    let hasModules = !picture.steps.isEmpty || !picture.clips.isEmpty
    let introduction =
      !hasModules
      ? "Each cell is a frame of the output, computed in two ways: their difference as a part of what is "
        + "allowed. No module was compared with its definition."
      : "Each cell is a frame of a module's output: its error against the module's definition in "
        + "float64, as a part of what rounding can do there, and the worst of all inputs. "
        + (isOne
          ? "Clip and steps have the same errors everywhere, so that one map shows both. "
          : "Clip and steps are not the same everywhere. ")
        + (picture.pairs.isEmpty
          ? "" : "Below the modules, outputs that are computed in two ways are compared.")
    return """
      <section aria-labelledby="\(places.prefix)-heat">
      \(title)
      <p>\(introduction)</p>
      \(HeatScale.legend(used))
      \(maps)
      \(note)
      </section>
      """
  }

  private var used: Set<HeatScale> {
    Set(
      (picture.steps + picture.clips + picture.pairs).flatMap { row in
        row.cells.map { HeatScale($0.ratio) }
      })
  }

  /// One map, or one for each mode, of which the one that is worse is shown first.
  private var maps: Markup {
    let pairs = rows(picture.pairs)
    guard !picture.clips.isEmpty else {
      return map(rows(picture.steps) + pairs, name: "steps", isFirst: true)
    }
    let worst = { (rows: [Picture.Row]) in
      rows.flatMap(\.cells).map { $0.ratio.isNaN ? 1 : $0.ratio }.max() ?? 0
    }
    let clipsAreWorse = worst(picture.clips) > worst(picture.steps)
    let name = places.prefix + "-mode"
    func choice(_ mode: String, _ isChosen: Bool) -> Markup {
      """
      <input type="radio" class="choice \(mode)" name="\(name)" id="\(name)-\(mode)"\
      \(isChosen ? Markup(" checked=\"checked\"") : .nothing)/>\
      <label for="\(name)-\(mode)">\(mode == "steps" ? "frame by frame" : "clip at once")</label>
      """
    }
    return """
      <div class="modes">
      \(choice("steps", !clipsAreWorse))
      \(choice("clips", clipsAreWorse))
      \(map(rows(picture.steps) + pairs, name: "steps", isFirst: true))
      \(map(rows(picture.clips) + pairs, name: "clips", isFirst: picture.steps.isEmpty))
      </div>
      """
  }

  private var note: Markup {
    var notes: [String] = []
    let shown = max(picture.steps.count, picture.clips.count)
    if shown > HeatMap.mostRows {
      notes.append(
        "\(Number.count(shown, "module")) are put together, \(rowsTogether(shown)) a row: a cell is the "
          + "worst of them.")
    }
    let size = picture.steps.map { FrameError.framesOfCell($0.frames, max($0.cells.count, 1)) }
      .max()
    if let size, size > 1 {
      notes.append("A cell is the worst of \(size) frames.")
    }
    if shown > 0, shown < picture.judgedCount {
      notes.append(
        "\(Number.count(picture.judgedCount - shown, "module")) of \(picture.judgedCount) were not "
          + "compared frame by frame.")
    }
    return notes.isEmpty ? .nothing : "<p class=\"note\">\(notes.joined(separator: " "))</p>"
  }

  // MARK: - Rows

  private func rowsTogether(_ count: Int) -> Int {
    (count + HeatMap.mostRows - 1) / HeatMap.mostRows
  }

  private func rows(_ rows: [Picture.Row]) -> [Row] {
    let size = rowsTogether(rows.count)
    return stride(from: 0, to: rows.count, by: max(size, 1)).map { start in
      let several = rows[start..<min(start + size, rows.count)]
      let first = several[start]
      guard several.count > 1 else {
        return Row(row: first, label: label(first), index: start)
      }
      var cells = several.max { $0.cells.count < $1.cells.count }?.cells ?? []
      for other in several {
        for (place, cell) in other.cells.enumerated() where place < cells.count {
          cells[place].worsen(cell)
        }
      }
      let row = Picture.Row(
        name: first.name, typeName: first.typeName, isPair: false, cells: cells,
        frames: first.frames, timing: first.timing)
      return Row(
        row: row, label: label(first) + " and \(several.count - 1) more", index: start)
    }
  }

  private func label(_ row: Picture.Row) -> String {
    if row.isPair { return report.truth.told(row.name.replacing("/", with: " ↔ ")) }
    return row.name.withType(row.typeName)
  }

  // MARK: - The map

  /// The width of a frame of the input.
  private var unit: Double {
    let frames = max(picture.clipLength, 1)
    let least = 3 / Double(FrameError.framesOfCell(frames))
    let whole = 720 / Double(frames)
    return min(max(whole >= 1 ? whole.rounded(.down) : whole, least), 44)
  }

  private func map(_ rows: [Row], name: String, isFirst: Bool) -> Markup {
    let place = HeatCells(
      rows, unit: unit, height: HeatMap.height, frames: picture.clipLength,
      isOfSteps: name == "steps")
    let labels = rows.map { row -> Markup in
      let path = row.row.isPair ? "" : row.row.name
      let id: Markup =
        isFirst && !row.row.isPair
        ? Markup(" id=\"\(places.row(row.index))\"") : .nothing
      let text: Markup = "<span class=\"path\">\(short(row.label))</span>"
      let target = places.node(of: path)
      let link: Markup =
        target.map { "<a href=\"#\(places.node($0))\">\(text)</a>" } ?? text
      return """
        <li\(id)\(row.row.isPair ? Markup(" class=\"pair\"") : .nothing) title="\(row.label)">\
        \(row.row.isPair ? .nothing : places.marks(of: path))\(link)</li>
        """
    }
    let worst = rows.map { row in
      row.row.cells.map(\.ratio).max { ($0.isNaN ? 1 : $0) < ($1.isNaN ? 1 : $1) } ?? 0
    }
    let beyond = worst.count { $0 > 1 }
    let label =
      "Heat map of \(Number.count(rows.count, "row")) and \(Number.count(picture.clipLength, "frame")); "
      + "\(beyond) with an error beyond its bound. Arrow keys move through the cells."
    return """
      <div class="heat \(name)">
      <div class="pane" role="group" aria-label="\(label)">
      <div class="corner muted">module</div>
      <div class="axis">\(place.axis)</div>
      <ol class="labels">
      \(labels)
      </ol>
      <svg class="cells" tabindex="0" role="application" aria-roledescription="heat map" \
      aria-label="\(label)" width="\(place.width)" height="\(rows.count * HeatMap.height)" \
      data-unit="\(place.unit)" data-row="\(HeatMap.height)">
      \(place.paths)
      <rect class="cursor" x="-99" y="0" width="10" height="\(HeatMap.height)"/>
      </svg>
      </div>
      <output class="readout" aria-live="polite">Point at a cell, or focus the map and use the arrow \
      keys, for its numbers.</output>
      <script type="application/json">\(Markup.data(place.data(picture)))</script>
      </div>
      """
  }

  /// The end of a path, which tells modules apart, where it is long.
  private func short(_ path: String) -> String {
    path.count <= 34 ? path : "…" + path.suffix(33)
  }
}
