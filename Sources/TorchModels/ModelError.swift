import PlainData
public import Tensors

/// Why a checkpoint and an architecture do not make a model: every misfit, sorted.
public struct ModelError: Error, Hashable, Sendable {
  /// One misfit.
  public enum Problem: Hashable, Sendable {
    /// A tensor that the architecture needs and the file does not have.
    case missing(String, expected: String, nearest: String?)
    /// A tensor that the file has and the architecture does not use.
    case unexpected(String, found: Shape)
    /// A tensor of another shape.
    case shape(String, expected: String, found: Shape)
    /// A weight that is no number.
    case notFinite(String, place: [Int], value: Float, count: Int)
    /// A tensor that cannot be read.
    case unreadable(String, reason: String)
    /// A class or an argument that is unknown or impossible.
    case description(place: String, message: String, hint: String)
  }

  /// The model file.
  public let file: String

  /// Everything that does not fit: the architecture first, then the tensors by name.
  public let problems: [Problem]

  /// How many tensors of the file fit.
  public let fitting: Int

  package init(file: String, problems: [Problem], fitting: Int) {
    self.file = file
    self.problems = problems.sorted { $0.sortKey < $1.sortKey }
    self.fitting = fitting
  }
}

extension ModelError.Problem {
  /// Problems of the architecture come in its order, then those of tensors by name.
  fileprivate var sortKey: (Int, String, Int) {
    switch self {
    case .description: (0, "", 0)
    case .missing(let name, _, _): (1, name, 0)
    case .shape(let name, _, _): (1, name, 1)
    case .notFinite(let name, _, _, _): (1, name, 2)
    case .unreadable(let name, _): (1, name, 3)
    case .unexpected(let name, _): (1, name, 4)
    }
  }

  private var columns: (kind: String, name: String, text: String, more: String) {
    switch self {
    case .missing(let name, let expected, let nearest):
      ("missing", name, "expected \(expected)", nearest.map { "did you mean \($0)?" } ?? "")
    case .unexpected(let name, let found):
      ("unexpected", name, "\(found)", "")
    case .shape(let name, let expected, let found):
      ("shape", name, "expected \(expected), found \(found)", "")
    case .notFinite(let name, let place, let value, let count):
      (
        "not finite", name,
        "\(value) at \(place), \(count) such value\(count == 1 ? "" : "s")",
        "a network with such a weight yields nothing but nan"
      )
    case .unreadable(let name, let reason): ("unreadable", name, reason, "")
    case .description(let place, let message, let hint): ("module", place, message, hint)
    }
  }

  fileprivate static func table(_ problems: [ModelError.Problem]) -> [String] {
    let rows = problems.prefix(ModelError.shownProblems).map(\.columns)
    let kinds = rows.map(\.kind.count).max() ?? 0
    let names = min(rows.map(\.name.count).max() ?? 0, 40)
    return rows.flatMap { row in
      let kind = row.kind + String(repeating: " ", count: kinds - row.kind.count)
      let name = row.name.printable + String(repeating: " ", count: max(names - row.name.count, 0))
      let line = "  \(kind)  \(name)  \(row.text.printable)"
      return row.more.isEmpty ? [line] : [line, "    \(row.more.printable)"]
    }
  }
}

extension ModelError: CustomStringConvertible {
  /// A line that counts, then a row for each problem.
  public var description: String {
    let count = problems.count
    let head =
      "\(file): the tensors and the architecture do not fit: "
      + "\(count) problem\(count == 1 ? "" : "s"), \(fitting) tensors fit"
    let rest = count - ModelError.shownProblems
    let tail = rest > 0 ? ["  … and \(rest) more"] : []
    return ([head] + Problem.table(problems) + tail).joined(separator: "\n")
  }

  /// How many problems a message lists.
  fileprivate static let shownProblems = 20
}
