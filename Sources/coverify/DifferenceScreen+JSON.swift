import CheckpointTools
import Tensors
import TorchModels
import Verification

extension DifferenceScreen {
  private struct Document: Encodable {
    struct Structure: Encodable {
      var renamed: [Pair<String>]
      var onlyInA: [Single]
      var onlyInB: [Single]
      var reshaped: [Pair<[Int]>]
      var retyped: [Pair<String>]
      /// Storages that tensors share in one file and not in the other.
      var sharedOnlyInA: [[String]]
      var sharedOnlyInB: [[String]]
      var sameOrder: Bool
      var notes: [String]

      enum CodingKeys: String, CodingKey {
        case renamed, reshaped, retyped, notes
        case sharedOnlyInA = "shared_only_in_a"
        case sharedOnlyInB = "shared_only_in_b"
        case onlyInA = "only_in_a"
        case onlyInB = "only_in_b"
        case sameOrder = "same_order"
      }
    }

    struct Single: Encodable {
      var path: String
      var shape: [Int]
      var near: String?

      init(_ single: WeightComparison.Single) {
        (path, shape, near) = (single.name, single.shape.axes, single.near)
      }
    }

    /// What something is in each of the files.
    struct Pair<Value: Encodable>: Encodable {
      var path: String?
      var a: Value?
      var b: Value?
    }

    /// What is no weight.
    struct Beside: Encodable {
      var changed: [Pair<String>]
      /// The tensors that are not compared.
      var tensors: Pair<Int>
      var complete: Bool
    }

    struct Weights: Encodable {
      var same: Int
      var changed: [Changed]
      var unreadable: [Unreadable]
    }

    struct Changed: Encodable {
      var path: String
      var elements: Int
      var differing: Int
      var maxAbs: JSONNumber
      var relative: JSONNumber

      enum CodingKeys: String, CodingKey {
        case path, elements, differing, relative
        case maxAbs = "max_abs"
      }
    }

    struct Unreadable: Encodable {
      var path: String
      var reason: String
    }

    var a: String
    var b: String
    var structure: Structure
    var weights: Weights
    var beside: Beside
    var outputs: Outputs?
    var verdict: String
    var exit: Int32
  }

  /// One JSON object.
  var json: String {
    JSONScreen.text(
      Document(
        a: first, b: second,
        structure: .init(
          renamed: weights.renamed.map { .init(a: $0.first, b: $0.second) },
          onlyInA: weights.onlyInFirst.map(Document.Single.init),
          onlyInB: weights.onlyInSecond.map(Document.Single.init),
          reshaped: weights.pairs.filter(isReshaped).map {
            .init(path: $0.name, a: $0.shapes.0.axes, b: $0.shapes.1.axes)
          },
          retyped: weights.pairs.filter(isRetyped).map {
            .init(path: $0.name, a: $0.types.0.name, b: $0.types.1.name)
          }, sharedOnlyInA: weights.sharedOnlyInFirst,
          sharedOnlyInB: weights.sharedOnlyInSecond, sameOrder: weights.isOrderSame,
          notes: weights.notes),
        weights: .init(
          same: weights.sameCount,
          changed: changed.map { pair, difference in
            .init(
              path: pair.name, elements: difference.elements, differing: difference.differing,
              maxAbs: JSONNumber(difference.maxAbs), relative: JSONNumber(difference.relative))
          },
          unreadable: weights.pairs.compactMap { pair in
            pair.reason.map { .init(path: pair.name, reason: $0) }
          }),
        beside: .init(
          changed: entries.changes.map { .init(path: $0.path, a: $0.first, b: $0.second) },
          tensors: .init(a: otherTensors.0, b: otherTensors.1), complete: entries.isComplete),
        outputs: outputs, verdict: "\(exitCode)", exit: exitCode.rawValue))
  }
}
