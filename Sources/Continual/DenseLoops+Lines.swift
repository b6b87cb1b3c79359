import CKernels

// Products of frames whose lines have numbers between them. They are safe for the same reason as those of
// ``PackedMatrix``.
extension DenseLoops {
  /// The columns of a product that are put into its output: some lines, without what is between them.
  struct Lines {
    /// At least one.
    let count: Int
    /// The columns of a line, at least one.
    let columns: Int
    /// The columns from one line to the next, at least as many.
    let width: Int
    /// The floats that may be read behind those that are needed.
    let slack: Int
    /// The lines that are computed at once by instruction sets that compute what is between them, at least one.
    let atOnce: Int

    /// The columns from the first of some lines to the end of the last one, in whole vectors where the slack
    /// allows that.
    func computed(_ count: Int) -> Int {
      let columns = (count - 1) * width + self.columns
      return slack < 16 ? columns : (columns + 15) / 16 * 16
    }

    /// The floats of work space that a product of so many rows needs.
    func product(rows: Int) -> Int { rows * computed(min(atOnce, count)) }
  }

  /// Multiplies one group of a packed matrix with rows of `input`, and leaves out what is between the lines of
  /// the product.
  ///
  /// ```
  /// output[r * stride + y * columns + x] =
  ///   bias + sum over (i, j) of w[r][i, j] * input[bases[i] + taps[j] + y * width + x]
  /// ```
  ///
  /// The products are added one by one, with the bits of
  /// ``multiply(_:group:rows:by:bases:phases:taps:from:finish:into:stride:columns:instructionSet:)``.
  ///
  /// - Parameters:
  ///   - matrix: one column for each pair of a base and a tap.
  ///   - group: which of its matrices.
  ///   - input: what the rows of the right factor are part of.
  ///   - bases: the outer places, none negative.
  ///   - taps: the inner places, none repeated.
  ///   - finish: what is done with the outputs; its channels are the rows of all groups.
  ///   - lines: which columns there are.
  ///   - product: work space, at least `lines.product(rows: matrix.rows)` floats.
  ///   - output: receives the rows.
  ///   - stride: the floats from one row of the output to the next, at least those of all lines.
  ///   - instructionSet: by default the best one.
  static func multiplyLines(
    _ matrix: PackedMatrix, group: Int = 0, by input: Span<Float>, bases: Span<Int>,
    taps: TapOffsets, finish: Finish? = nil, _ lines: Lines, product: inout MutableSpan<Float>,
    into output: inout MutableSpan<Float>, stride: Int,
    instructionSet: InstructionSet = .current
  ) {
    let (rows, inner, columns) = (matrix.rows, matrix.columns, lines.columns)
    let count = lines.count * columns
    precondition(0 <= group && group < matrix.groups, "group \(group) of \(matrix.groups)")
    precondition(
      bases.count * taps.count == inner && taps.repeats == 1, "taps do not fit the matrix")
    precondition(
      lines.count > 0 && columns > 0 && columns <= lines.width && lines.atOnce > 0
        && lines.product(rows: rows) <= product.count, "the product does not fit its work space")
    precondition(
      count <= stride && (rows - 1) * stride + count <= output.count,
      "the product does not fit its output")
    checkRows(
      of: input.count, bases: bases, phases: .none, reach: taps.reach,
      count: lines.computed(lines.count))
    let panels = matrix.place(of: group)
    let channel = group * rows
    unsafe output.withUnsafeMutableBufferPointer { output in
      unsafe input.withUnsafeBufferPointer { input in
        unsafe withPointers(
          matrix, panels, matrix.biases.span.extracting(channel..<channel + rows), input, bases,
          .none, taps
        ) { weights, biases, taps in
          /// Computes some lines of some rows.
          func multiply(
            _ part: Range<Int>, of own: Range<Int>, _ product: inout MutableSpan<Float>
          ) {
            var taps = unsafe taps
            unsafe taps.input = taps.input.map { unsafe $0 + part.lowerBound * lines.width }
            let target = own.lowerBound * stride + part.lowerBound * columns
            unsafe product.withUnsafeMutableBufferPointer { product in
              unsafe Finish.withPointer(finish, from: channel + own.lowerBound, count: own.count) {
                finish in
                unsafe ck_multiply_lines(
                  instructionSet.rawValue, weights.map { unsafe $0 + own.lowerBound * inner },
                  own.count, matrix.height, taps, biases.map { unsafe $0 + own.lowerBound },
                  finish, product.baseAddress, lines.atOnce,
                  output.baseAddress.map { unsafe $0 + target }, stride, part.count, columns,
                  lines.width, lines.slack)
              }
            }
          }
          let size = lines.product(rows: rows)
          let cost = Double(inner) * nanosecondsOfProduct
          if count >= 192 && lines.count > 1 {
            let cost = cost * Double(rows * lines.width)
            Threads.split(lines.count, cost: cost, work: &product, of: size) { part, product in
              multiply(part, of: 0..<rows, &product)
            }
          } else {
            let (height, all) = (matrix.height, (rows + matrix.height - 1) / matrix.height)
            let cost = cost * Double(height * lines.computed(lines.count))
            Threads.split(all, cost: cost, work: &product, of: size) { part, product in
              let end = min(part.upperBound * height, rows)
              multiply(0..<lines.count, of: part.lowerBound * height..<end, &product)
            }
          }
        }
      }
    }
  }
}
