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
      networks, both compute the same made-up clip.

      Exit codes: 0 same, 1 differs, 2 trouble, 3 the outputs could not be compared and nothing \
      else differs (--weights-only leaves them out).
      """)

  @Argument(help: "A checkpoint: .pt, .pth, .ckpt, .safetensors, …; told by content.")
  var first: FilePath

  @Argument(help: "Another one.")
  var second: FilePath

  @Option(name: .customLong("arch"), help: "An architecture file for both networks.")
  var architecture: FilePath?

  @Option(help: "Accept values that differ by no more than this, also between element types.")
  var maxAbs: Double?

  @Flag(help: "Compare tensors only; run nothing.")
  var weightsOnly = false

  @Option(help: "List so many things of each kind; of values that differ, the worst first.")
  var top = 20

  @Option(help: "The number of frames of the made-up clip.")
  var frames: Int?

  @Option(help: "Starts the random numbers.")
  var seed: UInt64 = 1

  @Option(help: "human or json.")
  var format: ScreenFormat = .human

  @OptionGroup var limits: LimitOptions

  func validate() throws {
    if let frames, frames < 1 { throw ValidationError("--frames needs a positive number.") }
    if let maxAbs, !(maxAbs >= 0) { throw ValidationError("--max-abs cannot be negative.") }
    if top < 0 { throw ValidationError("--top cannot be negative.") }
  }

  func run() throws {
    let code = try Trouble.guarding { try compare() }
    if code != .same { throw ExitCode(code.rawValue) }
  }

  private func compare() throws -> ExitStatus {
    let limits = try limits.limits
    let files = (
      try Checkpoint(contentsOf: first, limits: limits),
      try Checkpoint(contentsOf: second, limits: limits)
    )
    var screen = try DifferenceScreen(
      first.description, second.description, files, accepted: maxAbs)
    if !weightsOnly { screen.outputs = outputs(files) }
    let text = format == .json ? screen.document.json(.indented) : screen.human(top: top)
    try StandardStream.print(result: text + "\n")
    return screen.exitCode
  }

  /// What both networks make of one clip; the reason where that cannot be told.
  private func outputs(_ files: (Checkpoint, Checkpoint)) -> DifferenceScreen.Outputs {
    do {
      let one = try LoadedModel(files.0, at: first, architecture: architecture)
      let other = try LoadedModel(files.1, at: second, architecture: architecture)
      let plan = try one.plan(frames: frames)
      try one.checkWork(of: plan.plan, frames: plan.frames, isAskedFor: frames != nil)
      let clip = InputProfile.normal.clip(
        of: plan.plan.inputFrame, frames: frames ?? plan.frames, seed: seed, clip: 0)
      let twin = try other.plan(for: clip.shape)
      let comparison = try OutputComparison((plan.plan, twin.plan), clip: clip)
      return DifferenceScreen.Outputs(
        comparison, clip: clip.shape, seed: seed,
        assumptions: one.assumptions + other.assumptions.filter { !one.assumptions.contains($0) })
    } catch {
      return DifferenceScreen.Outputs(reason: String(describing: error))
    }
  }
}
