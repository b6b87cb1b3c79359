import Continual
import Tensors
import TextLayout
package import TorchModels
import Verification

/// Rewrites a network and checks that it still computes the same, before anything is written.
package struct CheckedRewriting {
  private let rewrite: NetworkRewrite
  private let plan: Plan
  private let clip: Tensor

  /// Takes a network as it is, and makes up a clip for it.
  ///
  /// - Parameters:
  ///   - model: the network.
  ///   - contents: of the same file.
  /// - Throws: ``ConversionError`` where the two do not belong together, or no clip fits.
  package init(_ model: LoadedModel, _ contents: NetworkContents) throws(ConversionError) {
    rewrite = try NetworkRewrite(model, contents)
    let chosen: LoadedModel.ClipPlan
    do throws(LoadError) {
      chosen = try model.plan()
    } catch {
      throw ConversionError(model.file, [.clip(error)])
    }
    plan = chosen.plan
    clip = InputProfile.normal.clip(of: plan.inputFrame, frames: chosen.frames, seed: 1, clip: 0)
  }

  /// Folds and renames.
  ///
  /// - Parameters:
  ///   - keys: how tensors are called afterwards; nil to keep their names.
  ///   - foldBatchNorm: whether each `BatchNorm` becomes a part of the layer in front of it.
  /// - Returns: the network in its new form, with a note of what was checked.
  /// - Throws: ``ConversionError`` where the network computes something else then, or what speaks
  ///   against rewriting it.
  package func apply(
    keys: KeyLayout?, foldBatchNorm: Bool
  ) throws(ConversionError) -> NetworkRewrite {
    var rewrite = rewrite
    if foldBatchNorm { try fold(&rewrite) }
    guard let keys else { return rewrite }
    let module = try rewrite.rebuilt()
    try rewrite.rename(to: keys, plan: plan)
    if !foldBatchNorm {
      rewrite.note(
        "\(rewrite.renamedCount) of \(rewrite.weights.count) tensors have new names "
          + "(\(keys.rawValue))")
    }
    // Names that are flattened fit the same description; what collides was refused.
    if keys == .flattened { return rewrite }
    let differing = try differences(module, try rewrite.rebuilt())
    guard differing == 0 else {
      throw refusal(.renamedDiffers(elements: differing))
    }
    return rewrite
  }

  private func fold(_ rewrite: inout NetworkRewrite) throws(ConversionError) {
    try rewrite.foldBatchNorms()
    let rebuilt = try rewrite.rebuilt()
    let check = try rethrowing(
      { (error: VerificationError) in refusal(.notCompared(error)) },
      try NetworkEquivalence(rewrite.original.module, rebuilt, clip: clip))
    guard check.holds else {
      throw refusal(.foldedDiffers(by: check.maxAbs, allowed: check.allowed))
    }
    rewrite.note(
      "the folded network differs by \(Number.short(check.maxAbs)) for a clip \(clip.shape); "
        + "rounding explains \(Number.short(check.allowed))")
  }

  /// In how many elements the outputs of two networks differ, in any bit.
  private func differences(
    _ one: any Module, _ other: any Module
  ) throws(ConversionError) -> Int {
    let clipLength = clip.shape[2]
    return try rethrowing(
      { (error: ModuleError) in refusal(.notRun(error)) },
      try OutputComparison(
        (
          Plan(one, frame: plan.inputFrame, clipLength: clipLength),
          Plan(other, frame: plan.inputFrame, clipLength: clipLength)
        ), clip: clip
      ).differing)
  }

  /// Why nothing was written.
  private func refusal(_ problem: ConversionError.Problem) -> ConversionError {
    ConversionError(rewrite.original.file, [problem])
  }
}
