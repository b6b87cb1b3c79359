import ArgumentParser
import CheckpointTools
import PlainData

/// `coverify schema`: what the documents for programs are made of.
struct Schema: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints the JSON Schema of a document that coverify writes.",
    discussion: """
      Members that a schema does not name may come with a later version, and are to be ignored. Numbers are \\
      numbers, but for the texts "inf", "-inf" and "nan", for which JSON has none.
      """)

  @Argument(help: "report, lines (of --format jsonl), fixture, inspect, diff, convert or bench.")
  var name: DocumentSchema = .report

  func run() throws {
    try end {
      try StandardStream.print(result: name.document.json(.indented) + "\n")
      return .same
    }
  }
}

extension DocumentSchema: ExpressibleByArgument {}
