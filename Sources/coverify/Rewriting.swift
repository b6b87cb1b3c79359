import Continual
import Tensors
import TorchModels
import Verification

/// Rewrites a network and checks that it still computes the same, before anything is written.
struct Rewriting {
  private let rewrite: NetworkRewrite
  private let plan: Plan
  private let clip: Tensor

  /// Takes a network as it is, and makes up a clip for it.
  init(_ model: LoadedModel, _ contents: NetworkContents) throws {
    rewrite = try NetworkRewrite(model, contents)
    let known = try model.reference?.input.map { try model.plan(for: $0.shape) }
    let chosen = try known ?? model.plan(batch: 1)
    plan = chosen.plan
    clip = InputProfile.normal.clip(of: plan.inputFrame, frames: chosen.frames, seed: 1, clip: 0)
  }

  /// Folds and renames.
  ///
  /// - Parameters:
  ///   - keys: how tensors are called afterwards; nil to keep their names.
  ///   - foldBatchNorm: whether each `BatchNorm` becomes a part of the layer in front of it.
  /// - Returns: the network in its new form, with a note of what was checked.
  /// - Throws: ``CommandError`` where the network computes something else then, or what speaks against
  ///   rewriting it.
  func apply(keys: KeyLayout?, foldBatchNorm: Bool) throws -> NetworkRewrite {
    var rewrite = rewrite
    if foldBatchNorm {
      try rewrite.foldBatchNorms()
      let check = try NetworkEquivalence(
        rewrite.original.module, try rewrite.rebuilt(), clip: clip)
      guard check.holds else {
        throw CommandError(
          "\(rewrite.original.file): the folded network differs by \(Number.short(check.maxAbs)), and "
            + "rounding explains \(Number.short(check.allowed)); nothing was written. "
            + "Narrow weights lose more when they are rounded again: cast them first, with --dtype "
            + "float32")
      }
      rewrite.note(
        "the folded network differs by \(Number.short(check.maxAbs)) for a clip \(clip.shape); "
          + "rounding explains \(Number.short(check.allowed))")
    }
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
    let plans = (
      try Plan(module, frame: plan.inputFrame, clipLength: clip.shape[2]),
      try Plan(try rewrite.rebuilt(), frame: plan.inputFrame, clipLength: clip.shape[2])
    )
    let comparison = try OutputComparison(plans, clip: clip)
    guard comparison.shapes.0 == comparison.shapes.1, comparison.differing == 0 else {
      throw CommandError(
        "\(rewrite.original.file): under its new names the network computes something else, in "
          + "\(comparison.differing) elements; nothing was written")
    }
    return rewrite
  }
}
