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
  ///   - rows: which of its rows, from a multiple of its height on; nil for all.
  ///   - input: what the rows of the right factor are part of.
  ///   - bases: the outer places, none negative.
  ///   - phases: what is added to the bases, a phase for each of them; none for zeros.
  ///   - taps: the inner places.
  ///   - start: what the sums start from.
  ///   - finish: what is done with the outputs; its channels are the rows of all groups.
  ///   - output: receives the rows.
  ///   - stride: the floats from one row of the output to the next, at least `columns`.
  ///   - columns: the number of outputs in a row, at least one.
  ///   - instructionSet: by default the best one.
  static func multiply(
    _ matrix: PackedMatrix, group: Int = 0, rows: Range<Int>? = nil, by input: Span<Float>,
    bases: Span<Int>, phases: TapPhases = .none, taps: TapOffsets, from start: Start = .biases,
    finish: Finish? = nil, into output: inout MutableSpan<Float>, stride: Int, columns: Int,
    instructionSet: InstructionSet = .current
  ) {
    unsafe input.withUnsafeBufferPointer { input in
      unsafe output.withUnsafeMutableBufferPointer { output in
        unsafe multiply(
          matrix, group, rows ?? 0..<matrix.rows, input, bases, phases, taps, start, finish, output,
          stride, columns, instructionSet)
      }
    }
  }

  /// Lets a body read one part of a work space and write to another.
  ///
  /// This is safe because the parts do not meet, and nobody else has the work space meanwhile.
  ///
  /// - Parameters:
  ///   - work: what both are part of.
  ///   - source: the part that is read.
  ///   - target: the part that is written; apart from `source`.
  ///   - body: called once.
  @inline(__always)
  static func withParts(
    of work: inout MutableSpan<Float>, reading source: Range<Int>, writing target: Range<Int>,
    _ body: (Span<Float>, inout MutableSpan<Float>) -> Void
  ) {
    precondition(
      source.lowerBound >= 0 && source.upperBound <= work.count && target.lowerBound >= 0
        && target.upperBound <= work.count && !source.overlaps(target),
      "\(source) and \(target) of \(work.count)")
    unsafe work.withUnsafeMutableBufferPointer { work in
      let input = unsafe Span(
        _unsafeElements: UnsafeBufferPointer(rebasing: work[source]))
      var output = unsafe MutableSpan(
        _unsafeElements: UnsafeMutableBufferPointer(rebasing: work[target]))
      body(input, &output)
    }
  }

  /// Gives two parts of a work space to be written, which must not overlap.
  static func withParts(
    of work: inout MutableSpan<Float>, writing first: Range<Int>, and second: Range<Int>,
    _ body: (inout MutableSpan<Float>, inout MutableSpan<Float>) -> Void
  ) {
    precondition(
      first.lowerBound >= 0 && first.upperBound <= work.count && second.lowerBound >= 0
        && second.upperBound <= work.count && !first.overlaps(second),
      "\(first) and \(second) of \(work.count)")
    unsafe work.withUnsafeMutableBufferPointer { work in
      var one = unsafe MutableSpan(
        _unsafeElements: UnsafeMutableBufferPointer(rebasing: work[first]))
      var other = unsafe MutableSpan(
        _unsafeElements: UnsafeMutableBufferPointer(rebasing: work[second]))
      body(&one, &other)
    }
  }

  private static func multiply(
    _ matrix: PackedMatrix, _ group: Int, _ rows: Range<Int>,
    _ input: UnsafeBufferPointer<Float>, _ bases: Span<Int>, _ phases: TapPhases,
    _ taps: TapOffsets, _ start: Start, _ finish: Finish?,
    _ output: UnsafeMutableBufferPointer<Float>, _ stride: Int, _ columns: Int,
    _ instructionSet: InstructionSet
  ) {
    precondition(0 <= group && group < matrix.groups, "group \(group) of \(matrix.groups)")
    precondition(
      rows.lowerBound >= 0 && rows.lowerBound.isMultiple(of: matrix.height)
        && rows.lowerBound < rows.upperBound && rows.upperBound <= matrix.rows,
      "rows \(rows) of \(matrix.rows) in panels of \(matrix.height)")
    precondition(
      bases.count * taps.count == matrix.columns, "taps do not fit the matrix")
    precondition(
      columns > 0 && columns <= stride, "\(columns) columns, rows \(stride) apart")
    precondition(
      (rows.count - 1) * stride + columns <= output.count, "the product does not fit its output")
    checkRows(
      of: input.count, bases: bases, phases: phases, reach: taps.reach, count: columns)
    let panels = matrix.place(of: group)
    let place = panels.lowerBound + rows.lowerBound * matrix.columns..<panels.upperBound
    let first = group * matrix.rows + rows.lowerBound
    let biases = matrix.biases.span.extracting(first..<first + rows.count)
    unsafe withPointers(matrix, place, biases, input, bases, phases, taps) {
      weights, biases, taps in
      unsafe multiply(
        weights, rows.count, matrix.height, taps, start == .biases ? biases : nil,
        output.baseAddress, stride, columns, instructionSet, finish, from: first)
    }
  }

  /// Multiplies in parts of the columns, where there are many, or of the rows, of which the first one is a channel of
  /// what finishes them.
  @inline(__always)
  static func multiply(
    _ weights: UnsafePointer<Float>?, _ rows: Int, _ height: Int, _ taps: ck_taps,
    _ initial: UnsafePointer<Float>?, _ output: UnsafeMutablePointer<Float>?, _ stride: Int,
    _ columns: Int, _ instructionSet: InstructionSet, _ finish: Finish? = nil,
    from channel: Int = 0
  ) {
    let count = unsafe taps.base_count * taps.offset_count * taps.repeats
    if columns >= 192 {
      let cost = Double(count * rows) * nanosecondsOfProduct
      Threads.split(columns, by: tileColumns, cost: cost) { part in
        var taps = unsafe taps
        unsafe taps.input = taps.input.map { unsafe $0 + part.lowerBound }
        unsafe Finish.withPointer(finish, from: channel, count: rows) { finish in
          unsafe ck_multiply(
            instructionSet.rawValue, weights, rows, height, taps, initial, finish,
            output.map { unsafe $0 + part.lowerBound }, stride, part.count)
        }
      }
    } else {
      let cost = Double(count) * max(Double(columns) * nanosecondsOfProduct, nanosecondsOfWeight)
      Threads.split(rows, by: height, cost: cost) { part in
        unsafe Finish.withPointer(finish, from: channel + part.lowerBound, count: part.count) {
          finish in
          unsafe ck_multiply(
            instructionSet.rawValue, weights.map { unsafe $0 + part.lowerBound * count },
            part.count, height, taps, initial.map { unsafe $0 + part.lowerBound }, finish,
            output.map { unsafe $0 + part.lowerBound * stride }, stride, columns)
        }
      }
    }
  }

  /// About how long a product of two numbers takes in a product of matrices.
  static let nanosecondsOfProduct = 0.008

  /// About how long it takes to read a weight.
  static let nanosecondsOfWeight = 0.03

  /// The columns of a tile of three vectors, as in `variant.h`.
  private static let tileColumns = 48

  /// Multiplies all groups of a packed matrix of one row each, every group with a plane of its own.
  ///
  /// Of each product, `rows` rows of `columns` outputs, `width` outputs apart, are put into the output
  /// without gaps.
  ///
  /// - Parameters:
  ///   - matrix: one column for each pair of a base and a tap; one row a group.
  ///   - input: what the rows are part of.
  ///   - plane: the floats from the input of one group to that of the next.
  ///   - bases: the outer places for the first group, none negative.
  ///   - taps: the inner places, none repeated.
  ///   - finish: what is done with the outputs, of which each group is a channel.
  ///   - product: work space, at least `computed` floats.
  ///   - output: receives `rows * columns` floats a group.
  ///   - stride: the floats from the output of one group to that of the next.
  ///   - rows: at least one.
  ///   - columns: at least one and at most `width`.
  ///   - width: the outputs from one row to the next.
  ///   - computed: the outputs that may be computed, those between the rows included; those behind the last
  ///     row are of no use, but a whole vector is faster than a part.
  ///   - instructionSet: by default the best one.
  static func multiplyPlanes(
    _ matrix: PackedMatrix, by input: Span<Float>, plane: Int, bases: Span<Int>,
    taps: TapOffsets, finish: Finish? = nil, product: inout MutableSpan<Float>,
    into output: inout MutableSpan<Float>,
    stride: Int, rows: Int, columns: Int, width: Int, computed: Int,
    instructionSet: InstructionSet = .current
  ) {
    let last = matrix.groups - 1
    precondition(
      matrix.rows == 1 && bases.count * taps.count == matrix.columns && taps.repeats == 1,
      "taps do not fit the matrix")
    precondition(
      rows > 0 && columns > 0 && columns <= width && (rows - 1) * width + columns <= computed
        && computed <= product.count, "the product does not fit its work space")
    precondition(
      stride >= 0 && last * stride + rows * columns <= output.count,
      "the product does not fit its output")
    precondition(plane >= 0, "planes run forward")
    checkRows(
      of: input.count - last * plane, bases: bases, phases: .none, reach: taps.reach,
      count: computed)
    unsafe output.withUnsafeMutableBufferPointer { output in
      unsafe input.withUnsafeBufferPointer { input in
        unsafe withPointers(matrix, nil, matrix.biases.span, input, bases, .none, taps) {
          weights, biases, source in
          let cost = Double(computed * matrix.columns) * 2 * nanosecondsOfProduct
          Threads.split(matrix.groups, cost: cost, work: &product, of: computed) { part, product in
            var source = unsafe source
            let first = part.lowerBound
            unsafe source.input = source.input.map { unsafe $0 + first * plane }
            unsafe product.withUnsafeMutableBufferPointer { product in
              unsafe Finish.withPointer(finish, from: first, count: part.count) { finish in
                unsafe ck_multiply_planes(
                  instructionSet.rawValue, weights.map { unsafe $0 + first * matrix.columns },
                  part.count, source, plane, biases.map { unsafe $0 + first }, finish,
                  product.baseAddress, output.baseAddress.map { unsafe $0 + first * stride },
                  stride, rows, columns, width, computed)
              }
            }
          }
        }
      }
    }
  }

  /// Gives a body the pointers to some weights of a matrix, or all, and to biases, and the places of the rows they
  /// multiply.
  @inline(__always)
  static func withPointers(
    _ matrix: PackedMatrix, _ panels: Range<Int>?, _ biases: Span<Float>,
    _ input: UnsafeBufferPointer<Float>, _ bases: Span<Int>, _ phases: TapPhases,
    _ taps: TapOffsets,
    _ body: (UnsafePointer<Float>?, UnsafePointer<Float>?, ck_taps) -> Void
  ) {
    let offsets = taps.offsets.span
    let shifts = phases.phases.span
    matrix.withPanels(panels) { weights in
      unsafe weights.withUnsafeBufferPointer { weights in
        unsafe biases.withUnsafeBufferPointer { biases in
          unsafe bases.withUnsafeBufferPointer { bases in
            unsafe offsets.withUnsafeBufferPointer { offsets in
              unsafe shifts.withUnsafeBufferPointer { shifts in
                let rows = unsafe ck_taps(
                  input: input.baseAddress, bases: bases.baseAddress, base_count: bases.count,
                  offsets: offsets.baseAddress, offset_count: offsets.count, repeats: taps.repeats,
                  step: taps.step, phases: shifts.isEmpty ? nil : shifts.baseAddress,
                  length: phases.length)
                unsafe body(weights.baseAddress, biases.baseAddress, rows)
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
    checkRows(of: input.count, bases: bases, phases: .none, reach: 0, count: count)
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

  /// Stops where a row of `count` floats is not all inside an input of `length` floats.
  @inline(__always)
  static func checkRows(
    of length: Int, bases: Span<Int>, phases: TapPhases, reach: Int, count: Int
  ) {
    if phases.phases.isEmpty {
      for index in bases.indices { checkRow(bases[index], last: length - reach - count) }
      return
    }
    precondition(phases.phases.count == bases.count, "a phase for each base")
    for index in bases.indices {
      checkRow(
        bases[index] + phases.phases[index] * phases.length, last: length - reach - count)
    }
  }

  @inline(__always)
  private static func checkRow(_ base: Int, last: Int) {
    precondition(base >= 0 && base <= last, "a tap is outside the input")
  }
}
