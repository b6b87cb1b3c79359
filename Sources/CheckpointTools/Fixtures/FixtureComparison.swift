import Checkpoints
import Tensors
import TextLayout
import TorchModels
import Verification

/// What a fixture that was recorded anew has that the one before has not.
package struct FixtureComparison: Sendable {
  /// What is compared, and what came of it, as `forward` and `(1, 8, 14), 1.2e-3 apart of rms 0.8`.
  package let rows: [(title: String, text: String)]

  /// Whether all numbers are the same.
  package let isSame: Bool

  /// Compares two fixtures.
  ///
  /// - Parameters:
  ///   - old: what was recorded before; nil where nothing was.
  ///   - new: what was recorded now.
  package init(_ old: Fixture?, _ new: Fixture) {
    guard let old else {
      isSame = false
      rows = [
        ("new", "nothing was recorded before"), ("model", FixtureComparison.model(new)),
        ("clip", "\(new.input.shape)"),
        ("forward", "\(new.reference.forward?.shape ?? Shape([]))"),
      ]
      return
    }
    let outputs = [
      ("forward", old.reference.forward, new.reference.forward),
      ("steps", old.reference.steps, new.reference.steps),
    ].map { ($0.0, FixtureComparison.difference($0.1, $0.2)) }
    let modules = FixtureComparison.modules(old, new)
    let model =
      old.sha256 == new.sha256
      ? FixtureComparison.model(new) + ", the same file"
      : "\(new.model), sha256 \(old.sha256.prefix(8)) -> \(new.sha256.prefix(8))"
    let clip =
      old.input.shape != new.input.shape
      ? "\(old.input.shape) -> \(new.input.shape)"
      : "\(new.input.shape), \(old.input == new.input ? "the same" : "other numbers")"
    rows =
      [("model", model), ("clip", clip)] + outputs.map { ($0.0, $0.1.text) }
      + [("modules", modules.text)]
    isSame = old.input == new.input && outputs.allSatisfy(\.1.isSame) && modules.isSame
  }

  private static func model(_ fixture: Fixture) -> String {
    "\(fixture.model), sha256 \(fixture.sha256.prefix(8))"
  }

  /// Something, and whether it is the same in both.
  private typealias Finding = (text: String, isSame: Bool)

  private static func difference(_ old: Tensor64?, _ new: Tensor64?) -> Finding {
    guard let old, let new else {
      return (old == nil ? new == nil ? "none" : "new" : "gone", old == nil && new == nil)
    }
    guard old.shape == new.shape else { return ("\(old.shape) -> \(new.shape)", false) }
    let error = difference(old.scalars, new.scalars)
    guard error != 0 else { return ("\(new.shape), the same numbers", true) }
    return (
      "\(new.shape), \(Number.short(error)) apart, of rms \(Number.short(old.rms))", false
    )
  }

  private static func difference(_ old: [Double], _ new: [Double]) -> Double {
    zip(old, new).reduce(0) { worst, pair in
      let isSame = pair.0 == pair.1 || pair.0.isNaN && pair.1.isNaN
      let error = isSame ? 0 : abs(pair.0 - pair.1)
      return error.isNaN ? .infinity : max(worst, error)
    }
  }

  /// Which modules make something else.
  private static func modules(_ old: Fixture, _ new: Fixture) -> Finding {
    let (before, now) = (outputs(of: old), outputs(of: new))
    let known = Dictionary(before.map { ($0.path, $0.numbers) }) { first, _ in first }
    let names = Set(now.map(\.path))
    var changed: [(path: String, error: Double)] = []
    for module in now {
      guard let numbers = known[module.path] else { continue }
      let error =
        numbers.count == module.numbers.count
        ? difference(numbers, module.numbers) : .infinity
      if error > 0 { changed.append((module.path, error)) }
    }
    var parts: [String] = []
    if let first = changed.first {
      let error = first.error.isFinite ? Number.short(first.error) + " apart" : "of another size"
      parts.append(
        "\(changed.count) of \(now.count) make something else, first \(first.path), \(error)")
    }
    for (word, paths) in [
      ("new", now.map(\.path).filter { known[$0] == nil }),
      ("gone", before.map(\.path).filter { !names.contains($0) }),
    ] where !paths.isEmpty {
      let rest = paths.count > 3 ? " and \(paths.count - 3) more" : ""
      parts.append("\(word): \(paths.prefix(3).joined(separator: ", "))\(rest)")
    }
    guard parts.isEmpty else { return (parts.joined(separator: "; "), false) }
    return ("all \(now.count) make the same", true)
  }

  private static func outputs(of fixture: Fixture) -> [(path: String, numbers: [Double])] {
    fixture.reference.layers.map { ($0.path, $0.output.scalars) }
      + fixture.samples.map { ($0.path, $0.values) }
  }
}
