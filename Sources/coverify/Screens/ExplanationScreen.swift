import OrderedCollections
import PlainData
import TextLayout
import Verification

/// What `coverify explain` says: of everything in short, or of some codes and words in full.
struct ExplanationScreen: Screen {
  /// Codes, beginnings of codes, and words; none for a list of all.
  let names: [String]

  /// The checks whose code is `name`, or begins with it.
  static func checks(named name: String) -> [CheckDefinition] {
    guard name.uppercased().hasPrefix("CV") else { return [] }
    return CheckCatalog.checks.filter { $0.code.rawValue.hasPrefix(name.uppercased()) }
  }

  /// The word on screens that is called `name`.
  static func term(named name: String) -> Term? {
    Term.all.first { $0.name == name.lowercased() }
  }

  private var checks: OrderedSet<CheckDefinition> {
    names.isEmpty
      ? OrderedSet(CheckCatalog.checks) : OrderedSet(names.flatMap(ExplanationScreen.checks))
  }

  private var terms: OrderedSet<Term> {
    names.isEmpty ? OrderedSet(Term.all) : OrderedSet(names.compactMap(ExplanationScreen.term))
  }

  var json: PlainValue {
    .object([
      "schema": .string("coverify.explanations/1"),
      "checks": .list(checks.map(ExplanationScreen.document)),
      "words": .list(
        terms.map { .object(["word": .string($0.name), "meaning": .string($0.meaning)]) }),
    ])
  }

  private static func document(of check: CheckDefinition) -> PlainValue {
    .object([
      "code": .string(check.code.rawValue), "title": .string(check.title),
      "holds": .string(check.meaning), "how": .string(check.explanation.how),
      "mend": .string(check.explanation.mend), "example": .string(check.explanation.example),
    ])
  }

  var human: String { (names.isEmpty ? list : explanations).joined(separator: "\n") }

  private var list: [String] {
    let rows = checks.flatMap {
      Paragraph.wrapped($0.meaning, first: "  \($0.code.rawValue)  ", rest: "         ")
    }
    let words = terms.flatMap {
      Paragraph.wrapped($0.meaning, first: "  \($0.name): ", rest: "      ")
    }
    return ["checks, and what has to hold"] + rows + ["", "words on screens"] + words + [
      "", "coverify explain CV301 says how a check is made, and what to do where it fails",
    ]
  }

  private var explanations: [String] {
    let blocks =
      checks.map { check in
        ["\(check.code.rawValue)  \(check.title)"]
          + [
            ("holds", check.meaning), ("how", check.explanation.how),
            ("mend", check.explanation.mend), ("example", check.explanation.example),
          ].flatMap { Paragraph.labelled($0, $1, column: 9) }
      }
      + terms.map { Paragraph.wrapped($0.meaning, first: "\($0.name): ", rest: "    ") }
    return Array(blocks.joined(separator: [""]))
  }
}
