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

  /// The bases of a product whose taps count from the beginning of the input.
  static let origin = [0]

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
    unsafe input.withUnsafeBufferPointer { input in
      unsafe output.withUnsafeMutableBufferPointer { output in
        unsafe multiply(
          matrix, group, input, bases, taps, start, output, stride, columns, instructionSet)
      }
    }
  }

  /// Multiplies as ``multiply(_:group:by:bases:taps:from:into:stride:columns:instructionSet:)`` does,
  /// where input and output are parts of the same work space.
  ///
  /// - Parameters:
  ///   - matrix: one column for each pair of a base and a tap.
  ///   - group: which of its matrices.
  ///   - work: what both are part of.
  ///   - input: the part that is read.
  ///   - bases: the outer places in that part, none negative.
  ///   - taps: the inner places.
  ///   - output: the part that is written; apart from `input`. The sums start from the biases.
  ///   - stride: the floats from one row of the output to the next, at least `columns`.
  ///   - columns: the number of outputs in a row, at least one.
  static func multiply(
    _ matrix: PackedMatrix, group: Int, within work: inout MutableSpan<Float>, by input: Range<Int>,
    bases: Span<Int>, taps: TapOffsets, into output: Range<Int>, stride: Int, columns: Int
  ) {
    precondition(
      input.lowerBound >= 0 && input.upperBound <= work.count && output.lowerBound >= 0
        && output.upperBound <= work.count && !input.overlaps(output),
      "\(input) and \(output) of \(work.count)")
    unsafe work.withUnsafeMutableBufferPointer { work in
      let source = unsafe UnsafeBufferPointer(rebasing: work[input])
      let target = unsafe UnsafeMutableBufferPointer(rebasing: work[output])
      unsafe multiply(
        matrix, group, source, bases, taps, .biases, target, stride, columns, .current)
    }
  }

  private static func multiply(
    _ matrix: PackedMatrix, _ group: Int, _ input: UnsafeBufferPointer<Float>, _ bases: Span<Int>,
    _ taps: TapOffsets, _ start: Start, _ output: UnsafeMutableBufferPointer<Float>, _ stride: Int,
    _ columns: Int, _ instructionSet: InstructionSet
  ) {
    precondition(0 <= group && group < matrix.groups, "group \(group) of \(matrix.groups)")
    precondition(
      bases.count * taps.offsets.count == matrix.columns, "taps do not fit the matrix")
    precondition(
      columns > 0 && columns <= stride, "\(columns) columns, rows \(stride) apart")
    precondition(
      (matrix.rows - 1) * stride + columns <= output.count, "the product does not fit its output")
    checkRows(of: input.count, bases: bases, reach: taps.reach, count: columns)
    let weights = matrix.weights.span.extracting(
      group * matrix.groupCount..<(group + 1) * matrix.groupCount)
    let biases = matrix.biases.span.extracting(group * matrix.rows..<(group + 1) * matrix.rows)
    let offsets = taps.offsets.span
    unsafe weights.withUnsafeBufferPointer { weights in
      unsafe biases.withUnsafeBufferPointer { biases in
        unsafe bases.withUnsafeBufferPointer { bases in
          unsafe offsets.withUnsafeBufferPointer { offsets in
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
    checkRows(of: input.count, bases: bases, reach: 0, count: count)
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

  /// Copies `rows` rows of `columns` floats each.
  ///
  /// - Parameters:
  ///   - source: what the rows start at the beginning of.
  ///   - sourceStride: the floats from one row of the source to the next.
  ///   - step: the floats from one element of a row of the source to the next.
  ///   - target: what is written, from its beginning.
  ///   - targetStride: the floats from one row of the target to the next.
  ///   - rows: none or more.
  ///   - columns: none or more.
  static func copyRows(
    _ source: Span<Float>, stride sourceStride: Int, step: Int = 1,
    into target: inout MutableSpan<Float>, stride targetStride: Int, rows: Int, columns: Int
  ) {
    guard rows > 0, columns > 0 else { return }
    precondition(sourceStride >= 0 && targetStride >= 0 && step > 0, "rows run forward")
    precondition(
      (rows - 1) * sourceStride + (columns - 1) * step < source.count, "a row is outside the source"
    )
    precondition(
      (rows - 1) * targetStride + columns <= target.count, "a row is outside the target")
    unsafe source.withUnsafeBufferPointer { source in
      unsafe target.withUnsafeMutableBufferPointer { target in
        unsafe ck_copy_rows(
          source.baseAddress, sourceStride, step, target.baseAddress, targetStride, rows, columns)
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

  /// Stops where a row of `count` floats is not all inside an input of `length` floats.
  @inline(__always)
  private static func checkRows(of length: Int, bases: Span<Int>, reach: Int, count: Int) {
    for index in bases.indices {
      let base = bases[index]
      precondition(base >= 0 && base <= length - reach - count, "a tap is outside the input")
    }
  }
}
