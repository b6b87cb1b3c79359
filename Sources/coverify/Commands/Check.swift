import ArgumentParser
import CheckpointTools
import Checkpoints
import Tensors
import TorchModels
import Verification

/// `coverify check`: whether models still compute what their fixtures say.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compares models with their fixtures, which coverify record has written.",
    discussion: """
      A fixture has a clip and what the network makes of it in float64. Each mode has to compute the same, \
      up to rounding, and the network by its definitions to 1e-11: so a fixture holds for every machine, \
      number of threads and way to compute. Nothing is written.

      Also refused are models without a fixture, fixtures without their model, and files that are no \
      fixtures; a model whose file has changed since is stale (CV803), which is a difference.

      Exit codes: 0 same, 1 differs or is stale, 2 missing, unreferenced or damaged, 3 inconclusive; of \
      several the worst, in the order 2, 1, 3, 0.
      """)

  @Argument(
    help: "Fixtures, models, folders or patterns of them, and @LIST; by default this folder.")
  var files: [FilePath] = ["."]

  @Option(
    name: .customLong("fixtures"),
    help: "The folder of the fixtures, where they are not beside the models.")
  var folder: FilePath?

  @OptionGroup var loading: LoadingOptions

  @OptionGroup var reports: ReportOptions

  func run() throws {
    try end {
      let limits = try loading.network.limits.values
      let search = FixtureSearch(files, in: folder, limits: limits)
      let inputs = search.found.flatMap {
        [$0.fixturePath].compactMap(\.self) + loading.network.inputs(with: $0.path)
      }
      let jobs = search.found.map { found in
        ReportJob(path: found.path) { notes, progress in
          try report(on: found.fixture.get(), of: found.path, notes: notes, progress: progress)
        }
      }
      return try reports.run(jobs, isSingle: search.isSingleFile, inputs: inputs)
    }
  }

  /// Compares a model with a fixture.
  ///
  /// - Parameters:
  ///   - fixture: what it has to compute.
  ///   - path: the model.
  ///   - notes: gets what its user may want to know.
  ///   - progress: called with how far it is.
  /// - Returns: what came of it.
  /// - Throws: whatever keeps it from being compared.
  private func report(
    on fixture: Fixture, of path: FilePath, notes: Notes,
    progress: @escaping @Sendable (Verifier.Progress) -> Void
  ) throws -> Report {
    let model = try loading.load(path, notes: notes)
    let plan = try model.plan(for: fixture.input.shape)
    try model.checkWork(
      of: plan.plan, frames: plan.frames, kind: .verification,
      clipBytes: fixture.reference.byteCount)
    return try loading.compare(
      model, plan, path, fixture.input, PyTorchReference(fixture),
      recordedSHA256: fixture.sha256, showsTiming: reports.showsTiming, progress: progress)
  }
}
