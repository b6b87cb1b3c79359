import Checkpoints
import Continual
package import Tensors
package import TorchModels
import Verification

/// How two checkpoints differ: in their tensors, beside them, and in what their networks compute.
///
/// ```swift
/// var comparison = try CheckpointComparison((old, new))
/// comparison.compareOutputs(…)
/// print(comparison.verdict)
/// ```
package struct CheckpointComparison: Sendable {
  /// What is to be said of two files.
  package enum Verdict: String, Hashable, Sendable {
    /// Nothing that counts differs, or no more than is accepted.
    case same
    /// A tensor or an output differs.
    case differs
    /// Nothing that could be read differs, and some tensors could not be read.
    case unreadable
    /// Nothing else differs, and outputs were to be compared and could not be.
    case inconclusive
  }

  /// What both networks make of one clip.
  package enum Outputs: Sendable {
    /// They computed it.
    case compared(OutputComparison, clip: Shape, seed: UInt64, assumptions: [String])
    /// They did not, and why.
    case failed(any Error)
  }

  /// How the tensors differ.
  package let weights: WeightComparison

  /// The difference of values that is accepted; nil where every bit counts.
  package let accepted: Double?

  /// What is beside the tensors; it does not count, as weights and outputs are the same without it.
  package let entries: EntryComparison

  /// How many tensors of each file are not weights, as those of an optimizer, and not compared.
  package let otherTensors: (Int, Int)

  /// What the networks compute; nil where only tensors are compared.
  package private(set) var outputs: Outputs?

  /// Compares tensors and what is beside them, and reads all tensors that are in both files.
  ///
  /// - Parameters:
  ///   - files: the two files.
  ///   - accepted: the difference of values that is accepted; nil where every bit counts.
  /// - Throws: `LoadError` where one holds no tensors, or contradicts itself.
  package init(
    _ files: (NetworkFile, NetworkFile), accepting accepted: Double? = nil
  ) throws(LoadError) {
    self.accepted = accepted
    let contents = (try NetworkContents(files.0), try NetworkContents(files.1))
    weights = WeightComparison(contents.0, contents.1)
    entries = EntryComparison(files.0.checkpoint, files.1.checkpoint)
    func others(_ file: NetworkFile, _ contents: NetworkContents) -> Int {
      max(0, file.checkpoint.tensors.count - contents.weights.count - contents.reference.count)
    }
    otherTensors = (others(files.0, contents.0), others(files.1, contents.1))
  }

  /// Compares what both networks make of one made-up clip.
  ///
  /// That there is no network, or that one does not take the clip of the other, is a result.
  ///
  /// - Parameters:
  ///   - frames: the number of frames; nil to choose it.
  ///   - batch: the number of samples; nil for as many as the clip of the first file has, or one.
  ///   - seed: starts the random numbers.
  ///   - load: loads the networks.
  package mutating func compareOutputs(
    frames: Int? = nil, batch: Int? = nil, seed: UInt64 = 1,
    _ load: () throws -> (LoadedModel, LoadedModel)
  ) {
    do {
      let (one, other) = try load()
      let chosen = try batch.map { try one.plan(batch: $0, frames: frames) }
      let plan = try chosen ?? one.plan(frames: frames)
      let length = frames ?? plan.frames
      let twin = try other.plan(for: plan.plan.inputFrame.clip(frames: length))
      try one.checkWork(of: plan.plan, frames: length, kind: .run, twin: (other, twin.plan))
      let clip = InputProfile.normal.clip(
        of: plan.plan.inputFrame, frames: length, seed: seed, clip: 0)
      outputs = .compared(
        try OutputComparison((plan.plan, twin.plan), clip: clip), clip: clip.shape, seed: seed,
        assumptions: one.provenance.assumptions
          + other.provenance.assumptions.filter { !one.provenance.assumptions.contains($0) })
    } catch {
      outputs = .failed(error)
    }
  }
}

// MARK: - Judgement

extension CheckpointComparison {
  /// The number of tensors that are in both files under one name.
  package var commonCount: Int { weights.sameCount + weights.pairs.count }

  /// The tensors of which a value differs, the worst first.
  package var changed: [(pair: WeightComparison.Pair, difference: TensorDifference)] {
    weights.pairs.compactMap { pair in
      pair.difference.flatMap { $0.differing == 0 ? nil : (pair, $0) }
    }.sorted { $0.difference.maxAbs > $1.difference.maxAbs }
  }

  /// Whether a tensor differs by no more than is accepted.
  package func accepts(_ pair: WeightComparison.Pair) -> Bool {
    guard let accepted, !pair.isReshaped, pair.reason == nil else { return false }
    return (pair.difference?.maxAbs ?? 0) <= accepted
  }

  /// What is to be said of the two files.
  package var verdict: Verdict {
    let isStructureSame =
      weights.onlyInFirst.isEmpty && weights.onlyInSecond.isEmpty && weights.renamed.isEmpty
    let readable = weights.pairs.filter { $0.reason == nil }
    if !isStructureSame || outputsDiffer || !readable.allSatisfy(accepts) { return .differs }
    guard readable.count == weights.pairs.count else { return .unreadable }
    if case .failed? = outputs { return .inconclusive }
    return .same
  }

  private var outputsDiffer: Bool {
    guard case .compared(let comparison, _, _, _)? = outputs else { return false }
    guard let maxAbs = comparison.maxAbs else { return true }
    return accepted.map { maxAbs > $0 } ?? (comparison.differing != 0)
  }
}

extension WeightComparison.Pair {
  /// Whether the shapes differ.
  package var isReshaped: Bool { shapes.0 != shapes.1 }

  /// Whether the element types differ.
  package var isRetyped: Bool { types.0 != types.1 }
}

extension WeightComparison {
  /// The tensors of which the shape differs.
  package var reshaped: [Pair] { pairs.filter(\.isReshaped) }

  /// The tensors of which the element type differs.
  package var retyped: [Pair] { pairs.filter(\.isRetyped) }
}
