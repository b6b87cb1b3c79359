import CheckpointTools
import Checkpoints
import Tensors
import TorchModels
import Verification

extension LoadingOptions {
  /// Compares what a network makes of a clip with what it should, and makes no other check.
  ///
  /// - Parameters:
  ///   - model: the network.
  ///   - plan: a plan of it for the clip.
  ///   - path: its file, as the user named it.
  ///   - clip: (B, C, T, S…).
  ///   - reference: what it should make of it.
  ///   - recordedSHA256: of the file that a fixture was recorded of; nil where there is none.
  ///   - accepted: what may be assumed of the network, besides what the user accepts.
  ///   - showsTiming: whether the report says how long it took.
  ///   - keepsPicture: whether the report keeps what a page shows.
  ///   - progress: called with how far it is.
  /// - Returns: what came of it.
  /// - Throws: whatever keeps it from being compared.
  func compare(
    _ model: LoadedModel, _ plan: LoadedModel.ClipPlan, _ path: FilePath, _ clip: Tensor,
    _ reference: PyTorchReference, recordedSHA256: String? = nil,
    accepted: [String] = [], showsTiming: Bool = false,
    keepsPicture: Bool = false,
    progress: @escaping @Sendable (Verifier.Progress) -> Void = { _ in }
  ) throws -> Report {
    var settings = Verifier.Options()
    settings.families = [.load, .reference]
    settings.profiles = []
    settings.input = clip
    settings.reference = reference
    settings.recordingBudget = min(settings.recordingBudget, model.recordingBudget)
    settings.showsTiming = showsTiming
    settings.keepsPicture = keepsPicture
    let subject = try Subject(
      model, plan, path: path.description,
      acceptsAssumptions: assumeDefaults
        || (!accepted.isEmpty && Set(model.provenance.assumptions).isSubset(of: accepted)),
      recordedSHA256: recordedSHA256)
    return try Verifier(subject, options: settings).run(progress: progress)
  }
}
