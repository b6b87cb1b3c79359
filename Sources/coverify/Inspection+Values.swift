import Checkpoints
import Tensors

extension Inspection.TensorRow {
  /// Reads as much of a tensor as is asked for; what cannot be read says why.
  init(_ tensor: StoredTensor, depth: Inspection.Depth) {
    self.init(
      path: tensor.path, dtype: tensor.scalarType.name, shape: tensor.shape.axes,
      strides: tensor.strides, offset: tensor.elementOffset, storage: tensor.storageKey)
    do throws(CheckpointError) {
      if let reason = tensor.refusal {
        unreadable = reason
        return
      }
      if depth.sha256 { sha256 = try hash(of: tensor) }
      if depth.stats { try addStatistics(of: tensor) }
    } catch {
      unreadable = error.message
      // A form that is not read is no damage.
      if error.code != .unsupported { damage = error }
    }
  }

  private func hash(of tensor: StoredTensor) throws(CheckpointError) -> String {
    var hash = SHA256()
    var pieces = TensorPieces(tensor)
    while let piece = try pieces.next() { hash.update(piece) }
    return hexadecimal(hash.digest)
  }

  /// Complex numbers have no order, so of them only those that are none are counted.
  private mutating func addStatistics(of tensor: StoredTensor) throws(CheckpointError) {
    let type = tensor.scalarType
    var range = Range(type)
    if tensor.isQuantized || type.integers([]) == nil && type.numbers([]) == nil {
      range.add(try tensor.wideValues().scalars)
    } else {
      var pieces = TensorPieces(tensor)
      while let piece = try pieces.next() {
        if let integers = type.integers(piece), !integers.contains(nil) {
          range.add(integers.compactMap(\.self))
        } else {
          range.add(type.numbers(piece) ?? [])
        }
      }
    }
    nonFinite = range.nonFinite
    if !type.isComplex { (min, max) = (range.smallest, range.largest) }
  }
}

extension Inspection {
  /// The smallest or largest value of a tensor, in the digits of its type.
  enum Extreme: CustomStringConvertible {
    case integer(Int)
    case float(Float)
    case double(Double)

    var description: String {
      switch self {
      case .integer(let value): "\(value)"
      case .float(let value): "\(value)"
      case .double(let value): "\(value)"
      }
    }
  }
}

/// The values of a tensor that were seen so far.
private struct Range {
  /// How many numbers are infinite or none; of complex ones, how many have such a part.
  private(set) var nonFinite = 0

  private let type: ScalarType
  private var integers: ClosedRange<Int>?
  private var numbers: ClosedRange<Double>?

  init(_ type: ScalarType) { self.type = type }

  mutating func add(_ values: [Int]) {
    guard let low = values.min(), let high = values.max() else { return }
    integers = integers.map { min($0.lowerBound, low)...max($0.upperBound, high) } ?? low...high
  }

  mutating func add(_ values: [Double]) {
    var (low, high, count) = (Double.infinity, -Double.infinity, 0)
    for value in values where value.isFinite {
      (low, high) = (min(low, value), max(high, value))
      count += 1
    }
    if type.isComplex {
      nonFinite += stride(from: 0, to: values.count, by: 2).count {
        !values[$0].isFinite || !values[$0 + 1].isFinite
      }
    } else {
      nonFinite += values.count - count
    }
    guard count > 0 else { return }
    numbers = numbers.map { min($0.lowerBound, low)...max($0.upperBound, high) } ?? low...high
  }

  var smallest: Inspection.Extreme? { extreme(\.lowerBound, \.lowerBound, min) }

  var largest: Inspection.Extreme? { extreme(\.upperBound, \.upperBound, max) }

  private func extreme(
    _ integer: (ClosedRange<Int>) -> Int, _ number: (ClosedRange<Double>) -> Double,
    _ choose: (Double, Double) -> Double
  ) -> Inspection.Extreme? {
    guard let numbers else { return integers.map { .integer(integer($0)) } }
    // Unsigned integers, some pieces of which are beyond those with a sign.
    if let integers { return .double(choose(number(numbers), Double(integer(integers)))) }
    return type.size <= 4 ? .float(Float(number(numbers))) : .double(number(numbers))
  }
}
