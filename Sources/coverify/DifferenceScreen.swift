import CheckpointTools
import Checkpoints
import Foundation
import Tensors
import TorchModels
import Verification

/// What `coverify diff` says.
struct DifferenceScreen {
  /// What both networks compute for one clip.
  struct Outputs {
    var compared: Bool
    var clip: [Int]?
    var seed: UInt64?
    var shapeA: [Int]?
    var shapeB: [Int]?
    var maxAbs: Double?
    var relative: Double?
    var differing: Int?
    var firstChange: String?
    var assumptions: [String] = []
    /// Why nothing was compared.
    var reason: String?

    init(reason: String) {
      compared = false
      self.reason = reason
    }

    init(_ comparison: OutputComparison, clip: Shape, seed: UInt64, assumptions: [String]) {
      compared = true
      self.clip = clip.axes
      self.seed = seed
      (shapeA, shapeB) = (comparison.shapes.0.axes, comparison.shapes.1.axes)
      maxAbs = comparison.maxAbs
      relative = comparison.relative
      differing = comparison.differing
      firstChange = comparison.firstChange
      self.assumptions = assumptions
    }
  }

  let first: String
  let second: String
  let weights: WeightComparison
  /// The difference of values that is accepted; nil where every bit counts.
  let accepted: Double?
  /// What is beside the tensors; it does not count, as weights and outputs are the same without it.
  let entries: EntryComparison
  /// How many tensors of each file are no weights, as those of an optimizer, and not compared.
  let otherTensors: (Int, Int)
  /// Nil where only tensors are compared.
  var outputs: Outputs?

  init(
    _ first: String, _ second: String, _ files: (Checkpoint, Checkpoint), accepted: Double?
  ) throws {
    (self.first, self.second, self.accepted) = (first, second, accepted)
    let contents = (try NetworkContents(files.0), try NetworkContents(files.1))
    weights = WeightComparison(contents.0, contents.1)
    entries = EntryComparison(files.0, files.1)
    func others(_ file: Checkpoint, _ contents: NetworkContents) -> Int {
      max(0, file.tensors.count - contents.weights.count - contents.reference.count)
    }
    otherTensors = (others(files.0, contents.0), others(files.1, contents.1))
  }

  /// The tensors that are in both files under one name.
  var commonCount: Int { weights.sameCount + weights.pairs.count }

  /// The tensors of which a value differs, the worst first.
  var changed: [(pair: WeightComparison.Pair, difference: TensorDifference)] {
    weights.pairs.compactMap { pair in
      pair.difference.flatMap { $0.differing == 0 ? nil : (pair, $0) }
    }.sorted { $0.difference.maxAbs > $1.difference.maxAbs }
  }

  func isReshaped(_ pair: WeightComparison.Pair) -> Bool { pair.shapes.0 != pair.shapes.1 }

  func isRetyped(_ pair: WeightComparison.Pair) -> Bool { pair.types.0 != pair.types.1 }

  func isAccepted(_ pair: WeightComparison.Pair) -> Bool {
    guard let accepted, !isReshaped(pair), pair.reason == nil else { return false }
    return (pair.difference?.maxAbs ?? 0) <= accepted
  }

  private var outputsDiffer: Bool {
    guard let outputs, outputs.compared else { return false }
    guard let maxAbs = outputs.maxAbs else { return true }
    return accepted.map { maxAbs > $0 } ?? (outputs.differing != 0)
  }

  /// 1 where anything differs; 2 where nothing does, but a tensor cannot be read; 3 where outputs were
  /// to be compared and could not be.
  var exitCode: ExitStatus {
    let isStructureSame =
      weights.onlyInFirst.isEmpty && weights.onlyInSecond.isEmpty && weights.renamed.isEmpty
    let readable = weights.pairs.filter { $0.reason == nil }
    if !isStructureSame || outputsDiffer || !readable.allSatisfy(isAccepted) { return .differs }
    guard readable.count == weights.pairs.count else { return .trouble }
    return outputs?.compared ?? true ? .same : .inconclusive
  }
}
