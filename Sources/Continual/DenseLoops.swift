import CKernels

/// Swift's side of the dense loops in C: the same functions behind safe signatures.
///
/// Why this is safe: each function compares all it passes on with the bounds of the spans before the
/// call, the pointers do not outlive it, and the loops read and write only what their header says.
/// Exclusive access to the output, which Swift enforces, is what the loops need to know of overlaps.
enum DenseLoops {
  /// What a sum starts from.
  enum Start {
    /// The biases of the matrix.
    case biases
    /// What is in the output.
    case output
  }

  /// Multiplies one group of a packed matrix with rows of `input`.
  ///
  /// ```
  /// output[r * stride + n] = start + sum over (i, j) of w[r][i, j] * input[bases[i] + taps[j] + n]
  /// ```
  ///
  /// The products are added one by one, with j running faster; each output has its own single sum, so
  /// its bits do not depend on `columns`.
  ///
  /// - Parameters:
  ///   - matrix: one column for each pair of a base and a tap.
  ///   - group: which of its matrices.
  ///   - input: what the rows are part of.
  ///   - bases: the outer places, none negative.
  ///   - taps: the inner places.
  ///   - start: what the sums start from.
  ///   - output: receives `matrix.rows` rows.
  ///   - stride: the floats from one row of the output to the next, at least `columns`.
  ///   - columns: the number of outputs in a row, at least one.
  ///   - instructionSet: by default the best one.
  static func multiply(
    _ matrix: PackedMatrix, group: Int = 0, by input: Span<Float>, bases: Span<Int>,
    taps: TapOffsets, from start: Start = .biases, into output: inout MutableSpan<Float>,
    stride: Int, columns: Int, instructionSet: InstructionSet = .current
  ) {
    precondition(0 <= group && group < matrix.groups, "group \(group) of \(matrix.groups)")
    precondition(
      bases.count * taps.offsets.count == matrix.columns, "taps do not fit the matrix")
    precondition(
      columns > 0 && columns <= stride, "\(columns) columns, rows \(stride) apart")
    precondition(
      (matrix.rows - 1) * stride + columns <= output.count, "the product does not fit its output")
    checkRows(of: input, bases: bases, reach: taps.reach, count: columns)
    let weights = matrix.weights.span.extracting(
      group * matrix.groupCount..<(group + 1) * matrix.groupCount)
    let biases = matrix.biases.span.extracting(group * matrix.rows..<(group + 1) * matrix.rows)
    let offsets = taps.offsets.span
    unsafe weights.withUnsafeBufferPointer { weights in
      unsafe biases.withUnsafeBufferPointer { biases in
        unsafe input.withUnsafeBufferPointer { input in
          unsafe bases.withUnsafeBufferPointer { bases in
            unsafe offsets.withUnsafeBufferPointer { offsets in
              unsafe output.withUnsafeMutableBufferPointer { output in
                let rows = unsafe ck_taps(
                  input: input.baseAddress, bases: bases.baseAddress, base_count: bases.count,
                  offsets: offsets.baseAddress, offset_count: offsets.count)
                unsafe ck_multiply(
                  instructionSet.rawValue, weights.baseAddress, matrix.rows, matrix.height, rows,
                  start == .biases ? biases.baseAddress : nil, output.baseAddress, stride, columns)
              }
            }
          }
        }
      }
    }
  }

  /// Multiplies element by element, and adds up over the bases.
  ///
  /// ```
  /// output[n] = biases[n] + sum over i of weights[i * count + n] * input[bases[i] + n]
  /// ```
  ///
  /// - Parameters:
  ///   - weights: one row of `biases.count` floats for each base.
  ///   - biases: what the sums start from.
  ///   - input: what the rows are part of.
  ///   - bases: where the rows start, none negative.
  ///   - output: receives `biases.count` floats.
  ///   - instructionSet: by default the best one.
  static func multiplyLanes(
    _ weights: Span<Float>, biases: Span<Float>, by input: Span<Float>, bases: Span<Int>,
    into output: inout MutableSpan<Float>, instructionSet: InstructionSet = .current
  ) {
    let count = biases.count
    precondition(weights.count == bases.count * count, "taps do not fit the weights")
    precondition(count <= output.count, "the product does not fit its output")
    checkRows(of: input, bases: bases, reach: 0, count: count)
    unsafe weights.withUnsafeBufferPointer { weights in
      unsafe biases.withUnsafeBufferPointer { biases in
        unsafe input.withUnsafeBufferPointer { input in
          unsafe bases.withUnsafeBufferPointer { bases in
            unsafe output.withUnsafeMutableBufferPointer { output in
              unsafe ck_multiply_lanes(
                instructionSet.rawValue, weights.baseAddress, input.baseAddress, bases.baseAddress,
                bases.count, biases.baseAddress, output.baseAddress, count)
            }
          }
        }
      }
    }
  }

  /// Adds `source` to `target`, element by element.
  static func add(
    _ source: Span<Float>, to target: inout MutableSpan<Float>,
    instructionSet: InstructionSet = .current
  ) {
    unsafe combine(source, into: &target) { source, target, count in
      unsafe ck_add(instructionSet.rawValue, source, target, count)
    }
  }

  /// Multiplies `target` by `source`, element by element.
  static func multiply(
    _ target: inout MutableSpan<Float>, by source: Span<Float>,
    instructionSet: InstructionSet = .current
  ) {
    unsafe combine(source, into: &target) { source, target, count in
      unsafe ck_multiply_elements(instructionSet.rawValue, source, target, count)
    }
  }

  /// Puts the larger of `target` and `source` into `target`, element by element; a NaN wins.
  static func maximum(
    _ source: Span<Float>, into target: inout MutableSpan<Float>,
    instructionSet: InstructionSet = .current
  ) {
    unsafe combine(source, into: &target) { source, target, count in
      unsafe ck_maximum(instructionSet.rawValue, source, target, count)
    }
  }

  /// Puts `source * scale + shift` into `target`, rounded like the products of ``multiply``.
  static func scale(
    _ source: Span<Float>, by scale: Float, plus shift: Float,
    into target: inout MutableSpan<Float>, instructionSet: InstructionSet = .current
  ) {
    unsafe combine(source, into: &target) { source, target, count in
      unsafe ck_scale_and_shift(instructionSet.rawValue, source, scale, shift, target, count)
    }
  }

  /// Runs a loop over two spans of the same length.
  @inline(__always)
  private static func combine(
    _ source: Span<Float>, into target: inout MutableSpan<Float>,
    _ body: (UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, Int) -> Void
  ) {
    precondition(source.count == target.count, "\(source.count) and \(target.count) elements")
    unsafe source.withUnsafeBufferPointer { source in
      unsafe target.withUnsafeMutableBufferPointer { target in
        unsafe body(source.baseAddress, target.baseAddress, source.count)
      }
    }
  }

  /// Stops where a row of `count` floats is not all inside `input`.
  @inline(__always)
  private static func checkRows(of input: Span<Float>, bases: Span<Int>, reach: Int, count: Int) {
    for index in bases.indices {
      let base = bases[index]
      precondition(
        base >= 0 && base <= input.count - reach - count, "a tap is outside the input")
    }
  }
}
