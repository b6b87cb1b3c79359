import Checkpoints
import Tensors

/// How two tensors of the same shape differ in their values.
public struct TensorDifference: Hashable, Sendable {
  /// The number of elements.
  public let elements: Int

  /// How many of them differ in any bit, or in value where the types differ.
  public let differing: Int

  /// The largest absolute difference; infinite where one is finite and the other is not.
  public let maxAbs: Double

  /// That difference as a part of the largest finite magnitude in the first tensor.
  public let relative: Double

  /// Compares two tensors.
  ///
  /// - Parameters:
  ///   - first: a tensor.
  ///   - second: a tensor of the same shape; any type.
  /// - Returns: the difference; nil where every bit is the same.
  /// - Throws: `CheckpointError` where one cannot be read.
  static func between(
    _ first: StoredTensor, _ second: StoredTensor
  ) throws(CheckpointError) -> TensorDifference? {
    let one = try first.littleEndianBytes()
    let other = try second.littleEndianBytes()
    let haveOneType = first.scalarType == second.scalarType
    if haveOneType, one == other { return nil }
    let values = (try components(of: first), try components(of: second))
    let parts = first.shape.count == 0 ? 1 : values.0.count / first.shape.count
    var (differing, largest, magnitude) = (0, 0.0, 0.0)
    let width = first.scalarType.size
    for element in 0..<first.shape.count {
      var isSame = true
      for index in element * parts..<(element + 1) * parts {
        let (left, right) = (values.0[index], values.1[index])
        if left.isFinite { magnitude = max(magnitude, left.magnitude) }
        guard left != right, !(left.isNaN && right.isNaN) else { continue }
        isSame = false
        let distance = (left - right).magnitude
        largest = max(largest, distance.isFinite ? distance : .infinity)
      }
      if haveOneType {
        let place = element * width..<(element + 1) * width
        isSame = one[place] == other[place]
      }
      if !isSame { differing += 1 }
    }
    return TensorDifference(
      elements: first.shape.count, differing: differing, maxAbs: largest,
      relative: largest == 0 ? 0 : largest / magnitude)
  }

  /// The numbers of a tensor; of a complex one the real and imaginary parts in turn.
  private static func components(
    of tensor: StoredTensor
  ) throws(CheckpointError) -> [Double] {
    guard tensor.scalarType.isComplex else { return try tensor.wideValues().scalars }
    let (real, imaginary) = try tensor.complexValues()
    return zip(real.scalars, imaginary.scalars).flatMap { [$0, $1] }
  }
}
