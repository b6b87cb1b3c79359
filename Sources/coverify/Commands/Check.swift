import ArgumentParser
import CheckpointTools
import Checkpoints
import Tensors
import TextLayout
import TorchModels
import Verification

/// `coverify check`: whether models still compute what their fixtures say.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compares models with their fixtures, which coverify record has written.",
    discussion: """
      A fixture has a clip and what the network makes of it in float64. Each mode has to compute the same, \
      up to rounding, and the network by its definitions to 1e-11: so a fixture holds for every machine, \
      number of threads and way to compute. Nothing is written, but for --update: what does not hold is \
      recorded anew beside its fixture, and coverify review shows and accepts it.

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

  @Flag(
    help: "Record what does not hold anew, as NAME\(Fixture.ending)\(PendingFixture.ending).")
  var update = false

  @OptionGroup var loading: LoadingOptions

  @OptionGroup var reports: ReportOptions

  func run() throws {
    try end {
      if update { try FixtureRecorder.checkEnvironment() }
      let limits = try loading.network.limits.values
      let search = FixtureSearch(files, in: folder, limits: limits)
      let inputs = search.found.flatMap {
        [$0.fixturePath].compactMap(\.self) + loading.network.inputs(with: $0.path)
      }
      let jobs = search.found.map { found in
        ReportJob(path: found.path) { notes, progress in
          try report(on: found, notes: notes, progress: progress)
        }
      }
      noteWaiting()
      return try reports.run(jobs, isSingle: search.isSingleFile, inputs: inputs)
    }
  }

  /// Says how many fixtures wait to be accepted.
  private func noteWaiting() {
    let waiting = PendingFixture.search(files + [folder].compactMap(\.self), in: folder).found.count
    guard !update, waiting > 0 else { return }
    StandardStream.say(
      "note: \(Number.count(waiting, "fixture")) recorded anew, for coverify review to accept")
  }

  /// Compares a model with its fixture, and records it anew where that is wanted and it does not hold.
  private func report(
    on found: FixtureSearch.Found, notes: Notes,
    progress: @escaping @Sendable (Verifier.Progress) -> Void
  ) throws -> Report {
    let fixture: Fixture
    do {
      fixture = try found.fixture.get()
    } catch {
      // A model that has no fixture, or a damaged one.
      if let place = place(of: found, error) { try renew(found.path, place, nil, notes) }
      throw error
    }
    let report = try report(on: fixture, of: found.path, notes: notes, progress: progress)
    if update, report.verdict.word != .same {
      try renew(found.path, fixture.path, fixture.input, notes)
    }
    return report
  }

  /// Where the fixture of a model would be that has none that can be read; nil where that is not known, or
  /// nothing is recorded.
  private func place(of found: FixtureSearch.Found, _ error: any Error) -> FilePath? {
    guard update, !Fixture.isFixture(found.path) else { return nil }
    if let place = found.fixturePath { return place }
    guard let error = error as? FixtureError, case .missing(let place) = error.reason else {
      return nil
    }
    return place
  }

  private func renew(_ model: FilePath, _ place: FilePath, _ clip: Tensor?, _ notes: Notes) throws {
    let recorder = FixtureRecorder(loading: loading)
    let path = PendingFixture.path(for: place)
    guard try recorder.record(model, to: path, again: clip, notes: .silent) != nil else { return }
    notes.say("recorded anew as \(path); coverify review shows and accepts it")
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
    var report = try loading.compare(
      model, plan, path, fixture.input, PyTorchReference(fixture),
      recordedSHA256: fixture.sha256, accepted: fixture.accepted, showsTiming: reports.showsTiming,
      keepsPicture: reports.keepsPictures, progress: progress)
    if let recorded = fixture.architectureSHA256,
      recorded != Fixture.hash(of: model.architecture)
    {
      report.notes.append("the architecture is another one than when the fixture was recorded")
    }
    if !model.provenance.stepless.isEmpty {
      report.notes.append("the network cannot be stepped (CV208), and the fixture is of its clip")
    }
    return report
  }
}
