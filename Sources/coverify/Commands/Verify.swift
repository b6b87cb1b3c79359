import ArgumentParser
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

  @Option(help: "The number of frames of the made-up clips.")
  var frames: Int?

  @Option(help: "The number of samples in the made-up clips.")
  var batch = 2

  @Option(help: "Starts the random numbers.")
  var seed: UInt64 = 1

  @Option(help: "human, json, jsonl, junit, github or md; with =FILE into a file. Repeatable.")
  var format: [OutputFormat] = []

  @OptionGroup var output: OutputOptions

  @Flag(help: "Without a reference output from PyTorch the verdict is inconclusive.")
  var strict = false

  @Flag(name: .shortAndLong, help: "List every layer.")
  var verbose = false

  @Flag(help: "Leave times out, so that reports of the same run are the same bytes.")
  var noTiming = false

  @Flag(name: .shortAndLong, help: "Print nothing but the result.")
  var quiet = false

  @Option(help: "When to use colour.")
  var color: ColorChoice = .auto

  func validate() throws {
    if let frames, frames < 1 { throw ValidationError("--frames needs a positive number.") }
    if batch < 1 { throw ValidationError("--batch needs a positive number.") }
  }

  func run() throws {
    let code = try Trouble.guarding { try verify() }
    if code != .same { throw ExitCode(code.rawValue) }
  }

  private func verify() throws -> ExitStatus {
    let outputs = try self.outputs
    let model = try options.load()
    let reference = try self.reference(model)
    let clip =
      try input.map {
        try InputFile.read($0, for: model, limits: options.limits.limits)
      } ?? reference?.input
    if reference?.forward != nil || reference?.steps != nil, clip == nil {
      throw CommandError(
        "there are outputs of PyTorch to compare with, but not the clip they belong to; "
          + "give it with --input")
    }
    if let clip, let frames, clip.shape[2] != frames {
      throw CommandError("--frames is \(frames), and the input has \(clip.shape[2]) frames")
    }
    let chosen = try clip.map { try model.plan(for: $0.shape) }
    let plan = try chosen ?? model.plan(batch: batch, frames: frames)

    try model.checkWork(
      of: plan.plan, frames: plan.frames,
      isAskedFor: input != nil || expect != nil || frames != nil || batch != 2)

    var settings = Verifier.Options()
    settings.seed = seed
    settings.input = clip
    settings.reference = reference.map {
      PyTorchReference($0, addingTime: model.endsWithoutTime)
    }
    settings.showsTiming = !noTiming
    let subject = Subject(
      plan.plan, clipLength: plan.frames,
      weights: model.scalarTypes.first { $0 == .float64 } ?? model.scalarTypes.first ?? .float32,
      roundsWeights: model.roundsWeights, loading: try facts(model))
    var progress = ProgressLine(isSilent: quiet)
    var report = try Verifier(subject, options: settings).run { progress.show($0) }
    progress.finish()
    report.notes = plan.notes + report.notes
    for (format, file) in outputs {
      try format.write(report, to: file, usesColor: color.isOn, showsLayers: verbose)
    }
    if strict, report.verdict == .ok, case .none = report.reference {
      Trouble.say("note: --strict: there is no reference output, so the verdict is inconclusive")
      return .inconclusive
    }
    return ExitStatus(report.verdict)
  }

  /// The renderings of the report, each with its file; nil for stdout.
  private var outputs: [(OutputFormat, OutputFile?)] {
    get throws {
      let formats = format.isEmpty ? [OutputFormat.human] : format
      let inputs = options.inputs + [input, expect].compactMap(\.self)
      var files = try output.check(formats.compactMap(\.path), inputs: inputs).makeIterator()
      return formats.map { ($0, $0.path == nil ? nil : files.next()) }
    }
  }

  /// What PyTorch computed: the file that is named, or what the checkpoint brings.
  private func reference(_ model: LoadedModel) throws -> LoadedModel.Reference? {
    guard let expect else { return model.reference }
    var reference = try LoadedModel.Reference(
      try Checkpoint(contentsOf: expect, limits: options.limits.limits))
    guard reference.forward != nil || reference.steps != nil else {
      throw CommandError(
        "\(expect): has neither \"forward\" nor \"steps\"; a file with one tensor is taken as "
          + "\"forward\"")
    }
    reference.input = reference.input ?? model.reference?.input
    return reference
  }

  private func facts(_ model: LoadedModel) throws -> LoadingFacts {
    LoadingFacts(
      path: options.model.description, byteCount: model.checkpoint.byteCount,
      sha256: try model.checkpoint.sha256(), format: model.format,
      architecture: model.architecture.source.summary, tensorCount: model.tensorCount,
      assumptions: model.assumptions, acceptsAssumptions: options.assumeDefaults)
  }
}

extension PyTorchReference {
  /// Takes over what PyTorch computed.
  ///
  /// - Parameters:
  ///   - reference: of a file.
  ///   - addingTime: whether PyTorch's output lacks the axis of time, which has length one then.
  fileprivate init(_ reference: LoadedModel.Reference, addingTime: Bool) {
    var forward = reference.forward
    if addingTime, let output = forward, output.shape.rank >= 2 {
      forward = output.reshaped(output.shape.clip(frames: 1))
    }
    self.init(
      forward: forward.map { Output($0, isFloat32: reference.isSinglePrecision) },
      steps: reference.steps.map { Output($0, isFloat32: reference.isSinglePrecision) },
      stepsIndex: reference.stepsIndex, source: reference.source)
  }
}
