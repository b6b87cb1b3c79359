import ArgumentParser
import CheckpointTools
import Checkpoints
import PlainData
import TextLayout
import TorchModels
import Verification

/// `coverify review`: which fixtures that were recorded anew are right.
struct Review: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows fixtures that coverify check --update has recorded anew, and accepts them.",
    discussion: """
      For each it says what is another one than before, and asks: a accepts it, r deletes it, s leaves it \\
      for later; A and R are for it and all that follow, q ends. With --accept or --reject nothing is asked.

      Exit codes: 0 none is left, 1 some are, 2 trouble.
      """)

  @Argument(help: "Fixtures, models, folders or patterns of them; by default this folder.")
  var files: [FilePath] = ["."]

  @Option(
    name: .customLong("fixtures"),
    help: "The folder of the fixtures, where they are not beside the models.")
  var folder: FilePath?

  @Flag(help: "Accept all.")
  var accept = false

  @Flag(help: "Delete all.")
  var reject = false

  @Flag(help: "Show all, and ask for none.")
  var list = false

  @OptionGroup var limits: LimitOptions

  func validate() throws {
    if [accept, reject, list].count(where: \.self) > 1 {
      throw ValidationError("--accept, --reject and --list exclude one another.")
    }
  }

  /// What becomes of a fixture.
  private enum Answer { case accept, reject, skip }

  func run() throws {
    try end {
      if !list, !reject { try FixtureRecorder.checkEnvironment() }
      let search = PendingFixture.search(
        files + (files == ["."] ? [folder].compactMap(\.self) : []), in: folder)
      for path in search.nothing {
        StandardStream.say("error: \(path): nothing was recorded anew for it")
      }
      var (left, hasTrouble) = (0, !search.nothing.isEmpty)
      var rest: Answer? = accept ? .accept : reject ? .reject : list ? .skip : nil
      for (index, pending) in search.found.enumerated() {
        do {
          try show(pending, "\(index + 1) of \(search.found.count)")
          let answer = rest ?? ask(&rest)
          switch answer {
          case .accept: try pending.accept()
          case .reject: try pending.reject()
          case .skip: left += 1
          }
          if !list { try StandardStream.print(result: "  \(words(answer)) \(pending.place)\n") }
        } catch {
          CommandFailure(error).report()
          (left, hasTrouble) = (left + 1, true)
        }
      }
      if search.found.isEmpty, search.nothing.isEmpty {
        try StandardStream.print(result: "nothing was recorded anew\n")
      }
      return hasTrouble ? .trouble : left > 0 ? .differs : .same
    }
  }

  private func words(_ answer: Answer) -> String {
    switch answer {
    case .accept: "accepted "
    case .reject: "rejected "
    case .skip: "left     "
    }
  }

  private func show(_ pending: PendingFixture, _ number: String) throws {
    let new = try Fixture(contentsOf: pending.path, limits: limits.values)
    let old = try? Fixture(contentsOf: pending.place, limits: limits.values)
    let comparison = FixtureComparison(old, new)
    var lines = ["\(pending.place) (\(number))".printable]
    for row in comparison.rows {
      lines += Paragraph.labelled(row.title, row.text.printable, column: 10)
    }
    if comparison.isSame {
      lines += Paragraph.labelled("note", "only the file of the model is another one", column: 10)
    }
    try StandardStream.print(result: lines.joined(separator: "\n") + "\n")
  }

  /// Asks until there is an answer; at the end of the input, all that follow are left for later.
  private func ask(_ rest: inout Answer?) -> Answer {
    while true {
      StandardStream.note("  accept, reject, skip (a/r/s; A/R all that follow, q ends)? ")
      guard let line = readLine() else {
        StandardStream.note("\n")
        rest = .skip
        return .skip
      }
      switch line.first(where: { !$0.isWhitespace }) {
      case "a": return .accept
      case "r": return .reject
      case "s": return .skip
      case "A":
        rest = .accept
        return .accept
      case "R":
        rest = .reject
        return .reject
      case "q":
        rest = .skip
        return .skip
      default: continue
      }
    }
  }
}
