import Checkpoints
import Continual
import PlainData
import Tensors
import TextLayout

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

  /// A row for each problem, and below it what to do.
  private var rows: [String] {
    let texts = problems.prefix(ModelError.shownProblems).map(\.text)
    let table = TextTable([.fitting, .fitting(atMost: 40)], indent: 2)
    let lines = table.lines(texts.map { [$0.kind, $0.name, $0.finding] })
    return zip(lines, texts).flatMap { line, text in
      text.advice.isEmpty ? [line] : [line, "    \(text.advice.printable)"]
    }
  }
}

extension ModelError.Problem {
  /// What kind of problem it is, where, what is wrong, and what to do.
  package var text: (kind: String, name: String, finding: String, advice: String) {
    switch self {
    case .missing(let name, let expected, let nearest):
      (
        "missing", name, "expected \(Self.lengths(expected))",
        nearest.map { "did you mean \($0)?" } ?? ""
      )
    case .unexpected(let name, let found):
      ("unexpected", name, "\(found)", "")
    case .shape(let name, let expected, let found):
      ("shape", name, "expected \(Self.lengths(expected)), found \(found)", "")
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
  private static func lengths(_ expected: [Int?]) -> String {
    "(" + expected.map { $0.map(String.init) ?? "any" }.joined(separator: ", ") + ")"
  }
}
