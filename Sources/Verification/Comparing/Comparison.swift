import Continual
import Tensors

/// What came of comparing a tensor with what it should be, element by element.
///
/// A NaN is equal to a NaN and an infinity to the same infinity, at the same place; anything else that
/// is not finite on one side differs by infinity. NaN never compares as small. Places where both sides
/// are NaN do not count as compared: a network that yields nothing but NaN is not judged.
struct Comparison {
  /// The number of elements that are a number, or infinite, on at least one side.
  let elements: Int

  /// The largest difference; infinite where something is finite on one side only.
  let worst: Double

  /// The row-major offset of the element with the largest excess; nil where nothing differs.
  let worstOffset: Int?

  /// The largest difference that is called rounding.
  let allowed: Double

  /// The smallest difference that any element could have without a closer look.
  let screen: Double

  /// The row-major offsets of the elements beyond what is allowed.
  let exceeding: [Int]

  /// The mean of the finite differences.
  let mean: Double

  /// The root of the mean of the squares of what was wanted.
  let rms: Double

  /// The number of elements that are not finite on at least one side.
  let nonFinite: Int

  /// A bound on rounding that is too wide to decide by; nil where the comparison is decided.
  let openBound: Double?

  /// Compares two tensors of equal shape.
  init(_ got: Tensor64, _ want: Tensor64, within tolerance: Tolerance) {
    precondition(got.shape == want.shape, "compares \(got.shape) with \(want.shape)")
    var worst = 0.0
    var offset: Int?
    var exceeding: [Int] = []
    var sum = 0.0
    var nonFinite = 0
    var elements = 0
    for index in got.scalars.indices {
      let error = Comparison.difference(got.scalars[index], want.scalars[index])
      let (got, want) = (got.scalars[index], want.scalars[index])
      if !got.isNaN || !want.isNaN { elements += 1 }
      if !got.isFinite || !want.isFinite { nonFinite += 1 }
      if error.isFinite { sum += error }
      if error > worst {
        worst = error
        offset = index
      }
      if !(error <= tolerance.allowed) { exceeding.append(index) }
    }
    self.elements = elements
    self.worst = worst
    worstOffset = offset
    allowed = tolerance.allowed
    screen = tolerance.allowed
    self.exceeding = exceeding
    mean = elements == 0 ? 0 : sum / Double(elements)
    rms = want.rms
    self.nonFinite = nonFinite
    openBound = nil
  }

  /// How far two numbers are apart; infinite where one is not finite and the other another thing.
  static func difference(_ got: Double, _ want: Double) -> Double {
    if got.isFinite && want.isFinite { return abs(got - want) }
    if got.isNaN && want.isNaN { return 0 }
    // What is too large for a float is an infinity there.
    let limit = Double(Float.greatestFiniteMagnitude)
    if abs(want) > limit && got == (want < 0 ? -Double.infinity : .infinity) { return 0 }
    return got == want ? 0 : .infinity
  }
}

extension Comparison {
  /// The same comparison, where elements beyond the screen are judged by a bound of their own.
  ///
  /// An element beyond its bound differs. One within its bound is rounding, unless the bound is so
  /// wide (more than a thousandth of the rms) that it says nothing: then the element is rounding within
  /// eight deviations of what rounding does by chance, and else the comparison is open, ``openBound``
  /// is that bound, and `allowed` is not a number.
  ///
  /// - Parameters:
  ///   - bound: the largest rounding error of each element.
  ///   - deviation: the standard deviation of it; nil where nobody knows.
  ///   - got: what was computed.
  ///   - want: what should have been.
  /// - Returns: the comparison with the element that is closest to what is allowed, or farthest beyond it.
  func judged(
    by bound: Tensor64, deviation: @autoclosure () -> Tensor64? = nil, got: Tensor64,
    want: Tensor64
  ) -> Comparison {
    guard bound.shape == got.shape else { return self }
    let widest = Comparison.widestBound * rms
    // Asked for only where a bound is too wide.
    lazy var deviations = deviation().flatMap { $0.shape == got.shape ? $0 : nil }
    var beyond: [Int] = []
    var closest: (offset: Int, error: Double, limit: Double, ratio: Double)?
    var open: Double?
    for offset in exceeding {
      let error = Comparison.difference(got.scalars[offset], want.scalars[offset])
      // The oracle's own rounding is 2^-29 of what is bounded.
      var limit = max(bound.scalars[offset] * (1 + 1e-6), allowed)
      if !(error <= limit) {
        beyond.append(offset)
      } else if limit > widest {
        let usual = (deviations?.scalars[offset] ?? .nan) * Comparison.usualDeviations
        if error <= usual, usual <= widest {
          limit = max(usual, allowed)
        } else {
          open = max(open ?? 0, limit)
        }
      }
      let ratio = limit > 0 ? error / limit : .infinity
      if closest == nil || ratio > closest?.ratio ?? 0 { closest = (offset, error, limit, ratio) }
    }
    guard let closest else { return self }
    let isOpen = beyond.isEmpty && open != nil
    return Comparison(
      elements: elements, worst: closest.error, worstOffset: closest.offset,
      allowed: isOpen ? .nan : closest.limit, screen: screen, exceeding: beyond, mean: mean,
      rms: rms,
      nonFinite: nonFinite, openBound: isOpen ? open : nil)
  }

  /// A bound on rounding says nothing where it is more than this part of the rms.
  private static let widestBound = 1e-3

  /// Rounding is within so many standard deviations: twice the largest of 10.4 million elements.
  private static let usualDeviations = 8.0

  private init(
    elements: Int, worst: Double, worstOffset: Int?, allowed: Double, screen: Double,
    exceeding: [Int], mean: Double, rms: Double, nonFinite: Int, openBound: Double?
  ) {
    self.openBound = openBound
    self.elements = elements
    self.worst = worst
    self.worstOffset = worstOffset
    self.allowed = allowed
    self.screen = screen
    self.exceeding = exceeding
    self.mean = mean
    self.rms = rms
    self.nonFinite = nonFinite
  }
}
