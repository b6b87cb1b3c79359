import ArgumentParser
import CheckpointTools
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

  @Argument(
    help: "Checkpoints, or files of tensors; also folders, patterns, and @LIST of one a line.")
  var files: [FilePath]

  @OptionGroup var network: NetworkOptions

  @Flag(help: "Read every tensor: smallest and largest value, and infinite or NaN values.")
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

  @OptionGroup var format: FormatOptions

  func validate() throws {
    if let largest, largest < 0 { throw ValidationError("--largest cannot be negative.") }
  }

  func run() throws {
    try end {
      let depth = TensorInspection.Depth(statistics: stats, sha256: sha256 || verbose)
      let limits = try network.limits.values
      let found = ModelSearch(files).found
      let inspections = found.compactMap { found -> Inspection? in
        guard case .file(let path) = found else { return nil }
        return Inspection(
          of: path, architecture: network.architecture, depth: depth, limits: limits,
          layout: network.axes.layout)
      }
      let screen = InspectionScreen(
        inspections: inspections, view: .init(largest: largest, isVerbose: verbose))
      try StandardStream.print(result: format.text(screen))
      let missing = found.compactMap { found -> (any Error)? in
        guard case .nothing(let path, let reason) = found else { return nil }
        return ModelSearchError(path, reason)
      }
      let troubles = missing + inspections.flatMap(\.troubles)
      for trouble in troubles { CommandFailure(trouble).report() }
      return troubles.isEmpty ? .same : .trouble
    }
  }
}
