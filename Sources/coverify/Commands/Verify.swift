import ArgumentParser
import CheckpointTools
import Checkpoints
import Foundation
import Synchronization
import Verification

/// `coverify verify`: whether clip, chunks and steps agree, and with PyTorch.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Verifies that networks compute the same at once, in chunks and frame by frame.",
    discussion: """
      Several models get one report: a section each, and a summary. A model that is refused does not keep \
      the others from being verified.

      Exit codes: 0 same, 1 differs, 2 refused, 3 inconclusive; of several models the worst, where refused \
      is worse than differs, and differs worse than inconclusive.
      """)

  @Argument(
    help: ArgumentHelp(
      "Checkpoints or exported programs: .pt, .pt2, .safetensors, …; told by content.",
      discussion: """
        Also folders, patterns as 'models/**/*.pt', and @LIST: a file with one of them a line.
        """))
  var models: [FilePath]

  @OptionGroup var loading: LoadingOptions

  @Option(help: "A clip (B, C, T, …) of yours, besides the made-up ones.")
  var input: FilePath?

  @Option(help: "What PyTorch computed for the input: tensors \"forward\" and/or \"steps\".")
  var expect: FilePath?

  @OptionGroup var clips: ClipOptions

  @Option(help: "The frames of the stream that is judged for what shows late.")
  var long: Int?

  @Option(
    help: "How long a model may take, as in 60s or 5m; what is left out for it is said.")
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

  @Flag(
    inversion: .prefixedNo, exclusivity: .chooseLast,
    help: "End with the first model that is not the same.")
  var failFast = false

  @Option(help: "How many models are verified at the same time; the report is the same bytes.")
  var jobs = 1

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
    if jobs < 1 { throw ValidationError("--jobs needs a positive number.") }
    guard !ModelSearch.isSingleFile(models) else { return }
    for (name, file) in [("--input", input), ("--expect", expect)] where file != nil {
      throw ValidationError(
        "\(name) is for one model; for several, put what PyTorch computed beside each of them, as "
          + "NAME.expect.safetensors.")
    }
  }

  private func verify() throws -> ExitStatus {
    Allocator.keepFreedMemory()
    let start = ContinuousClock.now
    let search = ModelSearch(models)
    let outputs = try outputs(for: search)
    let empty = ReportSet([], isSingle: search.isSingleFile)
    let progress = ProgressLine(isSilent: quiet)
    let showsSections = outputs.contains { $0.0.kind == .human && $0.1 == nil }
    let gathered = Mutex((outcomes: [ModelOutcome](), failure: (any Error)?.none))

    OrderedJobs.run(search.found.count, workers: jobs) { number in
      judge(search.found[number], in: search, progress)
    } take: { _, judged in
      progress.finish()
      judged.notes.show(of: judged.outcome.path)
      if !showsSections || search.isSingleFile { judged.failure?.report() }
      return gathered.withLock { gathered in
        gathered.outcomes.append(judged.outcome)
        if showsSections {
          // Each section comes as soon as it can.
          do {
            let section = human(for: nil).section(judged.outcome, of: empty)
            if !section.isEmpty { try StandardStream.print(result: section) }
          } catch {
            gathered.failure = error
            return false
          }
        }
        return !failFast || judged.outcome.word == .same
      }
    }
    let (outcomes, failure) = gathered.withLock { $0 }
    if let failure { throw failure }
    let skipped = search.found.dropFirst(outcomes.count).map {
      ModelOutcome(path: $0.path.description, .skipped)
    }
    let reports = ReportSet(
      outcomes + skipped, isSingle: search.isSingleFile,
      seconds: noTiming ? nil : (ContinuousClock.now - start) / .seconds(1))
    for (format, file) in outputs {
      if format.kind == .human, file == nil {
        try StandardStream.print(result: human(for: nil).conclusion(reports))
      } else {
        try format.write(reports, to: file, human: human(for: file))
      }
    }
    return ExitStatus(reports.worst)
  }

  private func human(for file: OutputFile?) -> HumanFormat {
    HumanFormat(
      usesColor: color.isOn && file == nil, showsLayers: verbose,
      showsVerdictOnly: quiet && file == nil)
  }

  /// The renderings of the report, each with its file; nil for stdout.
  private func outputs(for search: ModelSearch) throws -> [(ReportFormat, OutputFile?)] {
    let formats = format.isEmpty ? [ReportFormat.human] : format
    let inputs =
      search.found.flatMap { loading.network.inputs(with: $0.path) }
      + [input, expect].compactMap(\.self)
    var files = try output.check(formats.compactMap(\.path), inputs: inputs).makeIterator()
    return formats.map { ($0, $0.path == nil ? nil : files.next()) }
  }

  // MARK: - One model

  /// What came of one model, and what is said of it on stderr.
  private struct Judged: Sendable {
    let outcome: ModelOutcome
    let failure: CommandFailure?
    let notes: WaitingNotes
  }

  private func judge(
    _ found: ModelSearch.Found, in search: ModelSearch, _ progress: ProgressLine
  ) -> Judged {
    let waiting = WaitingNotes()
    let path = found.path.description
    let notes: Notes = quiet ? .silent : search.isSingleFile ? .shown : waiting.notes
    let result: ModelOutcome.Result
    var failure: CommandFailure?
    do {
      let report = try report(on: found.file, notes: notes) {
        progress.show($0, of: search.isSingleFile ? "" : path)
      }
      result = .judged(report)
    } catch {
      failure = CommandFailure(error)
      result = .refused(Refusal(error))
    }
    return Judged(
      outcome: ModelOutcome(path: path, result), failure: failure, notes: waiting)
  }
}

extension ModelSearch.Found {
  /// The file, or what was named in its place.
  var path: FilePath {
    switch self {
    case .file(let path), .nothing(let path, _): path
    }
  }

  /// The file.
  ///
  /// - Throws: ``CommandError`` where there is none.
  var file: FilePath {
    get throws {
      switch self {
      case .file(let path): return path
      case .nothing(let path, let reason): throw CommandError.noModel(path, reason)
      }
    }
  }
}
