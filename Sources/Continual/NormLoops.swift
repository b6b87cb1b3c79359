import CKernels

/// Swift's side of the normalizations in C, behind safe signatures.
///
/// All is computed in double precision. What lies side by side is added in sixteen sums, so that sets with a
/// fused multiply-add agree bit for bit; `norms_variant.h` says how.
///
/// They are safe for the reason that ``DenseLoops`` gives for loops over elements.
enum NormLoops {
  /// About how long an element takes, in nanoseconds.
  static let cost = 0.3

  /// Some rows of an array: how many, the floats of each, and the floats from one to the next.
  struct Rows {
    var count = 1
    let length: Int
    var stride = 0
  }

  /// The mean and the variance, that of the population, of some rows of an array.
  ///
  /// - Parameters:
  ///   - source: what the first row starts at the beginning of.
  ///   - rows: at least one number.
  ///   - instructionSet: which one to use.
  /// - Returns: both; NaN where a number is not finite.
  static func moments(
    _ source: Span<Float>, _ rows: Rows, instructionSet: InstructionSet = .current
  ) -> (mean: Double, variance: Double) {
    precondition(
      rows.count > 0 && rows.length > 0 && rows.stride >= 0
        && (rows.count - 1) * rows.stride + rows.length <= source.count,
      "\(rows) of \(source.count) numbers")
    var (mean, variance) = (0.0, 0.0)
    unsafe source.withUnsafeBufferPointer { source in
      unsafe ck_moments(
        instructionSet.rawValue, source.baseAddress, rows.count, rows.length, rows.stride, &mean,
        &variance)
    }
    return (mean, variance)
  }

  /// Makes (x - mean) scale + shift of each element, rounded once.
  ///
  /// - Parameters:
  ///   - source: the elements; nil where they are in `target`.
  ///   - target: as many elements.
  ///   - mean: what is subtracted.
  ///   - scale: what is multiplied by.
  ///   - shift: what is added.
  ///   - instructionSet: which one to use.
  static func normalize(
    _ source: Span<Float>?, into target: inout MutableSpan<Float>, mean: Double, scale: Double,
    shift: Double, instructionSet: InstructionSet = .current
  ) {
    unsafe DenseLoops.map(
      { isa, source, target, count in
        unsafe ck_normalize(isa, source, target, count, mean, scale, shift)
      }, source, into: &target, instructionSet)
  }

  /// Makes (x - mean) scale weight + bias of each element; the product with the weight is of a rounded
  /// number.
  ///
  /// - Parameters:
  ///   - source: the elements; nil where they are in `target`.
  ///   - target: as many elements.
  ///   - mean: what is subtracted.
  ///   - scale: what is multiplied by.
  ///   - weight: one for each element; nil for one.
  ///   - bias: one for each element; nil for zero.
  ///   - instructionSet: which one to use.
  static func standardize(
    _ source: Span<Float>?, into target: inout MutableSpan<Float>, mean: Double, scale: Double,
    weight: Span<Float>?, bias: Span<Float>?, instructionSet: InstructionSet = .current
  ) {
    unsafe withPointers(weight, bias, count: target.count) { weight, bias in
      unsafe DenseLoops.map(
        { isa, source, target, count in
          unsafe ck_standardize(isa, source, target, count, mean, scale, weight, bias)
        }, source, into: &target, instructionSet)
    }
  }

  /// Standardizes each run of `size` elements by its own mean and variance.
  ///
  /// - Parameters:
  ///   - source: the elements of all runs; nil where they are in `target`.
  ///   - target: as many elements.
  ///   - size: at least one.
  ///   - eps: what is added to the variance.
  ///   - weight: one for each element of a run; nil for one.
  ///   - bias: one for each element of a run; nil for zero.
  ///   - instructionSet: which one to use.
  static func standardizeRuns(
    _ source: Span<Float>?, into target: inout MutableSpan<Float>, size: Int, eps: Double,
    weight: Span<Float>?, bias: Span<Float>?, instructionSet: InstructionSet = .current
  ) {
    precondition(
      size > 0 && target.count.isMultiple(of: size), "runs of \(size) of \(target.count) numbers")
    unsafe withPointers(weight, bias, count: size) { weight, bias in
      unsafe DenseLoops.map(
        { isa, source, target, count in
          unsafe ck_normalize_runs(
            isa, source, target, count / size, size, eps, weight, bias)
        }, source, into: &target, instructionSet, cost: cost, unit: size)
    }
  }

  /// Normalizes each column of a matrix (size, columns) by its own mean and variance, rounded once.
  ///
  /// A column has the same bits whatever the number of columns.
  ///
  /// - Parameters:
  ///   - source: the matrix; nil where it is in `target`.
  ///   - target: as many elements.
  ///   - size: at least one.
  ///   - eps: what is added to the variance.
  ///   - weight: one for each row; nil for one.
  ///   - bias: one for each row; nil for zero.
  ///   - instructionSet: which one to use.
  static func normalizeColumns(
    _ source: Span<Float>?, into target: inout MutableSpan<Float>, size: Int, eps: Double,
    weight: Span<Float>?, bias: Span<Float>?, instructionSet: InstructionSet = .current
  ) {
    precondition(
      size > 0 && target.count.isMultiple(of: size), "\(size) rows of \(target.count) numbers")
    unsafe withPointers(weight, bias, count: size) { weight, bias in
      unsafe DenseLoops.map(
        { isa, source, target, count in
          unsafe ck_normalize_columns(
            isa, source, target, size, count / size, eps, weight, bias)
        }, source, into: &target, instructionSet)
    }
  }

  /// Calls a body with pointers to weights and biases, `count` of each that there are.
  @inline(__always)
  private static func withPointers(
    _ weight: Span<Float>?, _ bias: Span<Float>?, count: Int,
    _ body: (UnsafePointer<Float>?, UnsafePointer<Float>?) -> Void
  ) {
    precondition(
      (weight?.count ?? count) == count && (bias?.count ?? count) == count,
      "weights or biases are not \(count)")
    unsafe withPointer(weight) { weight in
      unsafe withPointer(bias) { bias in unsafe body(weight, bias) }
    }
  }

  @inline(__always)
  private static func withPointer(
    _ numbers: Span<Float>?, _ body: (UnsafePointer<Float>?) -> Void
  ) {
    guard let numbers else { return body(nil) }
    unsafe numbers.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
  }
}
