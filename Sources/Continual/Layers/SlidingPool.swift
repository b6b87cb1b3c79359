/// Windows that slide over planes, as the loops in C pool them.
///
/// Each output row is made of one line: the rows of its window are combined column by column, and the
/// windows along the columns are taken from that line, in vectors of outputs. In front of the line and behind
/// it stands the padding, as what changes nothing: -infinity or zero. So no window needs a case of its own. Where
/// a line would be mostly padding, there is no such pool.
///
/// A mean adds in double precision, over the rows and then over the columns, and multiplies by the factors of
/// its row and its column before it is rounded: the sum and these products are more exact than that rounding
/// by 29 bits.
struct SlidingPool: Sendable {
  /// Whether maxima are taken, or means.
  let isMaximum: Bool
  /// The windows of the rows and of the columns.
  let axes: [WindowAxis]
  /// The rows and columns of a plane.
  let lengths: [Int]
  /// For the rows and the columns of the output, what the sum of their windows is multiplied by.
  let factors: [[Double]]

  /// The places of a line.
  private let line: Int

  /// - Parameters:
  ///   - isMaximum: whether maxima are taken, or means.
  ///   - axes: the windows, of one or two axes.
  ///   - lengths: those of the axes of a plane.
  ///   - factors: for the rows and the columns of the output, what the sum of their windows is multiplied by.
  init?(isMaximum: Bool, axes: [WindowAxis], lengths: [Int], factors: [[Double]]) {
    guard let columns = axes.last, let width = lengths.last,
      let outputs = factors.last?.count, outputs > 0
    else { return nil }
    line = (outputs - 1) * columns.stride + columns.span
    guard line <= 4 * width + 64 else { return nil }
    self.isMaximum = isMaximum
    self.axes = axes.count == 2 ? axes : [WindowAxis(), columns]
    self.lengths = axes.count == 2 ? lengths : [1, width]
    self.factors = factors
  }

  /// The floats of work space: of the lines that are made at once, in double precision.
  var scratch: Int { 2 * DenseLoops.poolLines * line }

  /// The places of a plane.
  var inputCount: Int { lengths[0] * lengths[1] }

  /// The places of a pooled plane.
  var outputCount: Int { factors[0].count * factors[1].count }
}
