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
    guard shape == other.shape else { return false }
    let (own, others) = (scalars.span, other.scalars.span)
    var start = 0
    while start < own.count {
      let block = start..<min(start + 1024, own.count)
      start = block.upperBound
      var difference: UInt32 = 0
      for index in block { difference |= own[index].bitPattern ^ others[index].bitPattern }
      // Where bits differ, both may be NaN.
      if difference != 0, !block.allSatisfy({ own[$0].hasSameBits(as: others[$0]) }) {
        return false
      }
    }
    return true
  }
}
