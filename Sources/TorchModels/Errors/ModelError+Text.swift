import Checkpoints
import Continual
import PlainData
import Tensors

extension ModelError: CustomStringConvertible {
  /// A line that counts, then a row for each problem.
  public var description: String {
    let count = problems.count
    let head =
      "\(file): the tensors and the architecture do not fit: "
      + "\(count) problem\(count == 1 ? "" : "s"), \(fitting) tensors fit"
    let rest = count - ModelError.shownProblems
    let tail = rest > 0 ? ["  … and \(rest) more"] : []
    return ([head] + rows + tail).joined(separator: "\n")
  }

  /// How many problems a message lists.
  private static let shownProblems = 20

  private var rows: [String] {
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

extension ModelError.Problem {
  /// What kind of problem it is, where, what is wrong, and what to do.
  package var columns: (kind: String, name: String, text: String, more: String) {
    switch self {
    case .missing(let name, let expected, let nearest):
      (
        "missing", name, "expected \(Self.text(expected))",
        nearest.map { "did you mean \($0)?" } ?? ""
      )
    case .unexpected(let name, let found):
      ("unexpected", name, "\(found)", "")
    case .shape(let name, let expected, let found):
      ("shape", name, "expected \(Self.text(expected)), found \(found)", "")
    case .notFinite(let name, let place, let value, let count):
      (
        "not finite", name,
        "\(value) at \(place), \(count) such value\(count == 1 ? "" : "s")",
        "a network with such a weight yields nothing but nan"
      )
    case .unreadable(let name, let error): ("unreadable", name, "\(error)", "")
    case .ambiguous(let name, let other, let found):
      (
        "module", name, "means the same tensor as \(other) once numbers are dropped: \(found)",
        "flattened names do not tell these modules apart; save the state dict unflattened"
      )
    case .parametrization(let name):
      (
        "module", name, "belongs to a parametrization whose computation is not known",
        "known are weight norm and spectral norm; make the weight plain with "
          + "torch.nn.utils.parametrize.remove_parametrizations before saving"
      )
    case .unknownClass(let type, let place, let nearest):
      (
        "module", place, "the class \"\(type)\" is unknown",
        nearest.map { "did you mean \"\($0)\"?" }
          ?? "describe what it does with known classes; coverify types lists them"
      )
    case .unknownArgument(let name, let type, let place, let known):
      (
        "module", place, "\(type) has no argument \"\(name)\"",
        Spelling.hint(for: name, among: known)
          ?? (known.isEmpty ? "it has none" : "it has " + known.joined(separator: ", "))
      )
    case .argument(let place, let found, let expected):
      ("module", place, "found \(found), expected \(expected)", "")
    case .module(let place, let error): ("module", place, error.reason, "")
    case .description(let place, let message, let hint): ("module", place, message, hint)
    }
  }

  /// A shape of which not every length is known.
  private static func text(_ expected: [Int?]) -> String {
    "(" + expected.map { $0.map(String.init) ?? "any" }.joined(separator: ", ") + ")"
  }
}
