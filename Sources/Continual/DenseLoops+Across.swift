import CKernels

// Products whose columns are written side by side. They are safe for the same reason as those of ``PackedMatrix``.
extension DenseLoops {
  /// Where the numbers of the right factor of a product are: that of row k and column n at
  /// `k * rowStep + n * columnStep`.
  struct RightFactor {
    let rowStep: Int
    let columnStep: Int
  }

  /// Multiplies a packed matrix, and writes each column of the product as a run.
  ///
  /// ```
  /// output[n * stride + r] = start + sum over k of w[r][k] * input[k * right.rowStep + n * right.columnStep]
  /// ```
  ///
  /// The products are added one by one, with the bits of
  /// ``multiply(_:group:by:bases:phases:taps:from:finish:into:stride:columns:instructionSet:)``.
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
    let (rows, inner) = (matrix.rows, matrix.columns)
    precondition(matrix.groups == 1, "\(matrix.groups) groups")
    precondition(columns > 0 && rows <= stride, "\(columns) columns of \(rows), \(stride) apart")
    precondition(
      (columns - 1) * stride + rows <= output.count, "the product does not fit its output")
    precondition(
      right.rowStep >= 0 && right.columnStep >= 0
        && (inner == 0
          || (inner - 1) * right.rowStep + (columns - 1) * right.columnStep < input.count),
      "a number of the right factor is outside the input")
    let cost = Double(inner) * max(Double(columns) * nanosecondsOfProduct, nanosecondsOfWeight)
    let weights = matrix.memory.span.extracting(matrix.start...)
    let biases = matrix.biases.span
    unsafe weights.withUnsafeBufferPointer { weights in
      unsafe biases.withUnsafeBufferPointer { biases in
        unsafe input.withUnsafeBufferPointer { input in
          unsafe output.withUnsafeMutableBufferPointer { output in
            let initial = start == .biases ? biases.baseAddress : nil
            Threads.split(rows, by: tileRows, cost: cost) { part in
              let first = part.lowerBound
              unsafe ck_multiply_across(
                instructionSet.rawValue, weights.baseAddress.map { unsafe $0 + first * inner },
                part.count, matrix.height, inner, input.baseAddress, right.rowStep,
                right.columnStep, initial.map { unsafe $0 + first },
                output.baseAddress.map { unsafe $0 + first }, stride, columns)
            }
          }
        }
      }
    }
  }

  /// The floats of a line of the cache.
  static let lineLength = 16

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
