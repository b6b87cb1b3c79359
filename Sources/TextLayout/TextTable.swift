import PlainData

/// Rows of text, their columns below each other.
///
///     conv.weight  float32  (8, 3, 3)
///     conv.bias    float32  (8)
///
/// Names come from files, and must not steer the terminal: what could is escaped before it is measured.
/// Nor must one long name fill it: it is cut, and does not widen the column for all others.
package struct TextTable: Sendable {
  /// How the cells of a column are set.
  package struct Column: Sendable {
    private enum Width {
      case fitting(atMost: Int)
      case exactly(Int)
    }

    private let width: Width
    private let isRight: Bool

    /// As wide as its longest cell, though no wider than two screens; where no cell has a character, the
    /// column takes no room.
    package static let fitting = fitting(atMost: 2 * Paragraph.width)

    /// As wide as its longest cell, but no wider than given; longer cells stick out.
    package static func fitting(atMost limit: Int) -> Column {
      Column(width: .fitting(atMost: limit), isRight: false)
    }

    /// Of a given width, with text on the left; longer cells are cut, and end with "~".
    package static func left(_ width: Int) -> Column {
      Column(width: .exactly(width), isRight: false)
    }

    /// Of a given width, with text on the right; longer cells stick out.
    package static func right(_ width: Int) -> Column {
      Column(width: .exactly(width), isRight: true)
    }

    /// The width of the column; nil where it takes no room.
    fileprivate func room(for longest: Int) -> Int? {
      switch width {
      case .fitting(let limit): longest == 0 ? nil : min(longest, limit)
      case .exactly(let width): width
      }
    }

    fileprivate func set(_ cell: String, in room: Int) -> String {
      let margin = String(repeating: " ", count: max(room - cell.count, 0))
      if isRight { return margin + cell }
      guard case .exactly = width, cell.count > room else { return cell + margin }
      return cell.prefix(room - 1) + "~"
    }
  }

  private let indent: String
  private let gap: String
  private let columns: [Column]

  /// Describes a table.
  ///
  /// - Parameters:
  ///   - columns: from the left; those behind the last one fit their cells.
  ///   - indent: the spaces before each row.
  ///   - gap: the spaces between two columns.
  package init(_ columns: [Column] = [], indent: Int = 4, gap: Int = 2) {
    self.columns = columns
    self.indent = String(repeating: " ", count: indent)
    self.gap = String(repeating: " ", count: gap)
  }

  /// Lays out rows.
  ///
  /// - Parameter rows: the cells of each row, from the left.
  /// - Returns: a line each, without spaces at its end.
  package func lines(_ rows: [[String]]) -> [String] {
    let rows = rows.map { $0.map { $0.cut().printable } }
    let count = rows.map(\.count).max() ?? 0
    let set = (0..<count).map { columns.indices.contains($0) ? columns[$0] : .fitting }
    let rooms = set.indices.map { column in
      set[column].room(
        for: rows.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0)
    }
    return rows.map { row in
      let cells = row.indices.compactMap { column in
        rooms[column].map { set[column].set(row[column], in: $0) }
      }
      var line = indent + cells.joined(separator: gap)
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  /// A table of columns that fit their cells.
  package static func lines(_ rows: [[String]]) -> [String] { TextTable().lines(rows) }

  /// A table of the first things, and a line that says how many more there are.
  ///
  /// - Parameters:
  ///   - things: what has a row each.
  ///   - limit: how many rows there are at most.
  ///   - hint: said behind the number of the others, as how to see them.
  ///   - cells: the cells of a row.
  /// - Returns: the lines.
  package static func lines<Thing>(
    _ things: some Collection<Thing>, limit: Int, hint: String = "", cells: (Thing) -> [String]
  ) -> [String] {
    let rest = things.count - limit
    return lines(things.prefix(limit).map(cells))
      + (rest > 0 ? ["    … and \(Number.grouped(rest)) more\(hint)"] : [])
  }
}
