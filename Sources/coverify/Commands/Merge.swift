import ArgumentParser
import Checkpoints
import Foundation
import PlainData
import TextLayout
import Verification

/// `coverify merge`: what other machines have found, as one report.
struct Merge: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Puts the JSON reports of several calls together, as of all parts of --shard.",
    discussion: """
      Prints what came of each model, and with --output writes one report, in the order of the models' paths: \\
      with --no-timing the bytes that a single call for the folder would have made.

      Exit codes: that of the worst model, in the order 2, 1, 3, 0; 2 also where a report cannot be read.
      """)

  @Argument(help: "Reports of --format json.")
  var reports: [FilePath]

  @Option(name: .shortAndLong, help: "Where to write the report.")
  var output: FilePath?

  @OptionGroup var outputs: OutputOptions

  func run() throws {
    try end {
      let target = try output.map { try outputs.check([$0], inputs: reports)[0] }
      var merged = MergedReports()
      for path in reports {
        do {
          let data = try Data(
            contentsOf: URL(filePath: String(decoding: path.bytes, as: UTF8.self)))
          try merged.add(PlainValue(json: data))
        } catch {
          throw CommandError.notMerged(path, error)
        }
      }
      if let target {
        try AtomicFile.write(Data((merged.document.json(.indented) + "\n").utf8), to: target)
        target.noteChange()
      }
      let words = merged.words
      let rows = TextTable([.fitting, .fitting], indent: 2)
        .lines(words.map { [$0.path, $0.word.rawValue] })
      let counts = ReportSet.words { word in words.count { $0.word == word } }
      let text = (["models"] + rows + ["\(counts) (exit \(merged.worst.status ?? 2))"])
        .joined(separator: "\n")
      StandardStream.print(summary: text + "\n")
      return ExitStatus(merged.worst)
    }
  }
}
