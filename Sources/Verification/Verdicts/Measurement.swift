/// The result of one comparison, as numbers: it passes if `worst` is a number, at most `allowed`, and
/// came from at least one element.
public struct Measurement: Hashable, Sendable {
  /// How many elements, bits or counts were compared.
  public let elements: Int

  /// The largest difference found.
  public let worst: Double

  /// The largest difference that passes.
  public let allowed: Double

  /// Makes a result.
  public init(elements: Int, worst: Double, allowed: Double = 0) {
    self.elements = elements
    self.worst = worst
    self.allowed = allowed
  }

  /// What the numbers say; a NaN never passes.
  public var verdict: Verdict {
    guard elements > 0, !worst.isNaN, !allowed.isNaN else { return .inconclusive }
    return worst <= allowed ? .ok : .fail
  }
}

extension Comparison {
  /// The numbers that decide.
  var measurement: Measurement {
    Measurement(elements: elements, worst: worst, allowed: allowed)
  }
}
