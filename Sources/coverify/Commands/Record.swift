import ArgumentParser
import CheckpointTools
import Checkpoints
import Foundation
import PlainData
import Tensors
import TorchModels
import Verification

/// `coverify record`: writes what models compute in float64, for `coverify check`.
struct Record: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes fixtures: what networks make of a clip in float64, for coverify check.",
    discussion: """
      A fixture is one file for a model, NAME\(Fixture.ending) for NAME.pt: a clip, the outputs of clip and \
      steps and of every module by their definitions in float64, and the SHA-256 of the model. It holds for \
      every machine and way to compute, for what is checked with it is compared up to rounding.

      A model that does not compute what its file says PyTorch computed is not recorded. In CI, where the \
      environment has the variable CI, nothing is.

      Exit codes: 0 all fixtures are there, 1 a model is not what PyTorch computed, 2 trouble.
      """)

  /// Which fixtures are written.
  enum RecordingMode: String, ExpressibleByArgument, CaseIterable {
    /// Those that are not there.
    case missing
    /// And those that do not hold.
    case failed
    /// Each.
    case all
    /// None.
    case never
  }

  @Argument(help: "Models, folders or patterns of them, and @LIST of one a line.")
  var models: [FilePath]

  @Option(
    name: [.customShort("o"), .customLong("out")],
    help: "A folder for the fixtures; by default each is beside its model.")
  var folder: FilePath?

  @Option(help: "missing, failed (also those that do not hold any more), all or never.")
  var mode: RecordingMode = .missing

  @Flag(
    help: ArgumentHelp(
      "Refuse models without outputs that PyTorch computed in float64.",
      discussion: """
        Where there are such, they are what is kept; else what the definitions make. They are those that the file of a model brings, as scripts/describe_model.py writes it, or that \
        NAME.expect.safetensors has.
        """))
  var fromPython = false

  @OptionGroup var clips: ClipOptions

  @OptionGroup var loading: LoadingOptions

  func validate() throws {
    if fromPython, clips.frames != nil || clips.batch != nil {
      throw ValidationError(
        "--from-python is about the clip that PyTorch was given; leave out --frames and --batch.")
    }
  }

  func run() throws {
    try end {
      guard mode != .never else { throw CommandError.noRecording }
      try FixtureRecorder.checkEnvironment()
      if let folder {
        try FileManager.default.createDirectory(
          atPath: String(decoding: folder.bytes, as: UTF8.self), withIntermediateDirectories: true)
      }
      var worst = ExitStatus.same
      for found in ModelSearch(models).found {
        do {
          if try !record(try found.file), worst == .same { worst = .differs }
        } catch {
          CommandFailure(error).report()
          worst = .trouble
        }
      }
      return worst
    }
  }

  /// Records a model where that is wanted; false where it is not what PyTorch computed.
  private func record(_ path: FilePath) throws -> Bool {
    let place = Fixture.path(of: path, in: folder)
    let limits = try loading.network.limits.values
    let search = FixtureSearch([path], in: folder, limits: limits)
    let old = search.found.first { $0.fixturePath != nil }
    if let old, mode != .all {
      let holds = try mode == .missing || check(old)
      if holds {
        try StandardStream.print(result: "kept      \(place)\n".printableLines)
        return true
      }
    }
    let recorder = FixtureRecorder(
      loading: loading, frames: clips.frames, batch: clips.batch, seed: clips.seed,
      fromPython: fromPython)
    guard let screen = try recorder.record(path, to: place, notes: .shown) else { return false }
    try StandardStream.print(result: screen.line.printableLines + "\n")
    return true
  }

  /// Whether a fixture holds.
  private func check(_ found: FixtureSearch.Found) throws -> Bool {
    guard let fixture = try? found.fixture.get() else { return false }
    let model = try loading.load(found.path, notes: .silent)
    guard let plan = try? model.plan(for: fixture.input.shape) else { return false }
    return try loading.compare(
      model, plan, found.path, fixture.input, PyTorchReference(fixture),
      recordedSHA256: fixture.sha256, accepted: fixture.accepted
    ).verdict.word == .same
  }
}
