import PlainData

/// What is wrong with an architecture, all of it, each with its place.
public struct ArchitectureError: Error, Hashable, Sendable {
  /// One thing that is wrong.
  public struct Problem: Hashable, Sendable {
    /// Where it is: a JSON path as `$.model.modules[2].stride`, or the path of a pickled module; empty
    /// where the file cannot be read.
    public let place: String

    /// What was found and what was expected.
    public let message: String

    /// What to do; empty where the message says it.
    public let hint: String
  }

  /// The file or the entry that holds the architecture.
  public let source: String

  /// Everything that is wrong, in the order of the architecture.
  public let problems: [Problem]

  init(source: String, problems: [Problem]) {
    self.source = source
    self.problems = problems
  }

  init(source: String, place: String, _ message: String, hint: String = "") {
    self.init(source: source, problems: [Problem(place: place, message: message, hint: hint)])
  }
}

extension ArchitectureError: CustomStringConvertible {
  /// One line a problem, and one for each hint; the first 20 problems, and how many more there are.
  public var description: String {
    let shown = 20
    var lines: [String] = []
    for problem in problems.prefix(shown) {
      let place = problem.place.isEmpty ? source : "\(source): \(problem.place)"
      lines.append("\(place): \(problem.message)".printable)
      if !problem.hint.isEmpty { lines.append("  \(problem.hint)".printable) }
    }
    let rest = problems.count - shown
    if rest > 0 { lines.append("\(source): … and \(rest) more".printable) }
    return lines.joined(separator: "\n")
  }
}
