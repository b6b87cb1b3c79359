import ArgumentParser
import PlainData
import TorchModels
import Verification

/// `coverify explain`: what codes and words on screens mean.
struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Explains codes of checks, and words on screens.",
    discussion: """
      For a code such as CV301: what has to hold, how that is found out, what to do where it does not, \
      and an example. CV3 stands for all codes that begin with it. Without names, lists what there is.
      """)

  @Argument(help: "Codes, as CV301 or CV3, or words, as resolution.")
  var names: [String] = []

  @Flag(help: "Print the explanations as JSON.")
  var json = false

  func validate() throws {
    for name in names where ExplanationScreen.checks(named: name).isEmpty {
      guard ExplanationScreen.term(named: name) == nil else { continue }
      let known = CheckCatalog.checks.map(\.code.rawValue) + Term.all.map(\.name)
      let hint = Spelling.hint(for: name, among: known).map { "; \($0)" } ?? ""
      throw ValidationError(
        "Nothing is called \"\(name)\"\(hint); coverify explain lists all codes and words")
    }
  }

  func run() throws {
    try end {
      let screen = ExplanationScreen(names: names)
      try StandardStream.print(result: (json ? screen.json.json() : screen.human) + "\n")
      return .same
    }
  }
}
