import CheckpointTools
import Checkpoints
import PlainData
import Tensors
import TorchModels
import Verification

extension DifferenceScreen {
  /// A page of text.
  func human(top: Int) -> String {
    var lines = ["a  \(first.printable)", "b  \(second.printable)"]
    lines += structureLines(top) + valueLines(top) + besideLines(top)
    if let outputs { lines += outputLines(outputs) }
    let code = exitCode
    let word = code == .trouble ? "not all could be read" : "\(code)"
    lines.append("verdict: \(word) (exit \(code.rawValue))")
    if code == .inconclusive {
      lines.append("  outputs were not compared; leave them out with --weights-only")
    }
    return lines.joined(separator: "\n")
  }

  private func row(_ title: String, _ text: String) -> [String] {
    HumanFormat.wrapped(
      text, first: "  " + title + String(repeating: " ", count: 11 - title.count),
      rest: String(repeating: " ", count: 13))
  }

  /// A row for each thing, as far as they are to be listed.
  private func rows<Thing>(
    _ things: some Collection<Thing>, _ top: Int, _ cells: (Thing) -> [String]
  ) -> [String] {
    TextTable.lines(things.prefix(top).map(cells))
      + (things.count > top ? ["    … and \(Number.grouped(things.count - top)) more"] : [])
  }

  private func structureLines(_ top: Int) -> [String] {
    let reshaped = weights.pairs.filter(isReshaped)
    let retyped = weights.pairs.filter(isRetyped)
    var lines = row(
      "structure",
      "\(Number.count(commonCount, "tensor")) in both; "
        + (weights.renamed.isEmpty ? "" : "\(weights.renamed.count) renamed, ")
        + "\(weights.onlyInFirst.count) only in a, \(weights.onlyInSecond.count) only in b, "
        + "\(reshaped.count) reshaped, \(retyped.count) retyped"
        + (weights.isOrderSame ? "" : ", in another order"))
    for note in weights.notes { lines.append("    " + note) }
    lines += rows(Renamed.groups(of: weights.renamed), top) { group in
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
      lines += rows(singles, top) { single in
        [
          title, single.name.isEmpty ? "." : single.name, single.shape.description,
          single.near.map { "did you mean \($0)?" } ?? "",
        ]
      }
    }
    lines += rows(reshaped, top) { ["reshaped", $0.name, "\($0.shapes.0) -> \($0.shapes.1)"] }
    lines += rows(retyped, top) {
      ["retyped", $0.name, "\($0.types.0.name) -> \($0.types.1.name)"]
    }
    for (title, groups) in [("a", weights.sharedOnlyInFirst), ("b", weights.sharedOnlyInSecond)] {
      lines += rows(groups, top) { ["one storage only in \(title)", $0.joined(separator: ", ")] }
    }
    return lines
  }

  private func valueLines(_ top: Int) -> [String] {
    let unreadable = weights.pairs.filter { $0.reason != nil }
    guard commonCount > 0 else { return row("weights", "no tensor is in both") }
    let comparable = weights.pairs.filter { !isReshaped($0) }
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
      "\(changed.count) of \(Number.count(commonCount, "tensor")) "
        + "differ, in \(Number.grouped(elements)) of "
        + Number.count(weights.elementCount, "element"))
    lines += rows(changed, top) { pair, difference in
      [
        pair.name, "\(difference.differing)/\(difference.elements) elements",
        "max \(Number.short(difference.maxAbs))", "rel \(Number.short(difference.relative))",
        isAccepted(pair) ? "accepted" : "",
      ]
    }
    return lines + TextTable.lines(unreadable.map { [$0.name, "unreadable: \($0.reason ?? "")"] })
  }

  private func besideLines(_ top: Int) -> [String] {
    var parts: [String] = []
    if !entries.changes.isEmpty {
      parts.append("\(Number.count(entries.changes.count, "value")) that no network computes with")
    }
    if otherTensors != (0, 0) {
      parts.append(
        "\(otherTensors.0) tensors of a and \(otherTensors.1) of b are no weights, and not compared"
      )
    }
    if !entries.isComplete { parts.append("not all values were looked at, there are very many") }
    guard !parts.isEmpty else { return [] }
    return row("beside", parts.joined(separator: "; "))
      + rows(entries.changes, top) { change in
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

  private func outputLines(_ outputs: Outputs) -> [String] {
    guard outputs.compared, let clip = outputs.clip else {
      let reason = (outputs.reason ?? "").split(separator: "\n").map { String($0).printable }
      return row("outputs", "not compared: \(reason.first ?? "")")
        + reason.dropFirst().flatMap { HumanFormat.wrapped($0, first: "    ", rest: "      ") }
    }
    var text = ""
    if let maxAbs = outputs.maxAbs, let relative = outputs.relative {
      text =
        maxAbs == 0 && outputs.differing == 0
        ? "the same in every bit"
        : "max \(Number.short(maxAbs)), rel \(Number.short(relative))"
    } else {
      text = "\(Shape(outputs.shapeA ?? [])) in a, \(Shape(outputs.shapeB ?? [])) in b"
    }
    if let path = outputs.firstChange {
      text += "; first change at \(path.isEmpty ? "the network itself" : path.printable)"
    }
    return row("outputs", "of a clip \(Shape(clip)), seed \(outputs.seed ?? 0): " + text)
      + outputs.assumptions.map { "    assumed: " + $0.printable }
  }
}
