import ArgumentParser
import CheckpointTools
import Checkpoints
import Verification

/// How the reports on models are made and shown.
struct ReportOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "human, json, jsonl, junit, github, gitlab, md or html; with =FILE into a file. Repeatable.",
      discussion: """
        html is a page for a browser: the verdict, a map of the errors of all layers and frames, how frames \
        meet in time, and the network as a graph.
        """))
  var format: [ReportFormat] = []

  @OptionGroup var output: OutputOptions

  @OptionGroup var configuration: ConfigurationOptions

  /// What follows a model that is not the same.
  enum Ending: String, EnumerableFlag {
    case keepGoing
    case failFast

    static func help(for ending: Ending) -> ArgumentHelp? {
      switch ending {
      case .keepGoing: "Judge all models, whatever comes of one."
      case .failFast: "End with the first model that is not the same."
      }
    }
  }

  @Flag(exclusivity: .chooseLast)
  var ending = Ending.keepGoing

  @Option(help: "How many models are judged at the same time; the report is the same bytes.")
  var jobs = 1

  @Option(
    help: ArgumentHelp(
      "Judge a part of all models, as 2/4: the second of four.",
      discussion: """
        Which part a model is in depends on the bytes of its file. coverify merge puts the reports together.
        """, valueName: "k/n"))
  var shard: Shard?

  @Flag(name: .shortAndLong, help: "List every layer.")
  var verbose = false

  @Flag(help: "Leave times out, so that reports of the same run are the same bytes.")
  var noTiming = false

  @Flag(name: .shortAndLong, help: "Print the verdict alone, and no notes.")
  var quiet = false

  @Option(help: "When to use colour.")
  var color: ColorChoice = .auto

  func validate() throws {
    if jobs < 1 { throw ValidationError("--jobs needs a positive number.") }
  }

  /// Whether reports say how long they took.
  var showsTiming: Bool { !noTiming }

  /// Whether a report is for a page with pictures, which need more than the numbers of the others.
  var keepsPictures: Bool { format.contains { $0.kind == .html } }

  /// How a page of text looks, in a file or, for nil, on stdout.
  func human(for file: OutputFile?) -> HumanFormat {
    HumanFormat(
      usesColor: color.isOn && file == nil, showsLayers: verbose,
      showsVerdictOnly: quiet && file == nil)
  }

  /// The renderings of the report, each with its file; nil for stdout.
  func outputs(reading inputs: [FilePath]) throws -> [(ReportFormat, OutputFile?)] {
    let formats = format.isEmpty ? [ReportFormat.human] : format
    var files = try output.check(formats.compactMap(\.path), inputs: inputs).makeIterator()
    return formats.map { ($0, $0.path == nil ? nil : files.next()) }
  }
}
