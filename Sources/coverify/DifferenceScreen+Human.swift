import Checkpoints
import Tensors
import TorchModels
import Verification

extension DifferenceScreen {
  /// A page of text.
  func human(top: Int) -> String {
    var lines = ["a  \(first.printable)", "b  \(second.printable)"] + structureLines
    lines += valueLines(top: top)
    if let outputs { lines += outputLines(outputs) }
    let code = exitCode
    let word = code == .trouble ? "not all could be read" : "\(code)"
    lines.append("verdict: \(word) (exit \(code.rawValue))")
    return lines.joined(separator: "\n")
  }

  private func row(_ title: String, _ text: String) -> String {
    "  " + title + String(repeating: " ", count: 11 - title.count) + text
  }

  private var structureLines: [String] {
    let reshaped = weights.pairs.filter(isReshaped)
    let retyped = weights.pairs.filter(isRetyped)
    var lines = [
      row(
        "structure",
        "\(Number.count(weights.sameCount + weights.pairs.count, "tensor")) in both; "
          + "\(weights.onlyInFirst.count) only in a, \(weights.onlyInSecond.count) only in b, "
          + "\(reshaped.count) reshaped, \(retyped.count) of another type"
          + (weights.isOrderSame ? "" : ", in another order"))
    ]
    for note in weights.notes { lines.append("    " + note) }
    lines += TextTable.lines(
      [("only in a", weights.onlyInFirst), ("only in b", weights.onlyInSecond)].flatMap {
        title, singles in
        singles.map { single in
          [
            title, single.name, single.shape.description,
            single.near.map { "did you mean \($0)?" } ?? "",
          ]
        }
      }
        + reshaped.map { pair in
          ["reshaped", pair.name, "\(pair.shapes.0) -> \(pair.shapes.1)", ""]
        }
        + retyped.map { pair in
          ["retyped", pair.name, "\(pair.types.0.name) -> \(pair.types.1.name)", ""]
        })
    return lines
  }

  private func valueLines(top: Int) -> [String] {
    let changed = weights.pairs.filter { $0.difference != nil }
    let elements = changed.reduce(0) { $0 + ($1.difference?.differing ?? 0) }
    let unreadable = weights.pairs.filter { $0.reason != nil }
    guard !changed.isEmpty || !unreadable.isEmpty else {
      return [row("weights", "the same in every bit")]
    }
    var lines = [
      row(
        "weights",
        "\(changed.count) of \(Number.count(weights.sameCount + weights.pairs.count, "tensor")) "
          + "differ, in \(Number.grouped(elements)) of "
          + Number.count(weights.elementCount, "element"))
    ]
    let worst = changed.sorted { ($0.difference?.maxAbs ?? 0) > ($1.difference?.maxAbs ?? 0) }
    lines += TextTable.lines(
      worst.prefix(top).compactMap { pair in
        pair.difference.map { difference in
          [
            pair.name, "\(difference.differing)/\(difference.elements) elements",
            "max \(Number.short(difference.maxAbs))", "rel \(Number.short(difference.relative))",
            isAccepted(pair) ? "accepted" : "",
          ]
        }
      })
    if changed.count > top { lines.append("    … and \(changed.count - top) more") }
    lines += TextTable.lines(unreadable.map { [$0.name, "unreadable: \($0.reason ?? "")"] })
    return lines
  }

  private func outputLines(_ outputs: Outputs) -> [String] {
    guard outputs.compared, let clip = outputs.clip else {
      let reason = (outputs.reason ?? "").split(separator: "\n").map { String($0).printable }
      return [row("outputs", "not compared: \(reason.first ?? "")")]
        + reason.dropFirst().map { "    " + $0 }
    }
    var text = ""
    if let maxAbs = outputs.maxAbs, let relative = outputs.relative {
      text =
        maxAbs.value == 0 && outputs.differing == 0
        ? "the same in every bit"
        : "max \(Number.short(maxAbs.value)), rel \(Number.short(relative.value))"
    } else {
      text = "\(Shape(outputs.shapeA ?? [])) in a, \(Shape(outputs.shapeB ?? [])) in b"
    }
    if let path = outputs.firstChange {
      text += "; first change at \(path.isEmpty ? "the network itself" : path.printable)"
    }
    return [row("outputs", text + ", for a clip \(Shape(clip)), seed \(outputs.seed ?? 0)")]
      + outputs.assumptions.map { "    assumed: " + $0.printable }
  }
}
