// A few bytes of a file can claim sizes of any kind, whose sums and products stop at the largest number.

extension Int {
  /// The sum, or the largest number where that does not fit.
  package func plus(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }

  /// The product, or the largest number where that does not fit.
  package func times(_ other: Int) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? .max : product
  }
}
