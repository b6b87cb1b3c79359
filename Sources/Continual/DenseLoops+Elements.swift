import CKernels

// Copies and loops over elements.
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
  ///   - to: where its rows are.
  ///   - planes: none or more.
  ///   - rows: none or more.
  ///   - columns: none or more.
  ///   - instructionSet: by default the best one.
  static func copyRows(
    _ source: Span<Float>, _ from: Rows, into target: inout MutableSpan<Float>, _ to: Rows,
    planes: Int = 1, rows: Int, columns: Int, instructionSet: InstructionSet = .current
  ) {
    guard planes > 0, rows > 0, columns > 0 else { return }
    precondition(
      min(from.plane, from.stride, from.step, to.plane, to.stride) >= 0 && to.step >= 1,
      "rows run forward")
    precondition(
      (planes - 1) * from.plane + (rows - 1) * from.stride + (columns - 1) * from.step
        < source.count, "a row is outside the source")
    precondition(
      (planes - 1) * to.plane + (rows - 1) * to.stride + (columns - 1) * to.step < target.count,
      "a row is outside the target")
    unsafe source.withUnsafeBufferPointer { source in
      unsafe target.withUnsafeMutableBufferPointer { target in
        Threads.split(planes, cost: Double(rows * columns) * nanosecondsOfElement) { part in
          unsafe ck_copy_rows(
            instructionSet.rawValue,
            source.baseAddress.map { unsafe $0 + part.lowerBound * from.plane }, from.plane,
            from.stride, from.step,
            target.baseAddress.map { unsafe $0 + part.lowerBound * to.plane }, to.plane, to.stride,
            to.step, part.count, rows, columns)
        }
      }
    }
  }

  /// Copies as many floats as there are.
  static func copyRun(_ source: Span<Float>, into target: inout MutableSpan<Float>) {
    unsafe run(
      { isa, source, target, count in
        unsafe ck_copy_rows(isa, source, 0, count, 1, target, 0, count, 1, 1, 1, count)
      }, source, into: &target, .current)
  }

  /// Copies a matrix of runs of floats, with its rows as columns.
  ///
  /// - Parameters:
  ///   - source: (rows, columns, run).
  ///   - sizes: the rows and columns of the source.
  ///   - run: the floats of a run.
  ///   - target: receives (columns, rows, run).
  static func swapAxes(
    _ source: Span<Float>, _ sizes: (rows: Int, columns: Int), of run: Int,
    into target: inout MutableSpan<Float>
  ) {
    let (rows, columns) = sizes
    guard run == 1 else {
      for row in 0..<rows {
        var own = target._mutatingExtracting((row * run)...)
        copyRows(
          source.extracting((row * columns * run)...), .init(stride: run), into: &own,
          .init(stride: rows * run), rows: columns, columns: run)
      }
      return
    }
    transpose(
      source, stride: columns, rows: rows, columns: columns, into: &target, stride: rows)
  }

  /// Copies a matrix with its rows as columns.
  ///
  /// - Parameters:
  ///   - source: its rows start at the beginning.
  ///   - stride: the floats from one of its rows to the next, at least `columns`.
  ///   - rows: none or more.
  ///   - columns: none or more.
  ///   - target: its rows start at the beginning.
  ///   - targetStride: the floats from one of its rows to the next, at least `rows`.
  ///   - instructionSet: by default the best one.
  static func transpose(
    _ source: Span<Float>, stride: Int, rows: Int, columns: Int,
    into target: inout MutableSpan<Float>, stride targetStride: Int,
    instructionSet: InstructionSet = .current
  ) {
    guard rows > 0, columns > 0 else { return }
    precondition(
      stride >= columns && (rows - 1) * stride + columns <= source.count,
      "a row is outside the source")
    precondition(
      targetStride >= rows && (columns - 1) * targetStride + rows <= target.count,
      "a row is outside the target")
    unsafe source.withUnsafeBufferPointer { source in
      unsafe target.withUnsafeMutableBufferPointer { target in
        unsafe ck_transpose(
          instructionSet.rawValue, source.baseAddress, stride, rows, columns, target.baseAddress,
          targetStride)
      }
    }
  }

  /// Finishes rows of outputs, the first of which is a channel of what is done with them.
  static func finish(
    _ finish: Finish, from channel: Int = 0, rows: Int, columns: Int,
    of output: inout MutableSpan<Float>, instructionSet: InstructionSet = .current
  ) {
    precondition(
      rows * columns <= output.count, "\(rows) rows of \(columns) of \(output.count) floats")
    unsafe output.withUnsafeMutableBufferPointer { output in
      unsafe finish.withPointer(from: channel, count: rows) { finish in
        unsafe ck_finish_rows(
          instructionSet.rawValue, finish, rows, output.baseAddress, columns, columns)
      }
    }
  }

  /// Adds `source` to `target`, element by element.
  static func add(
    _ source: Span<Float>, to target: inout MutableSpan<Float>,
    instructionSet: InstructionSet = .current
  ) {
    unsafe run(ck_add, source, into: &target, instructionSet)
  }

  /// Multiplies `target` by `source`, element by element.
  static func multiply(
    _ target: inout MutableSpan<Float>, by source: Span<Float>,
    instructionSet: InstructionSet = .current
  ) {
    unsafe run(ck_multiply_elements, source, into: &target, instructionSet)
  }

  /// Puts the larger of `target` and `source` into `target`, element by element; a NaN wins.
  static func maximum(
    _ source: Span<Float>, into target: inout MutableSpan<Float>,
    instructionSet: InstructionSet = .current
  ) {
    unsafe run(ck_maximum, source, into: &target, instructionSet)
  }

  /// A loop in C over as many elements of its target as of its source.
  typealias ElementLoop = (Int32, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, Int) -> Void

  /// Runs a loop over two spans of the same length.
  ///
  /// This is safe for a loop that reads and writes just its `count` elements: the lengths are compared
  /// before the call, the pointers do not outlive it, and exclusive access to the target, which Swift
  /// enforces, keeps it apart from the source.
  @inline(__always)
  static func run(
    _ loop: ElementLoop, _ source: Span<Float>, into target: inout MutableSpan<Float>,
    _ instructionSet: InstructionSet, cost: Double = nanosecondsOfElement, unit: Int = 64
  ) {
    precondition(source.count == target.count, "\(source.count) and \(target.count) elements")
    unsafe source.withUnsafeBufferPointer { source in
      unsafe target.withUnsafeMutableBufferPointer { target in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        unsafe run(loop, from, to, source.count, instructionSet, cost, unit)
      }
    }
  }

  /// Runs a loop whose source and target may be the same: those of two spans of one length, or without
  /// a source, the target alone.
  ///
  /// This is safe as `run` is, for a loop that takes the same memory twice.
  ///
  /// - Parameters:
  ///   - loop: what runs.
  ///   - source: the elements; nil where they are in `target`.
  ///   - target: as many elements.
  ///   - instructionSet: which one to use.
  ///   - cost: about how long an element takes, in nanoseconds; zero for a loop that cannot run on a part of
  ///     the elements.
  ///   - unit: a loop that can, runs on multiples of so many elements.
  @inline(__always)
  static func map(
    _ loop: ElementLoop, _ source: Span<Float>?, into target: inout MutableSpan<Float>,
    _ instructionSet: InstructionSet, cost: Double = 0, unit: Int = 64
  ) {
    if let source {
      return unsafe run(loop, source, into: &target, instructionSet, cost: cost, unit: unit)
    }
    unsafe target.withUnsafeMutableBufferPointer { target in
      guard let to = target.baseAddress else { return }
      unsafe run(loop, UnsafePointer(to), to, target.count, instructionSet, cost, unit)
    }
  }

  @inline(__always)
  private static func run(
    _ loop: ElementLoop, _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>,
    _ count: Int, _ instructionSet: InstructionSet, _ cost: Double, _ unit: Int
  ) {
    Threads.split(count, by: unit, cost: cost) { part in
      unsafe loop(
        instructionSet.rawValue, source + part.lowerBound, target + part.lowerBound, part.count)
    }
  }

  /// About how long an element takes in a loop that has little to compute.
  static let nanosecondsOfElement = 0.1
}
