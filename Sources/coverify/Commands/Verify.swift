import ArgumentParser
import CheckpointTools
import Checkpoints
import Continual
import Foundation
import Tensors
import TorchModels
import Verification

/// `coverify verify`: whether clip, chunks and steps agree, and with PyTorch.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Verifies that a network computes the same at once, in chunks and frame by frame.")

  @OptionGroup var options: ModelOptions

  @Option(help: "A clip (B, C, T, …) of yours, besides the made-up ones.")
  var input: FilePath?

  @Option(help: "What PyTorch computed for the input: tensors \"forward\" and/or \"steps\".")
  var expect: FilePath?

  @OptionGroup var clips: ClipOptions

  @Option(help: "The frames of the stream that is judged for what shows late.")
  var long: Int?

  @Option(help: "How long a run may take, as in 60s or 5m; what it leaves out is said.")
  var budget: TimeBudget?

  @Option(
    help: "What steps the network: coverify, or continual, whose known mistakes (CV207) count then."
  )
  var runtime: Verifier.Runtime = .coverify

  @Option(help: "human, json, jsonl, junit, github or md; with =FILE into a file. Repeatable.")
  var format: [ReportFormat] = []

  @OptionGroup var output: OutputOptions

  @Flag(help: "Without a reference output from PyTorch the verdict is inconclusive.")
  var strict = false

  @Flag(name: .shortAndLong, help: "List every layer.")
  var verbose = false

  @Flag(help: "Leave times out, so that reports of the same run are the same bytes.")
  var noTiming = false

  @Flag(name: .shortAndLong, help: "Print the verdict alone, and no notes.")
  var quiet = false

  @Option(help: "When to use colour.")
  var color: ColorChoice = .auto

  func run() throws { try end(verify) }

  func validate() throws {
    if let long, long < 1 { throw ValidationError("--long needs a positive number.") }
  }

  private func verify() throws -> ExitStatus {
    Allocator.keepFreedMemory()
    let outputs = try self.outputs
    let model = try options.load(isQuiet: quiet)
    var reference = try self.reference(model)
    var notes: [String] = []
    if input == nil, expect == nil, let stored = reference?.input, clips.replace(stored.shape) {
      notes.append(
        "the clip \(stored.shape) that the file brings, with what PyTorch made of it, is left out for one "
          + "of the size that is asked for")
      reference = nil
    }
    let file = try input.map { try options.clip(in: $0, for: model, isQuiet: quiet) }
    let clip = file?.clip ?? reference?.input
    if reference?.forward != nil || reference?.steps != nil, clip == nil {
      throw CommandError.noClip
    }
    if let clip, let frames = clips.frames, clip.shape[2] != frames {
      throw CommandError.frames(asked: frames, given: clip.shape[2])
    }
    let given = try clip.map { try model.plan(for: $0.shape) }
    let plan = try given ?? model.plan(batch: clips.batch ?? 2, frames: clips.frames)
    let read = (file?.byteCount ?? 0) + (expect == nil ? 0 : reference?.byteCount ?? 0)
    let work = try model.checkWork(
      of: plan.plan, frames: plan.frames, kind: .verification, clipBytes: read)
    if work.seconds > 10, !quiet {
      StandardStream.say("note: this takes about \(Int(work.seconds)) s of processor time")
    }

    var settings = Verifier.Options()
    settings.seed = clips.seed
    settings.input = clip
    settings.reference = reference.map {
      PyTorchReference(
        $0, addingTime: model.endsWithoutTime,
        isLastFrame: model.axisOrder?.takesLastFrame ?? false)
    }
    settings.requiresReference = strict
    settings.recordingBudget = min(settings.recordingBudget, model.recordingBudget)
    settings.showsTiming = !noTiming
    if let long { settings.longStream = long }
    settings.runtime = runtime
    settings.budget = budget?.seconds
    let subject = try Subject(
      model, plan, path: options.model.description,
      acceptsAssumptions: options.assumeDefaults)
    let progress = ProgressLine(isSilent: quiet)
    var report = try Verifier(subject, options: settings).run { progress.show($0) }
    progress.finish()
    report.notes = notes + plan.notes + report.notes
    for (format, file) in outputs {
      try format.write(
        report, to: file,
        human: HumanFormat(
          usesColor: color.isOn && file == nil, showsLayers: verbose,
          showsVerdictOnly: quiet && file == nil))
    }
    return ExitStatus(report.verdict)
  }

  /// The renderings of the report, each with its file; nil for stdout.
  private var outputs: [(ReportFormat, OutputFile?)] {
    get throws {
      let formats = format.isEmpty ? [ReportFormat.human] : format
      let inputs = options.inputs + [input, expect].compactMap(\.self)
      var files = try output.check(formats.compactMap(\.path), inputs: inputs).makeIterator()
      return formats.map { ($0, $0.path == nil ? nil : files.next()) }
    }
  }

  /// What PyTorch computed: the file that is named, or what the checkpoint brings.
  private func reference(_ model: LoadedModel) throws -> LoadedModel.Reference? {
    guard let expect else { return model.reference }
    var reference = try LoadedModel.Reference(try options.checkpoint(expect))
    guard reference.forward != nil || reference.steps != nil else {
      throw CommandError.noOutputs(expect)
    }
    if let order = model.axisOrder { reference = reference.ordered(by: order) }
    reference.input = reference.input ?? model.reference?.input
    return reference
  }
}
