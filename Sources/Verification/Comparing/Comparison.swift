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
    self.init(got, want) { _ in tolerance.allowed }
  }

  /// Compares what was computed in `Float` with its definition, each element with its own limit.
  ///
  /// - Parameters:
  ///   - got: what was computed.
  ///   - want: what should have been.
  ///   - limits: for each element, how far it may be off.
  ///   - factor: what the limits are multiplied by.
  init(_ got: Tensor, _ want: Tensor64, limits: [Float], times factor: Double = 1) {
    precondition(limits.count == want.shape.count, "a limit for each element")
    let (gotSpan, wantSpan, limits) = (got.scalars.span, want.scalars.span, limits.span)
    self.init(
      got, want,
      quiet: { block, worst in
        QuietBlocks.sums(
          of: block, gotSpan, wantSpan, each: limits, factor: factor, worst: worst)
      },
      { Double(limits[$0]) * factor })
  }

  /// Compares what was computed in `Float` with its definition, each element with a part of itself, and
  /// `least` more, as its limit.
  init(_ got: Tensor, _ want: Tensor64, part: Double, least: Double) {
    let (gotSpan, wantSpan) = (got.scalars.span, want.scalars.span)
    self.init(
      got, want,
      quiet: { block, worst in
        QuietBlocks.sums(
          of: block, gotSpan, wantSpan, factor: part, least: least, worst: worst)
      },
      { abs(wantSpan[$0]) * part + least })
  }

  /// Compares two tensors of equal shape, each element with its own limit.
  init(_ got: Tensor64, _ want: Tensor64, limits: [Double]) {
    precondition(limits.count == want.shape.count, "a limit for each element")
    self.init(got, want) { limits[$0] }
  }

  /// Compares what was computed in `Float` with its definition.
  init(_ got: Tensor, _ want: Tensor64, within tolerance: Tolerance) {
    let (gotSpan, wantSpan) = (got.scalars.span, want.scalars.span)
    self.init(
      got, want,
      quiet: { block, worst in
        QuietBlocks.sums(
          of: block, gotSpan, wantSpan, factor: 0, least: tolerance.allowed, worst: worst)
      },
      { _ in tolerance.allowed })
  }

  /// The element that is closest to its limit, or farthest beyond.
  typealias Worst = (error: Double, limit: Double, offset: Int)

  /// Compares in one pass.
  ///
  /// - Parameters:
  ///   - got: what was computed.
  ///   - want: what should have been.
  ///   - quiet: the sums of a block of elements in which nothing is remarkable; nil where something is,
  ///     and its elements are looked at one by one.
  ///   - limit: how far an element may be off.
  @inline(__always)
  private init<Scalar>(
    _ got: DenseTensor<Scalar>, _ want: Tensor64,
    quiet: (_ block: Range<Int>, _ worst: Worst) -> QuietBlocks.Sums? = { _, _ in nil },
    _ limit: (_ index: Int) -> Double
  ) {
    precondition(got.shape == want.shape, "compares \(got.shape) with \(want.shape)")
    var worst: Worst = (0, 0, -1)
    var largest = 0.0
    var exceeding: [Int] = []
    var (sum, squares) = (0.0, 0.0)
    var (nonFinite, nothing, infinite) = (0, 0, 0)
    let (gotSpan, wantSpan) = (got.scalars.span, want.scalars.span)
    var start = 0
    while start < wantSpan.count {
      let block = start..<min(start + QuietBlocks.size, wantSpan.count)
      start = block.upperBound
      if let sums = quiet(block, worst) {
        sum += sums.errors
        squares += sums.squares
        largest = max(largest, sums.largestLimit)
        continue
      }
      for index in block {
        let wanted = wantSpan[index]
        let own = Double(gotSpan[index])
        var error = abs(own - wanted)
        let limit = limit(index)
        // What is not finite has no limit, and must be the same.
        if limit > largest, limit < .infinity { largest = limit }
        if error < .infinity {
          sum += error
          squares += wanted * wanted
        } else {
          error = Comparison.difference(own, wanted)
          nonFinite += own.isFinite && wanted.isFinite ? 0 : 1
          nothing += own.isNaN && wanted.isNaN ? 1 : 0
          infinite += wanted.isFinite ? 0 : 1
          if wanted.isFinite { squares += wanted * wanted }
          if error.isFinite { sum += error }
        }
        // The quotients are compared without dividing; any difference is beyond a limit of zero.
        if error * worst.limit > worst.error * limit
          || (error > worst.error && (limit <= worst.limit || worst.offset < 0))
        {
          worst = (error, limit, index)
        }
        if !(error <= limit && (limit < .infinity || error < .infinity)) && error != 0 {
          exceeding.append(index)
        }
      }
    }
    let count = want.shape.count
    elements = count - nothing
    self.worst = worst.error
    worstOffset = worst.offset < 0 ? nil : worst.offset
    allowed = worst.offset < 0 ? largest : worst.limit.isNaN ? 0 : worst.limit
    screen = largest
    self.exceeding = exceeding
    mean = elements == 0 ? 0 : sum / Double(elements)
    rms = count == infinite ? 0 : (squares / Double(count - infinite)).squareRoot()
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
      var limit = bound.scalars[offset] * (1 + 1e-6)
      if !(error <= limit) {
        beyond.append(offset)
      } else if limit > widest {
        let usual = (deviations?.scalars[offset] ?? .nan) * Comparison.usualDeviations
        if error <= usual, usual <= widest {
          limit = usual
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

  /// The same comparison; open where an element is off by more than a thousandth of the rms, and within a
  /// limit that is still wider.
  ///
  /// - Parameters:
  ///   - got: what was computed.
  ///   - want: what should have been.
  ///   - limit: what an element was compared within.
  /// - Returns: the comparison.
  func openWhereTooWide(
    _ got: Tensor, _ want: Tensor64, _ limit: (_ index: Int) -> Double
  ) -> Comparison {
    let widest = Comparison.widestBound * rms
    guard exceeding.isEmpty, rms > 0, screen > widest else { return self }
    var open: (error: Double, limit: Double, offset: Int)?
    for offset in want.scalars.indices {
      let limit = limit(offset)
      guard limit > widest else { continue }
      let error = Comparison.difference(Double(got.scalars[offset]), want.scalars[offset])
      if error > max(widest, open?.error ?? 0) { open = (error, limit, offset) }
    }
    guard let open else { return self }
    return Comparison(
      elements: elements, worst: open.error, worstOffset: open.offset, allowed: .nan,
      screen: screen, exceeding: [], mean: mean, rms: rms, nonFinite: nonFinite,
      openBound: open.limit)
  }

  /// A bound on rounding says nothing where it is more than this part of the rms.
  private static let widestBound = 1e-3

  /// Rounding is within so many standard deviations: twice the largest of 10.4 million elements.
  static let usualDeviations = 8.0

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
