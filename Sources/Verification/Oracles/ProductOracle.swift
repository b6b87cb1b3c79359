import Foundation
import Tensors

/// Numbers that a definition can be computed in: `Double`, and `Float` to measure its rounding.
protocol OracleScalar: BinaryFloatingPoint, Sendable {}

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
    self.matrix = matrix.scalars.map { Scalar($0) }
    self.bias =
      bias.map { $0.scalars.map { Scalar($0) } } ?? [Scalar](repeating: 0, count: matrix.shape[0])
  }

  func callAsFunction(_ x: [Scalar]) -> [Scalar] {
    bias.indices.map { row in
      var sum = bias[row]
      for column in 0..<columns { sum += matrix[row * columns + column] * x[column] }
      return sum
    }
  }
}

/// How far a definition in `Float` is from itself in `Double`, where both are finite.
func largestDifference(_ exact: Tensor64, _ rounded: Tensor) -> Double {
  zip(exact.scalars, rounded.scalars).reduce(0) { worst, pair in
    let difference = abs(pair.0 - Double(pair.1))
    return difference.isFinite ? max(worst, difference) : worst
  }
}
