import CheckpointTools
import Checkpoints
import Continual
import Foundation
import Tensors
import TorchModels
import Verification

/// Records what models compute.
struct FixtureRecorder: Sendable {
  let loading: LoadingOptions

  /// The length of the clip that is made up where no file brings one; nil for the usual one.
  var frames: Int?

  /// The number of its samples; nil for one.
  var batch: Int?

  /// Starts its random numbers.
  var seed: UInt64 = 1

  /// Whether outputs have to be those that PyTorch computed, and not only where it did in float64.
  var fromPython = false

  /// Makes sure that recording is not left to people.
  ///
  /// - Throws: ``CommandError`` where the environment says CI: what is wrong there would become right.
  static func checkEnvironment() throws {
    let environment = ProcessInfo.processInfo.environment["CI"] ?? ""
    guard ["", "0", "false"].contains(environment.lowercased()) else {
      throw CommandError.noRecording
    }
  }

  /// Writes the fixture of a model.
  ///
  /// - Parameters:
  ///   - path: the model.
  ///   - place: where to.
  ///   - old: a clip that was recorded before, and is taken again where the network takes it.
  ///   - notes: gets what its user may want to know.
  /// - Returns: what is said of it; nil for a model that does not compute what its file says PyTorch
  ///   computed, which is not recorded.
  /// - Throws: whatever keeps it from being recorded.
  func record(
    _ path: FilePath, to place: FilePath, again old: Tensor? = nil, notes: Notes
  ) throws -> RecordingScreen? {
    let target = try OutputFile(
      place, replacing: true, inputs: loading.network.inputs(with: path))
    let model = try loading.load(path, notes: notes)
    let assumptions = model.provenance.assumptions
    guard assumptions.isEmpty || loading.assumeDefaults else {
      throw CommandError.assumptions(path, assumptions)
    }
    let given = frames == nil && batch == nil ? model.reference?.input : nil
    var (clip, plan) = (given, try given.map { try model.plan(for: $0.shape) })
    if clip == nil, let old, let again = try? model.plan(for: old.shape) {
      (clip, plan) = (old, again)
    }
    let chosen = try plan ?? model.plan(batch: batch ?? 1, frames: frames)
    try model.checkWork(of: chosen.plan, frames: chosen.frames, kind: .verification)
    let input =
      clip
      ?? InputProfile.normal.clip(
        of: chosen.plan.inputFrame, frames: chosen.frames, seed: seed, clip: 0)
    let theirs = given == nil ? nil : reference(of: model)
    if let theirs, try !isSame(model, chosen, path, input, theirs) { return nil }
    var outputs = try GoldenOutputs(
      of: chosen.plan, for: input, hasSteps: model.provenance.stepless.isEmpty,
      mostNumbers: Fixture.mostNumbers)
    outputs = theirs.map(outputs.taking) ?? outputs
    guard !fromPython || outputs.source == .pytorch else { throw CommandError.notFromPython(path) }
    try Fixture.write(
      to: target, of: path, sha256: try model.provenance.file.checkpoint.sha256(),
      architecture: model.architecture, accepted: assumptions, input: input, outputs,
      tool: Verifier.Options().toolVersion)
    return RecordingScreen(path: place, input: input.shape, outputs: outputs)
  }

  /// What the file of a model says that PyTorch computed.
  private func reference(of model: LoadedModel) -> PyTorchReference? {
    guard let reference = model.reference, (reference.forward ?? reference.steps) != nil else {
      return nil
    }
    return PyTorchReference(
      reference, addingTime: model.endsWithoutTime,
      isLastFrame: model.axisOrder?.takesLastFrame ?? false)
  }

  /// Whether a model computes what PyTorch did; where it does not, that is said.
  private func isSame(
    _ model: LoadedModel, _ plan: LoadedModel.ClipPlan, _ path: FilePath, _ clip: Tensor,
    _ reference: PyTorchReference
  ) throws -> Bool {
    let report = try loading.compare(model, plan, path, clip, reference)
    guard report.verdict.word != .same else { return true }
    let reason =
      report.verdict.word == .differs
      ? "it does not compute what its file says PyTorch computed"
      : "whether it computes what its file says PyTorch computed is not decided"
    let findings = report.findings.map { "  \($0.code.rawValue) \($0.message)" }
    StandardStream.say(
      "\(path): not recorded: \(reason); coverify verify says more\n"
        + findings.joined(separator: "\n"))
    return false
  }
}
