import CheckpointTools
import PlainData
import Tensors
import Verification

extension DifferenceScreen {
  /// One object of the schema `coverify.diff/1`.
  var document: PlainValue {
    .members(
      ("schema", .string("coverify.diff/1")), ("a", .string(first)), ("b", .string(second)),
      ("structure", structure), ("weights", changedWeights), ("beside", beside),
      ("outputs", outputs?.document), ("verdict", .string("\(exitCode)")),
      ("exit", .int(Int(exitCode.rawValue))))
  }

  private var structure: PlainValue {
    .members(
      ("renamed", .list(weights.renamed.map { pair(.string($0.first), .string($0.second)) })),
      ("only_in_a", .list(weights.onlyInFirst.map(single))),
      ("only_in_b", .list(weights.onlyInSecond.map(single))),
      (
        "reshaped",
        .list(
          weights.pairs.filter(isReshaped).map {
            pair(.integers($0.shapes.0.axes), .integers($0.shapes.1.axes), path: $0.name)
          })
      ),
      (
        "retyped",
        .list(
          weights.pairs.filter(isRetyped).map {
            pair(.string($0.types.0.name), .string($0.types.1.name), path: $0.name)
          })
      ),
      // Storages that tensors share in one file and not in the other.
      ("shared_only_in_a", .list(weights.sharedOnlyInFirst.map(PlainValue.strings))),
      ("shared_only_in_b", .list(weights.sharedOnlyInSecond.map(PlainValue.strings))),
      ("same_order", .bool(weights.isOrderSame)), ("notes", .strings(weights.notes)))
  }

  private var changedWeights: PlainValue {
    .members(
      ("same", .int(weights.sameCount)),
      (
        "changed",
        .list(
          changed.map { pair, difference in
            .members(
              ("path", .string(pair.name)), ("elements", .int(difference.elements)),
              ("differing", .int(difference.differing)), ("max_abs", .number(difference.maxAbs)),
              ("relative", .number(difference.relative)))
          })
      ),
      (
        "unreadable",
        .list(
          weights.pairs.compactMap { pair in
            pair.reason.map { .members(("path", .string(pair.name)), ("reason", .string($0))) }
          })
      ))
  }

  /// What is not a weight.
  private var beside: PlainValue {
    .members(
      (
        "changed",
        .list(
          entries.changes.map {
            pair($0.first.map(PlainValue.string), $0.second.map(PlainValue.string), path: $0.path)
          })
      ),
      // The tensors that are not compared.
      ("tensors", pair(.int(otherTensors.0), .int(otherTensors.1))),
      ("complete", .bool(entries.isComplete)))
  }

  /// What something is in each of the files.
  private func pair(_ a: PlainValue?, _ b: PlainValue?, path: String? = nil) -> PlainValue {
    .members(("path", path.map(PlainValue.string)), ("a", a), ("b", b))
  }

  private func single(_ single: WeightComparison.Single) -> PlainValue {
    .members(
      ("path", .string(single.name)), ("shape", .integers(single.shape.axes)),
      ("near", single.near.map(PlainValue.string)))
  }
}

extension DifferenceScreen.Outputs {
  fileprivate var document: PlainValue {
    .members(
      ("compared", .bool(compared)), ("clip", clip.map(PlainValue.integers)),
      ("seed", seed.map { Int(exactly: $0).map(PlainValue.int) ?? .string(String($0)) }),
      ("shape_a", shapeA.map(PlainValue.integers)), ("shape_b", shapeB.map(PlainValue.integers)),
      ("max_abs", maxAbs.map(PlainValue.number)), ("relative", relative.map(PlainValue.number)),
      ("differing", differing.map(PlainValue.int)),
      ("first_change", firstChange.map(PlainValue.string)), ("assumptions", .strings(assumptions)),
      ("reason", reason.map(PlainValue.string)))
  }
}
