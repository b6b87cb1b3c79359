import ArgumentParser
import CheckpointTools
import Checkpoints
import Continual
import Foundation
import PlainData
import TorchModels
import Verification

/// `coverify bench`: how long a network takes.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Times the steps, chunks and clips of a network, and each module in a step.",
    discussion: """
      All run in turns, on one thread or as --threads says. What is timed is verified first: the modes have to agree. \
      --baseline compares with an earlier report of --format json, each in parts of a loop that is always \
      the same, and so also between machines of a kind.

      Exit codes: 0 timed, 1 slower than --fail-slower allows, or the modes differ, 2 trouble, 3 inconclusive.
      """)

  @Argument(help: "A checkpoint or exported program.")
  var model: FilePath

  @OptionGroup var loading: LoadingOptions

  @Option(help: "The number of frames of the clip.")
  var frames: Int?

  @Option(help: "The number of samples in it.")
  var batch = 1

  @Option(help: "How long each mode is timed, in seconds.")
  var seconds = 1.0

  @Option(help: "How many threads compute a step, chunk or clip.")
  var threads = 1

  @Option(help: "How many frames come in a second, which tells the latency in milliseconds.")
  var frameRate: Double?

  @Option(help: "An earlier report to compare with.")
  var baseline: FilePath?

  @Option(help: ArgumentHelp("How much slower than before is a failure, as 10%.", valueName: "n%"))
  var failSlower: Percentage?

  @OptionGroup var format: FormatOptions

  func validate() throws {
    if let frames, frames < 1 { throw ValidationError("--frames needs a positive number.") }
    if batch < 1 { throw ValidationError("--batch needs a positive number.") }
    guard seconds > 0, seconds <= 600 else {
      throw ValidationError("--seconds needs a number above 0, and at most 600.")
    }
    if threads < 1 { throw ValidationError("--threads needs a positive number.") }
    if let frameRate, !(frameRate > 0) { throw ValidationError("--frame-rate is above zero.") }
    if failSlower != nil, baseline == nil {
      throw ValidationError("--fail-slower needs a --baseline to compare with.")
    }
  }

  func run() throws {
    try end {
      let before = try baseline.map(read)
      let loaded = try loading.load(model, notes: .shown)
      let plan = try loaded.plan(batch: batch, frames: frames)
      try loaded.checkWork(of: plan.plan, frames: plan.frames, kind: .verification)
      let verdict = try verified(loaded, plan)
      var timed = plan.plan
      timed.threads = threads
      let benchmark = try Benchmark(
        of: timed, frames: plan.frames, hasSteps: loaded.provenance.stepless.isEmpty,
        seconds: seconds)
      let changes = before?.changes(to: benchmark) ?? []
      let screen = BenchmarkScreen(
        path: model.description, benchmark: benchmark, verdict: verdict, rate: frameRate,
        changes: changes)
      try StandardStream.print(result: format.text(screen))
      let slower = changes.filter { $0.factor > 1 + (failSlower?.part ?? .infinity) }
      for change in slower {
        StandardStream.say(
          "error: \(change.mode) takes \(change.factor) times as long as before, measured by the same loop"
        )
      }
      return slower.isEmpty ? ExitStatus(verdict) : .differs
    }
  }

  /// Whether the modes that are timed agree with each other and with the definitions.
  private func verified(
    _ loaded: LoadedModel, _ plan: LoadedModel.ClipPlan
  ) throws -> ModelOutcome.Word {
    var settings = Verifier.Options()
    settings.families = [.load, .time, .layers, .modes]
    settings.profiles = [.normal]
    settings.showsTiming = false
    settings.recordingBudget = min(settings.recordingBudget, loaded.recordingBudget)
    let subject = try Subject(
      loaded, plan, path: model.description, acceptsAssumptions: loading.assumeDefaults)
    let report = try Verifier(subject, options: settings).run()
    for finding in report.findings where finding.verdict != .warning {
      StandardStream.say("\(finding.code.rawValue) \(finding.module): \(finding.message)")
    }
    return report.verdict.word
  }

  private func read(_ path: FilePath) throws -> BenchmarkBaseline {
    let data = try Data(contentsOf: URL(filePath: String(decoding: path.bytes, as: UTF8.self)))
    guard let value = try? PlainValue(json: data), let baseline = BenchmarkBaseline(value) else {
      throw CommandError.noBaseline(path)
    }
    guard baseline.threads == threads else {
      throw CommandError.threadsOfBaseline(path, baseline.threads)
    }
    return baseline
  }
}

/// A part of a hundred, as `10%`.
struct Percentage: ExpressibleByArgument {
  /// As 0.1.
  let part: Double

  init?(argument: String) {
    let text = argument.hasSuffix("%") ? String(argument.dropLast()) : argument
    guard let number = Double(text), number.isFinite, number >= 0 else { return nil }
    part = number / 100
  }
}
