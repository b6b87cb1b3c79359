import Continual

/// A number, and how far off it usually is where it is computed in `Float`.
///
/// Each operation rounds its result by at most half a unit in the last place, up or down by chance, which
/// has a variance of a third of that squared. What its operands are off by already goes on by the slope of
/// the operation, and the errors of different operands add up as independent ones do. They need not be
/// independent: where a recurrent network feeds one error through many weights of a sign, it is off by
/// more than this says. So this is a screen, and what is beyond it is judged by the measured noise.
struct NoisyNumber: OracleScalar {
  let value: Double
  /// Of its error.
  let variance: Double

  private init(value: Double, variance: Double) {
    self.value = value
    self.variance = variance
  }

  /// A number that is rounded itself.
  private init(rounding value: Double, variance: Double) {
    self.init(
      value: value, variance: variance + NoisyNumber.part * value * value + NoisyNumber.least)
  }

  /// A number without an error.
  init(_ number: Double) { self.init(value: number, variance: 0) }

  init(integerLiteral value: Int) { self.init(Double(value)) }

  private static let part = Rounding.unit * Rounding.unit / 3
  private static let least = Rounding.least * Rounding.least / 12
  private static let fusesProducts = InstructionSet.current.fusesProducts

  static func < (left: NoisyNumber, right: NoisyNumber) -> Bool { left.value < right.value }

  static func + (left: NoisyNumber, right: NoisyNumber) -> NoisyNumber {
    NoisyNumber(rounding: left.value + right.value, variance: left.variance + right.variance)
  }

  static func - (left: NoisyNumber, right: NoisyNumber) -> NoisyNumber {
    NoisyNumber(rounding: left.value - right.value, variance: left.variance + right.variance)
  }

  static func * (left: NoisyNumber, right: NoisyNumber) -> NoisyNumber {
    NoisyNumber(rounding: left.value * right.value, variance: variance(left, right))
  }

  static func / (left: NoisyNumber, right: NoisyNumber) -> NoisyNumber {
    let quotient = left.value / right.value
    return NoisyNumber(
      rounding: quotient,
      variance: (left.variance + quotient * quotient * right.variance)
        / (right.value * right.value))
  }

  /// Of a product, before it is rounded.
  private static func variance(_ left: NoisyNumber, _ right: NoisyNumber) -> Double {
    left.value * left.value * right.variance + right.value * right.value * left.variance
      + left.variance * right.variance
  }

  func squareRoot() -> NoisyNumber {
    mapped({ $0.squareRoot() }, slope: { 0.5 / $0.squareRoot() })
  }

  /// Where products are fused with their additions, as kernels do, they are not rounded.
  func adding(_ weight: NoisyNumber, times factor: NoisyNumber) -> NoisyNumber {
    guard NoisyNumber.fusesProducts else { return self + weight * factor }
    return NoisyNumber(
      rounding: value + weight.value * factor.value,
      variance: variance + NoisyNumber.variance(weight, factor))
  }

  /// A number that is so little below zero that rounding may have made it positive keeps its error.
  func rectified() -> NoisyNumber {
    guard value < 0 else { return self }
    let isSure = value * value > 100 * variance
    return NoisyNumber(value: 0, variance: isSure ? 0 : variance)
  }

  func mapped(_ function: (Double) -> Double, slope: (Double) -> Double) -> NoisyNumber {
    let slope = slope(value)
    return NoisyNumber(
      rounding: function(value), variance: slope == 0 ? 0 : slope * slope * variance)
  }

  /// An error of an exponent moves its own part by what the others have, and the others by what it has.
  ///
  /// The power, the sum and the quotient are rounded.
  static func softmax(_ exponents: [NoisyNumber]) -> [NoisyNumber] {
    let parts = Double.softmax(exponents.map(\.value))
    let all = zip(parts, exponents).reduce(0) { $0 + $1.0 * $1.0 * $1.1.variance }
    return zip(parts, exponents).map { part, exponent in
      let others = all - part * part * exponent.variance
      let own = (1 - part) * (1 - part) * exponent.variance
      return NoisyNumber(
        rounding: part,
        variance: part * part * (max(others, 0) + own + 2 * NoisyNumber.part))
    }
  }

  /// Kernels compute mean, variance and result in `Double`, so that only the result is rounded.
  ///
  /// An error of an input also moves mean and variance, and so all results.
  static func normalized(
    _ numbers: [NoisyNumber], eps: Double, weight: [Double]?, bias: [Double]?
  ) -> [NoisyNumber] {
    let count = Double(numbers.count)
    let mean = numbers.reduce(0) { $0 + $1.value } / count
    let distances = numbers.map { $0.value - mean }
    let spread = distances.reduce(0) { $0 + $1 * $1 } / count + eps
    let ofMean = numbers.reduce(0) { $0 + $1.variance } / (count * count)
    let ofSpread =
      zip(distances, numbers).reduce(0) { $0 + $1.0 * $1.0 * $1.1.variance }
      / (count * count * spread * spread)
    return numbers.indices.map { index in
      let scale = (weight?[index] ?? 1) / spread.squareRoot()
      let distance = distances[index]
      return NoisyNumber(
        rounding: distance * scale + (bias?[index] ?? 0),
        variance: scale * scale
          * (numbers[index].variance + ofMean + distance * distance * ofSpread))
    }
  }
}
