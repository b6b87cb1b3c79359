import CKernels

// Products of a few rows of a work space, as of queries or of weights of frames, with a matrix that is kept
// elsewhere. They are safe for the same reason as those of ``PackedMatrix``.
extension DenseLoops {
  /// The places of the rows of a matrix: at equal distances, the first one at the beginning.
  struct EvenRows: Sendable {
    let stride: Int
    fileprivate let offsets: [Int]

    /// - Parameters:
    ///   - count: how many rows there are at most.
    ///   - stride: the floats from one to the next.
    init(_ count: Int, stride: Int) {
      precondition(count >= 0 && stride >= 0, "\(count) rows, \(stride) apart")
      self.stride = stride
      offsets = (0..<count).map { $0 * stride }
    }
  }

  /// The rows of factors that are multiplied at once at most.
  static let mostRows = 8

  private static let zeros = [Float](repeating: 0, count: mostRows)

  /// Multiplies up to eight rows of factors with a matrix.
  ///
  /// ```
  /// work[output + r * stride + n] = start + sum over k of factor[r][k] * matrix[k * rows.stride + n]
  /// ```
  ///
  /// Products are added one by one, in order, so that a result has the same bits wherever its row and its
  /// column are.
  ///
  /// - Parameters:
  ///   - factors: where they are in the work space; for each row k of the matrix, those of all rows of the
  ///     result, one if there is one, and otherwise a run of eight, of which the last ones may be anything.
  ///   - count: the rows of the result.
  ///   - matrix: its rows start at the beginning.
  ///   - rows: where they are.
  ///   - work: what holds factors and output.
  ///   - output: where the result goes, apart from the factors.
  ///   - stride: the floats from one row of it to the next, at least `columns`.
  ///   - columns: the numbers in a row, at least one.
  ///   - continues: whether sums start from what is in the output instead of zero.
  static func multiplyRows(
    _ factors: Range<Int>, _ count: Int = 1, by matrix: Span<Float>, _ rows: EvenRows,
    within work: inout MutableSpan<Float>, into output: Int, stride: Int, columns: Int,
    continues: Bool = false
  ) {
    let height = count == 1 ? 1 : mostRows
    let inner = factors.count / height
    precondition(
      count > 0 && count <= mostRows && inner * height == factors.count
        && inner <= rows.offsets.count, "\(factors) are not \(count) rows of factors")
    precondition(columns > 0 && columns <= stride, "\(columns) columns, rows \(stride) apart")
    precondition(
      inner == 0 || (inner - 1) * rows.stride + columns <= matrix.count,
      "\(inner) rows of \(columns) of a matrix of \(matrix.count)")
    let target = output..<output + (count - 1) * stride + columns
    precondition(
      factors.lowerBound >= 0 && output >= 0 && factors.upperBound <= work.count
        && target.upperBound <= work.count && !factors.overlaps(target),
      "\(factors) and \(target) of \(work.count)")
    let (offsets, origin, zeros) = (rows.offsets.span, DenseLoops.origin, zeros)
    let bases = origin.span
    let start = zeros.span
    unsafe work.withUnsafeMutableBufferPointer { work in
      guard let base = work.baseAddress else { return }
      unsafe matrix.withUnsafeBufferPointer { matrix in
        unsafe bases.withUnsafeBufferPointer { bases in
          unsafe offsets.withUnsafeBufferPointer { offsets in
            unsafe start.withUnsafeBufferPointer { start in
              let source = unsafe ck_taps(
                input: matrix.baseAddress, bases: bases.baseAddress, base_count: 1,
                offsets: offsets.baseAddress, offset_count: inner, repeats: 1, step: 0,
                phases: nil, length: 0)
              unsafe ck_multiply(
                InstructionSet.current.rawValue, base + factors.lowerBound, count, height, source,
                continues ? nil : start.baseAddress, nil, base + output, stride, columns)
            }
          }
        }
      }
    }
  }
}
