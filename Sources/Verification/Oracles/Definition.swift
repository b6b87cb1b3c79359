import Continual
import Tensors

/// How far rounding can move the elements that a kernel computes in `Float` from their definition.
///
/// It follows from the order in which the kernel computes and from the magnitudes of what it adds, for
/// each element by itself, and never from the size of the input as a whole.
enum Rounding: Sendable {
  /// Not at all: what is only chosen or moved has the values of its definition.
  case none
  /// Each element by at most so much.
  case within([Float])
  /// Each element by at most a part of itself, and by so much more.
  case part(Double, least: Double = Rounding.least)
  /// Each element by so much as a standard deviation: a bound on a long sum is many times what
  /// rounding does, and is only asked for where eight deviations are exceeded.
  case usual([Float])
  /// The module does not know; the tolerance is that of tensors as a whole.
  case unknown(largestTerm: Double)
}

extension Rounding {
  /// The same with the numbers of all elements put into another order, or changed.
  func mapped(_ change: ([Float]) -> [Float]) -> Rounding {
    switch self {
    case .none, .unknown, .part(_, _): self
    case .within(let limits): .within(change(limits))
    case .usual(let deviations): .usual(change(deviations))
    }
  }

  /// Half a unit in the last place of a `Float`, as a part of the number; a little more, for the
  /// definition is rounded too, in `Double`.
  static let unit = 0x1p-24 * (1 + 1e-6)

  /// What the rounding of a denormal number can do.
  static let least = 0x1p-149

  /// Each element is the exact one, computed in `Double` with up to a few errors there, and rounded
  /// `times` to `Float`.
  static func rounded(times: Double = 1) -> Rounding { .part(times * unit + 1e-12) }

  /// As ``rounded(times:)`` says, of numbers that are larger than the elements.
  static func rounded(_ values: Tensor64, times: Double) -> Rounding {
    .within(values.scalars.map { Float(abs($0) * (times * unit + 1e-12) + least) })
  }
}

/// What a module should make of a clip, and how far rounding can move it.
struct Definition: Sendable {
  let values: Tensor64
  let rounding: Rounding
}

/// A module that knows how its kernel rounds.
protocol RoundingKnown: Referenced {
  /// How far rounding can move each element.
  ///
  /// - Parameters:
  ///   - values: what the elements should be.
  ///   - clip: what they are made of, (B, C, T, S…).
  /// - Returns: the rounding.
  func rounding(of values: Tensor64, from clip: Tensor64) -> Rounding
}

/// A module whose rounding is found out while its definition is computed.
protocol SumDefined: Referenced {
  /// What the module should make of a clip, with its rounding.
  func definition(_ clip: Tensor64, isSteps: Bool) throws(VerificationError) -> Definition
}

extension Referenced {
  /// What the module should make of a clip in one of its two modes, with its rounding.
  ///
  /// - Parameters:
  ///   - clip: (B, C, T, S…).
  ///   - inside: what the modules inside make of a clip.
  ///   - isSteps: whether the steps over the clip are asked for.
  /// - Returns: the definition.
  /// - Throws: ``VerificationError`` where the clip is too short or does not fit.
  func definition(
    _ clip: Tensor64, inside: any InsideReference, isSteps: Bool
  ) throws(VerificationError) -> Definition {
    if let sums = self as? any SumDefined { return try sums.definition(clip, isSteps: isSteps) }
    if let join = self as? any Joining {
      return try join.joined(clip, inside: inside, isSteps: isSteps)
    }
    let values =
      isSteps
      ? try referenceSteps(clip, inside: inside) : try reference(clip, inside: inside)
    if let known = self as? any RoundingKnown {
      return Definition(values: values, rounding: known.rounding(of: values, from: clip))
    }
    return Definition(
      values: values, rounding: .unknown(largestTerm: largestTerm(clip.narrowed)))
  }
}
