extension Float {
  /// Whether all bits are those of another number.
  ///
  /// All NaN count as the same: which of them comes out of an operation is not defined.
  package func hasSameBits(as other: Float) -> Bool {
    bitPattern == other.bitPattern || (isNaN && other.isNaN)
  }
}

extension DenseTensor where Scalar == Float {
  /// The number of elements whose bits differ from those of another tensor of the same shape; all NaN
  /// count as the same.
  package func bitsDiffering(from other: Tensor) -> Int {
    precondition(shape == other.shape, "compares \(shape) with \(other.shape)")
    return zip(scalars, other.scalars).count { !$0.hasSameBits(as: $1) }
  }

  /// Whether shape and all bits are those of another tensor; all NaN count as the same.
  package func hasSameBits(as other: Tensor) -> Bool {
    shape == other.shape && bitsDiffering(from: other) == 0
  }
}
