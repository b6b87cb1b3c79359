import Tensors

/// The range of a tensor's values, and the number of those that are infinite or NaN.
///
/// Complex numbers have no order, so only the second is told of them.
package struct TensorStatistics: Hashable, Sendable {
  /// The smallest or largest value of a tensor, in the digits of its type.
  package enum Extreme: Hashable, Sendable, CustomStringConvertible {
    case integer(Int)
    case float(Float)
    case double(Double)

    /// As in `3`, `0.1` or `1e-300`.
    package var description: String {
      switch self {
      case .integer(let value): "\(value)"
      case .float(let value): "\(value)"
      case .double(let value): "\(value)"
      }
    }
  }

  /// The number of infinite or NaN values; a complex value counts if either part is.
  package private(set) var nonFiniteCount = 0

  private let type: ScalarType
  private var integers: ClosedRange<Int>?
  private var numbers: ClosedRange<Double>?

  /// Reads a tensor, a piece at a time.
  ///
  /// - Throws: ``CheckpointError`` where its bytes are damaged, or there are none.
  package init(of tensor: StoredTensor) throws(CheckpointError) {
    type = tensor.scalarType
    if tensor.isQuantized || type.integers([]) == nil && type.numbers([]) == nil {
      add(try tensor.wideValues().scalars)
      return
    }
    var pieces = TensorPieces(tensor)
    while let piece = try pieces.next() {
      if let integers = type.integers(piece), !integers.contains(nil) {
        add(integers.compactMap(\.self))
      } else {
        add(type.numbers(piece) ?? [])
      }
    }
  }

  /// The smallest finite value; nil where there is none, and of complex numbers.
  package var smallest: Extreme? { extreme(\.lowerBound, \.lowerBound, min) }

  /// The largest finite value; nil where there is none, and of complex numbers.
  package var largest: Extreme? { extreme(\.upperBound, \.upperBound, max) }

  private mutating func add(_ values: [Int]) {
    guard let low = values.min(), let high = values.max() else { return }
    integers = integers.map { min($0.lowerBound, low)...max($0.upperBound, high) } ?? low...high
  }

  private mutating func add(_ values: [Double]) {
    var (low, high, count) = (Double.infinity, -Double.infinity, 0)
    for value in values where value.isFinite {
      (low, high) = (min(low, value), max(high, value))
      count += 1
    }
    if type.isComplex {
      nonFiniteCount += stride(from: 0, to: values.count, by: 2).count {
        !values[$0].isFinite || !values[$0 + 1].isFinite
      }
    } else {
      nonFiniteCount += values.count - count
    }
    guard count > 0 else { return }
    numbers = numbers.map { min($0.lowerBound, low)...max($0.upperBound, high) } ?? low...high
  }

  private func extreme(
    _ integer: (ClosedRange<Int>) -> Int, _ number: (ClosedRange<Double>) -> Double,
    _ choose: (Double, Double) -> Double
  ) -> Extreme? {
    if type.isComplex { return nil }
    guard let numbers else { return integers.map { .integer(integer($0)) } }
    // Unsigned integers, some pieces of which are beyond those with a sign.
    if let integers { return .double(choose(number(numbers), Double(integer(integers)))) }
    return type.size <= 4 ? .float(Float(number(numbers))) : .double(number(numbers))
  }
}
