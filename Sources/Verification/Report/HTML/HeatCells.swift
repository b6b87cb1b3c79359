import Continual
import PlainData
import TextLayout

/// The cells of a heat map, as few paths: one for each colour.
struct HeatCells {
  private let rows: [HeatMap.Row]
  private let height: Int
  private let frames: Int

  /// Whether cells belong to steps, and not to a clip that is computed at once.
  private let isOfSteps: Bool

  /// The width of a frame of the input.
  let unit: Double

  init(_ rows: [HeatMap.Row], unit: Double, height: Int, frames: Int, isOfSteps: Bool) {
    self.isOfSteps = isOfSteps
    self.rows = rows
    self.height = height
    self.frames = frames
    self.unit = unit
  }

  /// The width of all.
  var width: Double {
    rows.map { Double($0.row.frames) * step($0.row) * unit }.reduce(Double(frames) * unit, max)
  }

  /// How many frames of the input a frame of a row stands for.
  private func step(_ row: Picture.Row) -> Double {
    Double(row.timing.rate.down) / Double(row.timing.rate.up)
  }

  private func cellWidth(_ row: Picture.Row) -> Double {
    unit * step(row) * Double(FrameError.framesOfCell(row.frames, max(row.cells.count, 1)))
  }

  var paths: Markup {
    var shapes: [HeatScale: String] = [:]
    var crosses = ""
    for (number, row) in rows.enumerated() {
      let width = cellWidth(row.row)
      let gap = width >= 6 ? 1.0 : 0
      for (place, cell) in row.row.cells.enumerated() {
        let level = HeatScale(cell.ratio)
        let (x, y) = (Double(place) * width, number * height + 1)
        let across = Markup.length(max(width - gap, 0.5))
        shapes[level, default: ""] +=
          "M\(Markup.length(x)) \(y)h\(across)v\(height - 2)h-\(across)z"
        if level.isBeyond, width >= 8 {
          let (middle, center) = (Markup.length(x + (width - gap) / 2 - 3), y + height / 2 - 4)
          crosses += "M\(middle) \(center)l6 6m0-6l-6 6"
        }
      }
    }
    let paths = HeatScale.allCases.compactMap { level -> Markup? in
      shapes[level].map { "<path class=\"\(level.rawValue)\" d=\"\(Markup(trusted: $0))\"/>" }
    }
    return Markup(
      paths
        + (crosses.isEmpty
          ? [] : ["<path class=\"cross\" d=\"\(Markup(trusted: crosses))\"/>"]))
  }

  /// The numbers of frames above.
  var axis: Markup {
    let wanted = max(1, Int((44 / unit).rounded(.up)))
    let labels = stride(
      from: 0, to: max(frames, 1), by: Number.roundStep(least: wanted)
    ).map { frame -> Markup in
      """
      <text x="\(Double(frame) * unit + max(unit / 2, 5))" y="14">\(frame)</text>
      """
    }
    return """
      <svg width="\(width)" height="20" role="img" aria-label="Frames of the clip">\(labels)</svg>
      """
  }

  /// The numbers, for whoever points at a cell: of each row, `error allowed input` of each cell.
  func data(_ picture: Picture) -> PlainValue {
    var profiles: [String] = []
    func number(_ profile: String) -> Int {
      if let known = profiles.firstIndex(of: profile) { return known }
      profiles.append(profile)
      return profiles.count - 1
    }
    let rows = self.rows.map { row -> PlainValue in
      let cells = row.row.cells.map {
        "\(Number.short($0.error)) \(Number.short($0.allowed)) \(number($0.profile)) "
          + HeatScale.words($0.ratio).replacing(" ", with: "_")
      }
      let size = FrameError.framesOfCell(row.row.frames, max(row.row.cells.count, 1))
      let steps = row.row.cells.indices.map { place in
        let step = row.row.timing.step(ofOutput: place * size)
        return step < frames ? String(step) : "e"
      }
      return .members(
        ("n", .string(row.label.message)), ("w", .double(cellWidth(row.row))), ("k", .int(size)),
        ("s", isOfSteps ? .string(steps.joined(separator: " ")) : nil),
        ("c", .string(cells.joined(separator: ";"))))
    }
    return .members(("p", .strings(profiles)), ("r", .list(rows)))
  }
}
