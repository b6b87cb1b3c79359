import ArgumentParser
import CheckpointTools
import Checkpoints
import Verification

/// `coverify verify`: whether clip, chunks and steps agree, and with PyTorch.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Verifies that networks compute the same at once, in chunks and frame by frame.",
    discussion: """
      Several models get one report: a section each, and a summary. A model that is refused does not keep \
      the others from being verified.

      coverify explain says what the words of a report mean: resolution, warm-up, delay, burst, oracle; and \
      with a code, as CV301, what was checked and what to do.

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

  @Flag(help: "Without a reference output from PyTorch the verdict is inconclusive.")
  var strict = false

  @OptionGroup var reports: ReportOptions

  func run() throws { try end(verify) }

  func validate() throws {
    if let long, long < 1 { throw ValidationError("--long needs a positive number.") }
    if let first = models.first, let command = Coverify.command(like: first) {
      throw ValidationError(
        "There is neither a file nor a command \(first); did you mean \"coverify \(command)\"?")
    }
    guard !ModelSearch.isSingleFile(models) else { return }
    for (name, file) in [("--input", input), ("--expect", expect)] where file != nil {
      throw ValidationError(
        "\(name) is for one model; for several, put what PyTorch computed beside each of them, as "
          + "NAME.expect.safetensors.")
    }
  }

  private func verify() throws -> ExitStatus {
    let search = ModelSearch(models)
    let jobs = search.found.map { found in
      ReportJob(path: found.path) { notes, progress in
        try report(on: found.file, notes: notes, progress: progress)
      }
    }
    let inputs =
      search.found.flatMap { loading.network.inputs(with: $0.path) }
      + [input, expect].compactMap(\.self)
    return try reports.run(jobs, isSingle: search.isSingleFile, inputs: inputs)
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
  /// - Throws: `ModelSearchError` where there is none.
  var file: FilePath {
    get throws {
      switch self {
      case .file(let path): return path
      case .nothing(let path, let reason): throw ModelSearchError(path, reason)
      }
    }
  }
}
