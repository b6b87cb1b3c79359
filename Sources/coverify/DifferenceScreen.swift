import Checkpoints
import Foundation
import Tensors
import TorchModels
import Verification

/// What `coverify diff` says.
struct DifferenceScreen {
  /// What both networks compute for one clip.
  struct Outputs: Encodable {
    var compared: Bool
    var clip: [Int]?
    var seed: UInt64?
    var shapeA: [Int]?
    var shapeB: [Int]?
    var maxAbs: JSONNumber?
    var relative: JSONNumber?
    var differing: Int?
    var firstChange: String?
    var assumptions: [String] = []
    /// Why nothing was compared.
    var reason: String?

    enum CodingKeys: String, CodingKey {
      case compared, clip, seed, relative, differing, assumptions, reason
      case shapeA = "shape_a"
      case shapeB = "shape_b"
      case maxAbs = "max_abs"
      case firstChange = "first_change"
    }

    init(reason: String) {
      compared = false
      self.reason = reason
    }

    init(_ comparison: OutputComparison, clip: Shape, seed: UInt64, assumptions: [String]) {
      compared = true
      self.clip = clip.axes
      self.seed = seed
      (shapeA, shapeB) = (comparison.shapes.0.axes, comparison.shapes.1.axes)
      maxAbs = comparison.maxAbs.map(JSONNumber.init)
      relative = comparison.relative.map(JSONNumber.init)
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
  /// Nil where only tensors are compared.
  var outputs: Outputs?

  init(_ first: String, _ second: String, _ weights: WeightComparison, accepted: Double?) {
    (self.first, self.second, self.weights, self.accepted) = (first, second, weights, accepted)
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
    return accepted.map { maxAbs.value > $0 } ?? (outputs.differing != 0)
  }

  /// 1 where anything differs; 2 where nothing does, but a tensor cannot be read.
  var exitCode: Verification.ExitCode {
    let isStructureSame = weights.onlyInFirst.isEmpty && weights.onlyInSecond.isEmpty
    let readable = weights.pairs.filter { $0.reason == nil }
    if !isStructureSame || outputsDiffer || !readable.allSatisfy(isAccepted) { return .differs }
    return readable.count == weights.pairs.count ? .same : .trouble
  }
}
