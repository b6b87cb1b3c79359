import CKernels

// Products with matrices that are packed while a network runs. They are safe for the same reason as
// those of ``PackedMatrix``.
extension DenseLoops {
  /// The rows of a panel of a matrix that is packed while a network runs.
  static let panelHeight = 8

  /// Multiplies rows in panels of eight with rows of a work space, and writes to another part of it.
  ///
  /// ```
  /// work[output + r * stride + n] = sum over k of panels[(r / 8 * K + k) * 8 + r % 8] * work[input + taps[k] + n]
  /// ```
  ///
  /// - Parameters:
  ///   - panels: of `rows` rows and as many columns K as there are taps.
  ///   - rows: at least one.
  ///   - zeros: at least `rows` zeros, what the sums start from.
  ///   - work: what input and output are parts of.
  ///   - input: where the taps count from.
  ///   - taps: the places of the rows of the right factor.
  ///   - output: where the first row of the product goes; its rows must not meet those of the input.
  ///   - stride: the floats from one row of the output to the next, at least `columns`.
  ///   - columns: the number of outputs in a row, at least one.
  static func multiplyPanels(
    _ panels: Span<Float>, rows: Int, zeros: Span<Float>, within work: inout MutableSpan<Float>,
    by input: Int, taps: TapOffsets, into output: Int, stride: Int, columns: Int
  ) {
    unsafe panels.withUnsafeBufferPointer { panels in
      unsafe work.withUnsafeMutableBufferPointer { work in
        unsafe multiplyPanels(
          panels, rows, zeros, work, input, taps, output, stride, columns)
      }
    }
  }

  /// Multiplies as the function above does, with panels that are part of the work space as well.
  ///
  /// - Parameters:
  ///   - panels: the part of the work space that holds them; apart from the output.
  ///   - rows: at least one.
  ///   - zeros: at least `rows` zeros, what the sums start from.
  ///   - work: what panels, input and output are parts of.
  ///   - input: where the taps count from.
  ///   - taps: the places of the rows of the right factor.
  ///   - output: where the first row of the product goes.
  ///   - stride: the floats from one row of the output to the next, at least `columns`.
  ///   - columns: the number of outputs in a row, at least one.
  static func multiplyPanels(
    at panels: Range<Int>, rows: Int, zeros: Span<Float>, within work: inout MutableSpan<Float>,
    by input: Int, taps: TapOffsets, into output: Int, stride: Int, columns: Int
  ) {
    let target = output..<output + (rows - 1) * stride + columns
    precondition(
      panels.lowerBound >= 0 && panels.upperBound <= work.count && !panels.overlaps(target),
      "panels \(panels) and output \(target) of \(work.count)")
    unsafe work.withUnsafeMutableBufferPointer { work in
      let source = unsafe UnsafeBufferPointer(rebasing: work[panels])
      unsafe multiplyPanels(source, rows, zeros, work, input, taps, output, stride, columns)
    }
  }

  private static func multiplyPanels(
    _ panels: UnsafeBufferPointer<Float>, _ rows: Int, _ zeros: Span<Float>,
    _ work: UnsafeMutableBufferPointer<Float>, _ input: Int, _ taps: TapOffsets, _ output: Int,
    _ stride: Int, _ columns: Int
  ) {
    let count = taps.count
    precondition(
      rows > 0 && columns > 0 && columns <= stride && zeros.count >= rows,
      "\(rows) rows of \(columns) columns, \(stride) apart")
    precondition(
      panels.count >= (rows + panelHeight - 1) / panelHeight * panelHeight * count,
      "the panels do not hold \(rows) rows of \(count) columns")
    let source = input..<input + taps.reach + columns
    let target = output..<output + (rows - 1) * stride + columns
    precondition(
      input >= 0 && output >= 0 && source.upperBound <= work.count
        && target.upperBound <= work.count && !source.overlaps(target),
      "\(source) and \(target) of \(work.count)")
    let offsets = taps.offsets.span
    let bases = DenseLoops.origin
    let origin = bases.span
    guard let base = work.baseAddress else { return }
    unsafe zeros.withUnsafeBufferPointer { zeros in
      unsafe origin.withUnsafeBufferPointer { origin in
        unsafe offsets.withUnsafeBufferPointer { offsets in
          let source = unsafe ck_taps(
            input: base + input, bases: origin.baseAddress, base_count: 1,
            offsets: offsets.baseAddress, offset_count: offsets.count,
            repeats: taps.repeats, step: taps.step, phases: nil, length: 0)
          unsafe multiply(
            panels.baseAddress, rows, panelHeight, source, zeros.baseAddress, base + output,
            stride, columns, .current)
        }
      }
    }
  }
}
