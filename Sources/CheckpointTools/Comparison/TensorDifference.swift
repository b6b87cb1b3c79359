import Checkpoints
import Tensors

/// How two tensors of the same shape differ in their values.
package struct TensorDifference: Hashable, Sendable {
  /// The number of elements.
  package let elements: Int

  /// How many of them differ in any bit, or in value where the types differ.
  package let differing: Int

  /// The largest absolute difference; infinite where one is finite and the other is not, or where the
  /// elements are not numbers.
  package let maxAbs: Double

  /// That difference as a part of the largest finite magnitude in the first tensor.
  package let relative: Double

  /// Compares two tensors, a piece at a time.
  ///
  /// - Parameters:
  ///   - first: a tensor.
  ///   - second: a tensor of the same shape; any type.
  /// - Returns: the difference; nil where every bit is the same.
  /// - Throws: `CheckpointError` where one cannot be read.
  static func between(
    _ first: StoredTensor, _ second: StoredTensor
  ) throws(CheckpointError) -> TensorDifference? {
    var tally = Tally(types: (first.scalarType, second.scalarType))
    if first.isQuantized || second.isQuantized {
      // What their integers stand for is told by scales beside them.
      let values = (try first.wideValues().scalars, try second.wideValues().scalars)
      if tally.haveOneType, values.0 == values.1,
        try first.littleEndianBytes() == second.littleEndianBytes()
      {
        return nil
      }
      for (left, right) in zip(values.0, values.1) {
        tally.add(left, right, areSame: left == right)
      }
    } else {
      var pieces = (TensorPieces(first), TensorPieces(second))
      while let left = try pieces.0.next(), let right = try pieces.1.next() {
        tally.add(left, right)
      }
      if tally.haveOneType, tally.differing == 0 { return nil }
    }
    let magnitude = tally.largest > 0 ? try largestMagnitude(of: first) : 1
    return TensorDifference(
      elements: first.shape.count, differing: tally.differing, maxAbs: tally.largest,
      relative: tally.largest / magnitude)
  }

  /// The largest finite magnitude in a tensor; 0 where its values are not numbers.
  private static func largestMagnitude(
    of tensor: StoredTensor
  ) throws(CheckpointError) -> Double {
    func largest(_ values: [Double], _ start: Double) -> Double {
      values.reduce(start) { $1.isFinite ? max($0, $1.magnitude) : $0 }
    }
    if tensor.isQuantized { return largest(try tensor.wideValues().scalars, 0) }
    var result = 0.0
    var pieces = TensorPieces(tensor)
    while let piece = try pieces.next() {
      result = largest(tensor.scalarType.numbers(piece) ?? [], result)
    }
    return result
  }
}

/// How the elements differ that were seen so far.
private struct Tally {
  let types: (ScalarType, ScalarType)
  var differing = 0
  var largest = 0.0

  /// Whether bits can be compared.
  var haveOneType: Bool { types.0 == types.1 }

  mutating func add(_ left: Double, _ right: Double, areSame: Bool) {
    if !areSame { differing += 1 }
    guard left != right, !(left.isNaN && right.isNaN) else { return }
    let distance = (left - right).magnitude
    largest = max(largest, distance.isFinite ? distance : .infinity)
  }

  /// Adds pieces of as many elements.
  mutating func add(_ left: [UInt8], _ right: [UInt8]) {
    if haveOneType, left == right { return }
    if haveOneType, let one = types.0.integers(left), let other = types.1.integers(right) {
      // Doubles do not tell large integers apart.
      for (one, other) in zip(one, other) where one != other { add(one, other) }
      return
    }
    guard let one = types.0.numbers(left), let other = types.1.numbers(right) else {
      // Where elements are not numbers, only bits can be compared, and between types not even those.
      let width = types.0.size
      let all = stride(from: 0, to: left.count, by: width)
      differing +=
        haveOneType
        ? all.count { left[$0..<$0 + width] != right[$0..<$0 + width] } : left.count / width
      largest = .infinity
      return
    }
    let count = left.count / types.0.size
    let parts = one.count / max(count, 1)
    let width = types.0.size
    for element in 0..<count {
      let numbers = element * parts..<(element + 1) * parts
      let bytes = element * width..<(element + 1) * width
      let areSame =
        haveOneType
        ? left[bytes] == right[bytes]
        : one.count == other.count
          && numbers.allSatisfy { one[$0] == other[$0] || one[$0].isNaN && other[$0].isNaN }
      if !areSame { differing += 1 }
      guard one.count == other.count else { continue }
      for index in numbers { add(one[index], other[index], areSame: true) }
    }
    // A complex number and a real one.
    if one.count != other.count { largest = .infinity }
  }

  private mutating func add(_ left: Int?, _ right: Int?) {
    differing += 1
    // One beyond 2^63 is one of unsigned integers.
    func number(_ value: Int?) -> Double { value.map(Double.init) ?? 0x1p63 }
    var distance = (number(left) - number(right)).magnitude
    if let left, let right {
      let (exact, overflow) = left.subtractingReportingOverflow(right)
      if !overflow { distance = Double(exact.magnitude) }
    }
    largest = max(largest, distance)
  }
}
