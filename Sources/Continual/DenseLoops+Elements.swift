import CKernels

// Copies and loops over elements. They are safe for the same reason as the products.
extension DenseLoops {
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
}
