import Continual
import Foundation
import Tensors

/// Numbers that a definition can be computed in: `Double`, `Float` to measure its rounding, and
/// ``NoisyNumber`` to know how large it usually is.
protocol OracleScalar: Comparable, ExpressibleByIntegerLiteral, Sendable {
  init(_ number: Double)

  static func + (left: Self, right: Self) -> Self
  static func - (left: Self, right: Self) -> Self
  static func * (left: Self, right: Self) -> Self
  static func / (left: Self, right: Self) -> Self

  func squareRoot() -> Self

  /// This sum and one more product.
  func adding(_ weight: Self, times factor: Self) -> Self

  /// Zero where this is negative.
  func rectified() -> Self

  /// What a function makes of it.
  ///
  /// - Parameters:
  ///   - function: is computed in `Double` and rounded once.
  ///   - slope: its derivative.
  /// - Returns: the rounded result.
  func mapped(_ function: (Double) -> Double, slope: (Double) -> Double) -> Self

  /// The powers of e with these exponents, as parts of their sum.
  static func softmax(_ exponents: [Self]) -> [Self]

  /// Numbers less their mean, by the root of their variance and `eps`, times weights and with biases.
  static func normalized(
    _ numbers: [Self], eps: Double, weight: [Double]?, bias: [Double]?
  ) -> [Self]
}

extension OracleScalar where Self: BinaryFloatingPoint {
  func adding(_ weight: Self, times factor: Self) -> Self { self + weight * factor }

  func rectified() -> Self { self < 0 ? 0 : self }

  func mapped(_ function: (Double) -> Double, slope: (Double) -> Double) -> Self {
    Self(function(Double(self)))
  }

  static func softmax(_ exponents: [Self]) -> [Self] {
    let largest = exponents.max() ?? 0
    let powers = exponents.map { Self(exp(Double($0 - largest))) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  static func normalized(
    _ numbers: [Self], eps: Double, weight: [Double]?, bias: [Double]?
  ) -> [Self] {
    let count = Self(Double(numbers.count))
    let mean = numbers.reduce(0, +) / count
    let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    let deviation = (variance + Self(eps)).squareRoot()
    return numbers.indices.map { index in
      (numbers[index] - mean) / deviation * Self(weight?[index] ?? 1) + Self(bias?[index] ?? 0)
    }
  }
}

extension Double: OracleScalar {}
extension Float: OracleScalar {}

/// A matrix product by its definition: each sum starts at the bias and runs along the row.
struct ProductOracle<Scalar: OracleScalar> {
  private let columns: Int
  /// The rows, one after the other.
  private let matrix: [Scalar]
  private let bias: [Scalar]

  /// - Parameters:
  ///   - matrix: (out, in).
  ///   - bias: (out), or nil.
  init(_ matrix: Tensor, _ bias: Tensor? = nil) {
    columns = matrix.shape[1]
    self.matrix = matrix.scalars.map { Scalar(Double($0)) }
    self.bias =
      bias.map { $0.scalars.map { Scalar(Double($0)) } }
      ?? [Scalar](repeating: 0, count: matrix.shape[0])
  }

  func callAsFunction(_ x: [Scalar]) -> [Scalar] {
    bias.indices.map { row in
      var sum = bias[row]
      for column in 0..<columns {
        sum = sum.adding(matrix[row * columns + column], times: x[column])
      }
      return sum
    }
  }
}

/// The frames that a definition made of a clip.
struct OracleFrames<Scalar: OracleScalar> {
  /// The elements of each frame, in row-major order.
  let frames: [[Scalar]]
  /// The shape of a frame, (B, C, S…).
  let shape: Shape

  /// All of them as a clip (B, C, T, S…), of one number of each element.
  func clip(_ number: (Scalar) -> Double) -> Tensor64 {
    Tensor64(frames: frames.map { $0.map(number) }, of: shape)
  }
}

extension OracleFrames where Scalar == Double {
  var values: Tensor64 { clip { $0 } }

  /// How far what was computed in `Float` is from this, where both are finite.
  func largestDifference(from rounded: OracleFrames<Float>) -> Double {
    zip(frames.joined(), rounded.frames.joined()).reduce(0) { worst, pair in
      let difference = abs(pair.0 - Double(pair.1))
      return difference.isFinite ? max(worst, difference) : worst
    }
  }
}

extension OracleFrames where Scalar == NoisyNumber {
  /// The values, and the deviations of their rounding.
  ///
  /// Eight of them are no more than the tolerance of tensors as a whole, which also stands for them where a
  /// deviation is not a number, as of a difference of infinities.
  var definition: Definition {
    let values = clip(\.value)
    let deviations = clip { $0.variance.squareRoot() }.scalars
    let most =
      Tolerance(for: values, scale: values.largestMagnitude).allowed / Comparison.usualDeviations
    return Definition(
      values: values, rounding: .usual(deviations.map { Float($0 < most ? $0 : most) }))
  }
}
