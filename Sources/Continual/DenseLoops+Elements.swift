import CKernels

// Copies and loops over elements. They are safe for the same reason as the products.
extension DenseLoops {
  /// Rows of floats in an array: planes of rows, each of the same length.
  struct Rows {
    /// The floats from one plane to the next.
    var plane = 0
    /// The floats from one row to the next.
    var stride: Int
    /// The floats from one element of a row to the next.
    var step = 1
  }

  /// Copies `planes` planes of `rows` rows of `columns` floats each; none, where one of these is zero.
  ///
  /// - Parameters:
  ///   - source: what the first row starts at the beginning of.
  ///   - from: where its rows are.
  ///   - target: what is written, from its beginning.
  ///   - to: where its rows are; their elements are side by side.
  ///   - planes: none or more.
  ///   - rows: none or more.
  ///   - columns: none or more.
  static func copyRows(
    _ source: Span<Float>, _ from: Rows, into target: inout MutableSpan<Float>, _ to: Rows,
    planes: Int = 1, rows: Int, columns: Int
  ) {
    guard planes > 0, rows > 0, columns > 0 else { return }
    precondition(
      min(from.plane, from.stride, from.step, to.plane, to.stride) >= 0 && to.step == 1,
      "rows run forward")
    precondition(
      (planes - 1) * from.plane + (rows - 1) * from.stride + (columns - 1) * from.step
        < source.count, "a row is outside the source")
    precondition(
      (planes - 1) * to.plane + (rows - 1) * to.stride + columns <= target.count,
      "a row is outside the target")
    unsafe source.withUnsafeBufferPointer { source in
      unsafe target.withUnsafeMutableBufferPointer { target in
        unsafe ck_copy_rows(
          source.baseAddress, from.plane, from.stride, from.step, target.baseAddress, to.plane,
          to.stride, planes, rows, columns)
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
