import CheckpointTools
import Checkpoints
import Continual
import Tensors
import TorchModels
import Verification

extension Verify {
  /// Verifies one model.
  ///
  /// - Parameters:
  ///   - path: the model.
  ///   - notes: gets what its user may want to know.
  ///   - progress: called with how far it is.
  /// - Returns: what came of it.
  /// - Throws: whatever keeps it from being judged.
  func report(
    on path: FilePath, notes: Notes,
    progress: @escaping @Sendable (Verifier.Progress) -> Void
  ) throws -> Report {
    let model = try loading.load(path, notes: notes)
    var reference = try self.reference(model)
    var remarks: [String] = []
    if input == nil, expect == nil, let stored = reference?.input, clips.replace(stored.shape) {
      remarks.append(
        "the clip \(stored.shape) that the file brings, with what PyTorch made of it, is left out for one "
          + "of the size that is asked for")
      reference = nil
    }
    let file = try input.map { try loading.clip(in: $0, for: model, notes: notes) }
    let clip = file?.clip ?? reference?.input
    if reference?.forward != nil || reference?.steps != nil, clip == nil {
      throw CommandError.noClip
    }
    if let clip, let frames = clips.frames, clip.shape[2] != frames {
      throw CommandError.frames(asked: frames, given: clip.shape[2])
    }
    let given = try clip.map { try model.plan(for: $0.shape) }
    let plan = try given ?? madeUpPlan(of: model)
    let read = (file?.byteCount ?? 0) + (expect == nil ? 0 : reference?.byteCount ?? 0)
    let work = try model.checkWork(
      of: plan.plan, frames: plan.frames, kind: .verification, clipBytes: read)
    if work.seconds > 10 {
      notes.say("this takes about \(Int(work.seconds)) s of processor time")
    }
    var settings = settings(model, clip)
    settings.reference = reference.map {
      PyTorchReference(
        $0, addingTime: model.endsWithoutTime,
        isLastFrame: model.axisOrder?.takesLastFrame ?? false)
    }
    let subject = try Subject(
      model, plan, path: path.description, acceptsAssumptions: loading.assumeDefaults)
    var report = try Verifier(subject, options: settings).run(progress: progress)
    report.notes = remarks + plan.notes + report.notes
    return report
  }

  /// A plan for the clips that are made up: of two samples, unless another number is asked for, or a second one
  /// would cost much and show what batches of less show as well.
  private func madeUpPlan(of model: LoadedModel) throws -> LoadedModel.ClipPlan {
    let single = try model.plan(batch: clips.batch ?? 1, frames: clips.frames)
    guard clips.batch == nil, !single.plan.isCostly(frames: single.frames) else { return single }
    return try model.plan(batch: 2, frames: clips.frames)
  }

  private func settings(_ model: LoadedModel, _ clip: Tensor?) -> Verifier.Options {
    var settings = Verifier.Options()
    settings.seed = clips.seed
    settings.input = clip
    settings.requiresReference = strict
    settings.recordingBudget = min(settings.recordingBudget, model.recordingBudget)
    settings.showsTiming = reports.showsTiming
    settings.keepsPicture = reports.keepsPictures
    if let long { settings.longStream = long }
    settings.runtime = runtime
    settings.budget = budget?.seconds
    return settings
  }

  /// What PyTorch computed: the file that is named, or what the checkpoint brings.
  private func reference(_ model: LoadedModel) throws -> LoadedModel.Reference? {
    guard let expect else { return model.reference }
    var reference = try LoadedModel.Reference(try loading.checkpoint(expect))
    guard reference.forward != nil || reference.steps != nil else {
      throw CommandError.noOutputs(expect)
    }
    if let order = model.axisOrder { reference = reference.ordered(by: order) }
    reference.input = reference.input ?? model.reference?.input
    return reference
  }
}
