import ArgumentParser
import Checkpoints
import Continual
import Foundation
import PlainData
import TorchModels

/// `coverify inspect`: what is in a file.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the tensors of a file, and the modules of its network with their timing.",
    discussion: """
      Also what is in the file beside tensors, the storages that tensors share, and every class and \
      function that a pickle names; nothing of it is run. No values are read but for --stats, \
      --sha256 and -v.

      A file that cannot be read does not keep the others from being shown.

      Exit codes: 0 all readable, 2 one is refused, damaged or not a checkpoint.
      """)

  @Argument(help: "Checkpoints, or files of tensors.")
  var files: [FilePath]

  @Option(name: .customLong("arch"), help: "An architecture file; by default it is looked for.")
  var architecture: FilePath?

  @Flag(help: "Read every tensor: smallest and largest value, and values that are no numbers.")
  var stats = false

  @Flag(help: "Hash every tensor: its row-major little-endian values.")
  var sha256 = false

  @Flag(
    name: .shortAndLong,
    help:
      "Also hash every tensor, and list every name in the pickle and every entry beside tensors.")
  var verbose = false

  @Option(help: "List only so many tensors, the largest first.")
  var largest: Int?

  @OptionGroup var limits: LimitOptions

  @Option(help: "human or json.")
  var format: ScreenFormat = .human

  func validate() throws {
    if let largest, largest < 0 { throw ValidationError("--largest cannot be negative.") }
  }

  func run() throws {
    try Trouble.guarding {
      let depth = Inspection.Depth(stats: stats, sha256: sha256 || verbose)
      let view = Inspection.View(largest: largest, isVerbose: verbose)
      let limits = try limits.limits
      let inspections = files.map { path in
        Inspection(path, architecture: architecture, depth: depth, limits: limits)
      }
      switch format {
      case .human:
        try StandardStream.print(
          result: inspections.map { $0.human(view) }.joined(separator: "\n\n") + "\n")
      case .json:
        let documents = inspections.map(\.document)
        let whole = documents.count == 1 ? documents[0] : .list(documents)
        try StandardStream.print(result: whole.json(.indented) + "\n")
      }
      let troubles = inspections.flatMap(\.troubles)
      for trouble in troubles { Trouble.report(trouble) }
      if !troubles.isEmpty { throw Trouble.exitCode }
    }
  }
}
