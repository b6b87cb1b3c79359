import CKernels

// Products whose columns are written side by side. They are safe for the same reason as those of ``PackedMatrix``.
extension DenseLoops {
  /// Where the numbers of the right factor of a product are: that of row k and column n at
  /// `k * rowStep + n * columnStep`.
  struct RightFactor {
    let rowStep: Int
    let columnStep: Int
  }

  /// Where the columns of a product are: in runs of as many.
  struct Columns {
    /// The columns of a run.
    let count: Int
    let runs: Int
    /// The floats from the numbers of one column of the right factor to those of the next, and from run to run.
    let rightStep: Int
    let rightRun: Int
    /// The same of the output.
    let outputStep: Int
    let outputRun: Int
    /// In a column of the output, the floats from 16 rows to the next 16.
    let block: Int
    /// Whether the output has places for the rows that fill up its last 16, which become zeros.
    let isFilled: Bool
  }

  /// Multiplies a packed matrix, and writes each column of the product as a run.
  ///
  /// ```
  /// output[n * stride + r] = start + sum over k of w[r][k] * input[k * right.rowStep + n * right.columnStep]
  /// ```
  ///
  /// The products are added one by one, with the bits of
  /// ``multiply(_:group:rows:by:bases:phases:taps:from:finish:into:stride:columns:instructionSet:)``.
  ///
  /// - Parameters:
  ///   - matrix: one group.
  ///   - input: holds the right factor, from the beginning on.
  ///   - right: where its numbers are.
  ///   - start: what the sums start from.
  ///   - output: receives `columns` runs of `matrix.rows` floats.
  ///   - stride: the floats from one column of the output to the next, at least `matrix.rows`.
  ///   - columns: at least one.
  ///   - instructionSet: by default the best one.
  static func multiplyAcross(
    _ matrix: PackedMatrix, by input: Span<Float>, _ right: RightFactor,
    from start: Start = .biases, into output: inout MutableSpan<Float>, stride: Int, columns: Int,
    instructionSet: InstructionSet = .current
  ) {
    let rows = matrix.rows
    precondition(rows <= stride, "columns of \(rows) rows, \(stride) apart")
    multiplyAcross(
      matrix, from: start, by: input, rowStep: right.rowStep,
      Columns(
        count: columns, runs: 1, rightStep: right.columnStep, rightRun: 0, outputStep: stride,
        outputRun: 0, block: lineLength, isFilled: false),
      finish: nil, into: &output, instructionSet: instructionSet)
  }

  /// Multiplies a packed matrix as the function above does, with columns in runs, and rows in blocks of 16.
  ///
  /// - Parameters:
  ///   - matrix: one group.
  ///   - start: what the sums start from.
  ///   - input: holds the right factor, from the beginning on.
  ///   - rowStep: the floats from one row of the right factor to the next.
  ///   - columns: where they are; at least one.
  ///   - finish: what is done with the outputs; its channels are the rows.
  ///   - output: receives the columns.
  ///   - instructionSet: by default the best one.
  static func multiplyAcross(
    _ matrix: PackedMatrix, from start: Start = .biases, by input: Span<Float>, rowStep: Int,
    _ columns: Columns, finish: Finish?, into output: inout MutableSpan<Float>,
    instructionSet: InstructionSet = .current
  ) {
    let (rows, inner) = (matrix.rows, matrix.columns)
    precondition(matrix.groups == 1, "\(matrix.groups) groups")
    precondition(
      columns.count > 0 && columns.runs > 0 && rowStep >= 0 && columns.rightStep >= 0
        && columns.rightRun >= 0 && columns.outputStep >= 0 && columns.outputRun >= 0
        && columns.block >= 0, "columns and runs go forward")
    let (last, lastRun) = (columns.count - 1, columns.runs - 1)
    let lastRow = (columns.isFilled ? lines(rows) : rows) - 1
    // The last row of a column is in its last run of floats, which need not reach as far as the one before it.
    let (run, place) = lastRow.quotientAndRemainder(dividingBy: lineLength)
    let reach = max(
      run * columns.block + place, run > 0 ? (run - 1) * columns.block + lineLength - 1 : 0)
    precondition(
      last * columns.outputStep + lastRun * columns.outputRun + reach < output.count,
      "the product does not fit its output")
    precondition(
      inner == 0
        || (inner - 1) * rowStep + last * columns.rightStep + lastRun * columns.rightRun
          < input.count,
      "a number of the right factor is outside the input")
    let all = ck_columns(
      columns: columns.count, runs: columns.runs, right_step: columns.rightStep,
      right_run: columns.rightRun, output_step: columns.outputStep,
      output_run: columns.outputRun, block: columns.block, is_filled: columns.isFilled ? 1 : 0)
    let count = Double(columns.count * columns.runs)
    let cost = Double(inner) * max(count * nanosecondsOfProduct, nanosecondsOfWeight)
    let biases = matrix.biases.span
    matrix.withPanels { weights in
      unsafe weights.withUnsafeBufferPointer { weights in
        unsafe biases.withUnsafeBufferPointer { biases in
          unsafe input.withUnsafeBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output in
              let initial = start == .biases ? biases.baseAddress : nil
              Threads.split(rows, by: tileRows, cost: cost) { part in
                let first = part.lowerBound
                unsafe Finish.withPointer(finish, from: first, count: part.count) { finish in
                  unsafe ck_multiply_across(
                    instructionSet.rawValue, weights.baseAddress.map { unsafe $0 + first * inner },
                    part.count, matrix.height, inner, input.baseAddress, rowStep, all,
                    initial.map { unsafe $0 + first }, finish,
                    output.baseAddress.map { unsafe $0 + first / lineLength * columns.block })
                }
              }
            }
          }
        }
      }
    }
  }

  /// The floats of a line of the cache.
  static let lineLength = 16

  /// So many floats, up to the end of a line of the cache.
  static func lines(_ count: Int) -> Int { (count + lineLength - 1) / lineLength * lineLength }

  /// The floats from the beginning of a work space to that of the first line of the cache.
  ///
  /// Vectors that are in two lines take twice as long to read and to write.
  static func floatsToLine(_ work: Span<Float>) -> Int {
    unsafe work.withUnsafeBufferPointer { work in
      let place = Int(bitPattern: work.baseAddress) / MemoryLayout<Float>.stride
      return (lineLength - place % lineLength) % lineLength
    }
  }

  /// The rows of the highest tile of `across_variant.h`.
  private static let tileRows = 64
}
