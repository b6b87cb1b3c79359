import CKernels

/// Swift's side of the loops in double precision.
///
/// Why this is safe: what is passed on is compared with the bounds of the spans before the call, the pointers do
/// not outlive it, and the loops read and write only what their header says.
package enum DoubleLoops {
  /// A product of two matrices, row by row; each sum goes over the inner places in order.
  ///
  /// - Parameters:
  ///   - left: (rows, inner).
  ///   - right: (inner, columns).
  ///   - result: receives (rows, columns); stays as it is where the sums have no terms.
  ///   - rows: of the left factor and the result.
  ///   - inner: the columns of the left factor, and the rows of the right one.
  ///   - columns: of the right factor and the result.
  ///   - instructionSet: by default the best one; all give the same bits.
  package static func multiply(
    _ left: Span<Double>, _ right: Span<Double>, into result: inout MutableSpan<Double>, rows: Int,
    inner: Int, columns: Int, instructionSet: InstructionSet = .current
  ) {
    precondition(rows >= 0 && inner >= 0 && columns >= 0)
    precondition(left.count >= rows * inner && right.count >= inner * columns)
    precondition(result.count >= rows * columns)
    guard inner > 0 else { return }
    unsafe left.withUnsafeBufferPointer { left in
      unsafe right.withUnsafeBufferPointer { right in
        unsafe result.withUnsafeMutableBufferPointer { result in
          guard let target = result.baseAddress, let one = left.baseAddress,
            let other = right.baseAddress
          else { return }
          let isMade = unsafe ck_multiply_doubles(
            instructionSet.rawValue, one, other, target, rows, inner, columns)
          precondition(isMade != 0, "no memory for a row of panels of a matrix")
        }
      }
    }
  }
}
