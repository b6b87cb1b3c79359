import CheckpointTools
import PlainData
import Tensors
import TextLayout

extension DifferenceScreen {
  var human: String {
    var lines = ["a  \(names.0.printable)", "b  \(names.1.printable)"]
    lines += structureLines + valueLines + besideLines
    if let outputs = comparison.outputs { lines += outputLines(outputs) }
    let word = status == .trouble ? "not all could be read" : "\(status)"
    lines.append("verdict: \(word) (exit \(status.rawValue))")
    if status == .inconclusive {
      lines.append("  outputs were not compared; leave them out with --weights-only")
    }
    return lines.joined(separator: "\n")
  }

  private func row(_ title: String, _ text: String) -> [String] {
    Paragraph.labelled(title, text, column: 11)
  }

  /// A row for each thing, as far as they are to be listed.
  private func rows<Thing>(
    _ things: some Collection<Thing>, _ cells: (Thing) -> [String]
  ) -> [String] {
    TextTable.lines(things, limit: top, cells: cells)
  }

  private var structureLines: [String] {
    let weights = comparison.weights
    var lines = row(
      "structure",
      "\(Number.count(comparison.commonCount, "tensor")) in both; "
        + (weights.renamed.isEmpty ? "" : "\(weights.renamed.count) renamed, ")
        + "\(weights.onlyInFirst.count) only in a, \(weights.onlyInSecond.count) only in b, "
        + "\(weights.reshaped.count) reshaped, \(weights.retyped.count) retyped"
        + (weights.isOrderSame ? "" : ", in another order"))
    for note in weights.notes { lines.append("    " + note) }
    lines += rows(Renamed.groups(of: weights.renamed)) { group in
      guard group.members.count > 1 else {
        return ["renamed", group.members.map { "\($0.first) -> \($0.second)" }.joined(), ""]
      }
      let starts = [group.first, group.second].map { $0.isEmpty ? "*" : $0 + ".*" }
      return [
        "renamed", starts.joined(separator: " -> "), Number.count(group.members.count, "tensor"),
      ]
    }
    for (title, singles) in [
      ("only in a", weights.onlyInFirst), ("only in b", weights.onlyInSecond),
    ] {
      lines += rows(singles) { single in
        [
          title, single.name.isEmpty ? "." : single.name, single.shape.description,
          single.near.map { "did you mean \($0)?" } ?? "",
        ]
      }
    }
    lines += rows(weights.reshaped) { ["reshaped", $0.name, "\($0.shapes.0) -> \($0.shapes.1)"] }
    lines += rows(weights.retyped) {
      ["retyped", $0.name, "\($0.types.0.name) -> \($0.types.1.name)"]
    }
    for (title, groups) in [("a", weights.sharedOnlyInFirst), ("b", weights.sharedOnlyInSecond)] {
      lines += rows(groups) { ["one storage only in \(title)", $0.joined(separator: ", ")] }
    }
    return lines
  }

  private var valueLines: [String] {
    let weights = comparison.weights
    let unreadable = weights.pairs.filter { $0.reason != nil }
    let changed = comparison.changed
    guard comparison.commonCount > 0 else { return row("weights", "no tensor is in both") }
    let comparable = weights.pairs.filter { !$0.isReshaped }
    guard !changed.isEmpty || !unreadable.isEmpty else {
      let text =
        comparable.isEmpty && weights.sameCount == 0
        ? "no two tensors have the same shape"
        : comparable.isEmpty ? "the same in every bit" : "the same values"
      return row("weights", text)
    }
    let elements = changed.reduce(0) { $0 + $1.difference.differing }
    var lines = row(
      "weights",
      "\(changed.count) of \(Number.count(comparison.commonCount, "tensor")) "
        + "differ, in \(Number.grouped(elements)) of "
        + Number.count(weights.elementCount, "element"))
    lines += rows(changed) { pair, difference in
      [
        pair.name, "\(difference.differing)/\(difference.elements) elements",
        "max \(Number.short(difference.maxAbs))", "rel \(Number.short(difference.relative))",
        comparison.accepts(pair) ? "accepted" : "",
      ]
    }
    return lines + rows(unreadable) { [$0.name, "unreadable: \($0.reason ?? "")"] }
  }

  private var besideLines: [String] {
    let entries = comparison.entries
    let others = comparison.otherTensors
    var parts: [String] = []
    if !entries.changes.isEmpty {
      parts.append("\(Number.count(entries.changes.count, "value")) that no network computes with")
    }
    if others != (0, 0) {
      parts.append(
        "\(others.0) tensors of a and \(others.1) of b are not weights, and not compared"
      )
    }
    if !entries.isComplete { parts.append("not all values were looked at, there are very many") }
    guard !parts.isEmpty else { return [] }
    return row("beside", parts.joined(separator: "; "))
      + rows(entries.changes) { change in
        [
          change.path,
          change.first == nil
            ? "only in b: \(change.second ?? "")"
            : change.second == nil
              ? "only in a: \(change.first ?? "")"
              : "\(change.first ?? "") -> \(change.second ?? "")",
        ]
      }
  }

  private func outputLines(_ outputs: CheckpointComparison.Outputs) -> [String] {
    switch outputs {
    case .failed(let error):
      let reason = "\(error)".split(separator: "\n").map { String($0).printable }
      return row("outputs", "not compared: \(reason.first ?? "")")
        + reason.dropFirst().flatMap { Paragraph.wrapped($0, first: "    ", rest: "      ") }
    case .compared(let outputs, let clip, let seed, let assumptions):
      return row("outputs", "of a clip \(clip), seed \(seed): " + text(outputs))
        + assumptions.map { "    assumed: " + $0.printable }
    }
  }

  private func text(_ outputs: OutputComparison) -> String {
    var text: String
    if let maxAbs = outputs.maxAbs, let relative = outputs.relative {
      text =
        maxAbs == 0 && outputs.differing == 0
        ? "the same in every bit"
        : "max \(Number.short(maxAbs)), rel \(Number.short(relative))"
    } else {
      text = "\(outputs.shapes.0) in a, \(outputs.shapes.1) in b"
    }
    if let path = outputs.firstChange {
      text += "; first change at \(path.isEmpty ? "the network itself" : path.printable)"
    }
    return text
  }
}
