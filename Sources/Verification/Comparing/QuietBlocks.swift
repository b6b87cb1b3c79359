import COracles

/// Blocks of elements in which a comparison has nothing to remark, passed by at the speed of the processor.
///
/// That is nearly all of them: all numbers are finite, each is within its limit, and none is closer to it
/// than the closest one before.
enum QuietBlocks {
  /// The number of elements of a block.
  static let size = 512

  /// What a comparison adds up of a block.
  struct Sums {
    let errors: Double
    /// The squares of what was wanted.
    let squares: Double
    let largestLimit: Double
  }

  /// Looks through a block.
  ///
  /// - Parameters:
  ///   - block: which elements.
  ///   - got: what was computed.
  ///   - want: what should have been, as many.
  ///   - each: how far elements may be off, where each has a limit of its own.
  ///   - factor: what these are multiplied by; without them, the part of itself that an element may be off.
  ///   - least: how much more it may be off then.
  ///   - worst: the element that is closest to its limit so far.
  /// - Returns: its sums; nil where something is remarkable, or the block is not whole.
  static func sums(
    of block: Range<Int>, _ got: Span<Float>, _ want: Span<Double>, each: Span<Float>? = nil,
    factor: Double, least: Double = 0, worst: Comparison.Worst
  ) -> Sums? {
    guard block.count == size else { return nil }
    let (got, want) = (got.extracting(block), want.extracting(block))
    let limits = co_limits(factor: factor, least: least)
    let before = co_worst(error: worst.error, limit: worst.limit, none: worst.offset < 0 ? 1 : 0)
    var sums = co_sums()
    // Safe: all that is given has the elements of the block.
    let isQuiet = unsafe got.withUnsafeBufferPointer { got in
      unsafe want.withUnsafeBufferPointer { want in
        guard let each else {
          return unsafe co_is_quiet(
            got.baseAddress, want.baseAddress, nil, limits, before, size, &sums)
        }
        return unsafe each.extracting(block).withUnsafeBufferPointer { each in
          unsafe co_is_quiet(
            got.baseAddress, want.baseAddress, each.baseAddress, limits, before, size, &sums)
        }
      }
    }
    guard isQuiet else { return nil }
    return Sums(errors: sums.errors, squares: sums.squares, largestLimit: sums.largest_limit)
  }
}
