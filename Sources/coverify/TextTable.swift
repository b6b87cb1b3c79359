import Checkpoints
import PlainData

/// Rows of text, their columns below each other.
enum TextTable {
  /// The lines, indented, without spaces at their ends; empty columns take no room.
  static func lines(_ rows: [[String]]) -> [String] {
    // Names come from the file, and must not steer the terminal.
    let rows = rows.map { $0.map(\.printable) }
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = zip(row, widths).compactMap { cell, width in
        width == 0 ? nil : cell + String(repeating: " ", count: width - cell.count)
      }
      var line = "    " + cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
