import ArgumentParser
import CheckpointTools
import Checkpoints
import Continual
import Foundation
import PlainData
import Tensors
import TorchModels
import Verification

/// `coverify diff`: what is different in two checkpoints.
struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compares two checkpoints: which tensors, their values, what the networks compute.",
    discussion: """
      Any bit that differs is a difference, unless --max-abs accepts it. Tensors with the same bits \
      under another name are listed as renamed. What is beside the weights (epochs, settings, which \
      tensors share a storage) is listed, and does not count: weights and outputs are the same \
      without it. Where both files are \
      networks, both compute the same made-up clip; --arch is for both.

      Exit codes: 0 same, 1 differs, 2 trouble, 3 the outputs could not be compared and nothing \
      else differs (--weights-only leaves them out).
      """)

  @Argument(help: "A checkpoint or exported program: .pt, .pt2, .safetensors, …; told by content.")
  var first: FilePath

  @Argument(help: "Another one.")
  var second: FilePath

  @OptionGroup var network: NetworkOptions

  @Option(help: "Accept values that differ by no more than this, also between element types.")
  var maxAbs: Double?

  @Flag(help: "Compare tensors only; run nothing.")
  var weightsOnly = false

  @Option(help: "List so many things of each kind; of values that differ, the worst first.")
  var top = 20

  @OptionGroup var clip: ClipOptions

  @OptionGroup var format: FormatOptions

  func validate() throws {
    if let maxAbs, !(maxAbs >= 0) { throw ValidationError("--max-abs cannot be negative.") }
    if top < 0 { throw ValidationError("--top cannot be negative.") }
  }

  func run() throws {
    try end {
      let limits = try network.limits.values
      let files = (
        try NetworkFile(contentsOf: first, limits: limits, layout: network.axes.layout),
        try NetworkFile(contentsOf: second, limits: limits, layout: network.axes.layout)
      )
      var comparison = try CheckpointComparison(files, accepting: maxAbs)
      if !weightsOnly {
        comparison.compareOutputs(frames: clip.frames, batch: clip.batch, seed: clip.seed) {
          (
            try LoadedModel(files.0, architecture: network.architecture),
            try LoadedModel(files.1, architecture: network.architecture)
          )
        }
      }
      let screen = DifferenceScreen(
        names: (first.description, second.description), comparison: comparison, top: top)
      try StandardStream.print(result: format.text(screen))
      return screen.status
    }
  }
}
