package import PlainData
import Tensors

extension CheckpointComparison {
  /// One object of the schema `coverify.diff/1`.
  ///
  /// - Parameters:
  ///   - names: what the files are called.
  ///   - verdict: the word for the verdict.
  ///   - exit: the exit code of a program that has it.
  /// - Returns: the object.
  package func document(names: (String, String), verdict: String, exit: Int) -> PlainValue {
    .members(
      ("schema", .string("coverify.diff/1")), ("a", .string(names.0)), ("b", .string(names.1)),
      ("structure", structure), ("weights", changedWeights), ("beside", beside),
      ("outputs", outputs.map(document)), ("verdict", .string(verdict)), ("exit", .int(exit)))
  }

  private var structure: PlainValue {
    .members(
      ("renamed", .list(weights.renamed.map { pair(.string($0.first), .string($0.second)) })),
      ("only_in_a", .list(weights.onlyInFirst.map(single))),
      ("only_in_b", .list(weights.onlyInSecond.map(single))),
      (
        "reshaped",
        .list(
          weights.reshaped.map {
            pair(.integers($0.shapes.0.axes), .integers($0.shapes.1.axes), path: $0.name)
          })
      ),
      (
        "retyped",
        .list(
          weights.retyped.map {
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

  private func document(_ outputs: CheckpointComparison.Outputs) -> PlainValue {
    switch outputs {
    case .failed(let error):
      .members(
        ("compared", .bool(false)), ("assumptions", .list([])), ("reason", .string("\(error)")))
    case .compared(let outputs, let clip, let seed, let assumptions):
      .members(
        ("compared", .bool(true)), ("clip", .integers(clip.axes)),
        ("seed", .unsigned(seed)),
        ("shape_a", .integers(outputs.shapes.0.axes)),
        ("shape_b", .integers(outputs.shapes.1.axes)),
        ("max_abs", outputs.maxAbs.map(PlainValue.number)),
        ("relative", outputs.relative.map(PlainValue.number)),
        ("differing", .int(outputs.differing)),
        ("first_change", outputs.firstChange.map(PlainValue.string)),
        ("assumptions", .strings(assumptions)))
    }
  }
}
