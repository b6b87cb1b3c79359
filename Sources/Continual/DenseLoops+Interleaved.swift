import CKernels

// Loops over frames whose channels are interleaved. They are safe for the same reason as those of ``PackedMatrix``.
extension DenseLoops {
  /// Puts the channels of a block side by side.
  ///
  /// ```
  /// output[(y * width + x) * 16 + c] = input[c * stride + y * columns + x]
  /// ```
  ///
  /// - Parameters:
  ///   - input: holds the channels, from its beginning on.
  ///   - stride: the floats from one channel to the next, at least `rows * columns`.
  ///   - channels: at least one and at most 16; zeros are written for the other ones of a block.
  ///   - rows: at least one.
  ///   - columns: at least one.
  ///   - output: the place of the first number of the first channel is its beginning.
  ///   - width: the places from one row of the output to the next, at least `columns`.
  ///   - instructionSet: by default the best one.
  static func interleave(
    _ input: Span<Float>, stride: Int, channels: Int, rows: Int, columns: Int,
    into output: inout MutableSpan<Float>, width: Int,
    instructionSet: InstructionSet = .current
  ) {
    let block = InterleavedLayout.block
    precondition(
      1...block ~= channels && rows > 0 && columns > 0 && columns <= width
        && stride >= rows * columns, "\(channels) channels of \(rows) x \(columns)")
    precondition(
      (channels - 1) * stride + rows * columns <= input.count
        && ((rows - 1) * width + columns) * block <= output.count,
      "the channels do not fit the input or the output")
    unsafe input.withUnsafeBufferPointer { input in
      unsafe output.withUnsafeMutableBufferPointer { output in
        unsafe ck_interleave(
          instructionSet.rawValue, input.baseAddress, stride, channels, rows, columns,
          output.baseAddress, width)
      }
    }
  }

  /// Where the windows of a block of channels are, and their outputs.
  struct Windows {
    /// The channels that there are of a block of 16.
    let channels: Int
    /// The outputs along each axis, and the places of a stored row.
    let rows: Int
    let columns: Int
    let width: Int
    /// The places between neighbouring windows, 1 or 2.
    let step: Int
  }

  /// Multiplies windows of 3 x 3 places of a block of channels, and puts the outputs into planes.
  ///
  /// Each output starts from the bias and adds its products in the order of bases and places, as
  /// ``multiply(_:group:rows:by:bases:phases:taps:from:finish:into:stride:columns:instructionSet:)`` does.
  ///
  /// - Parameters:
  ///   - weights: 16 for each of nine places of each base.
  ///   - biases: those of all channels from `channel` on, 16 of them.
  ///   - input: what the windows are part of.
  ///   - bases: where the first window of each frame starts, none negative.
  ///   - windows: at least three columns.
  ///   - channel: the first one of what finishes the outputs.
  ///   - finish: what is done with the outputs; of all channels of a block.
  ///   - work: at least ``workCount(columns:)`` floats.
  ///   - output: receives a plane for each channel.
  ///   - stride: the floats from one plane to the next.
  ///   - instructionSet: by default the best one.
  static func multiplyInterleaved(
    _ weights: Span<Float>, biases: Span<Float>, by input: Span<Float>, bases: Span<Int>,
    _ windows: Windows, channel: Int, finish: Finish?, work: inout MutableSpan<Float>,
    into output: inout MutableSpan<Float>, stride: Int, instructionSet: InstructionSet = .current
  ) {
    let block = InterleavedLayout.block
    precondition(
      1...block ~= windows.channels && windows.rows > 0 && windows.columns >= 3
        && 1...2 ~= windows.step && (windows.columns - 1) * windows.step + 3 <= windows.width,
      "windows of another size")
    precondition(
      weights.count >= bases.count * 9 * block && biases.count >= block
        && work.count >= workCount(columns: windows.columns),
      "weights, biases or work space of another size")
    precondition(
      stride >= 0
        && (windows.channels - 1) * stride + windows.rows * windows.columns <= output.count,
      "the outputs do not fit")
    let lines = (windows.rows - 1) * windows.step + 2
    let reach = (lines * windows.width + (windows.columns - 1) * windows.step + 3) * block
    for index in bases.indices {
      precondition(
        bases[index] >= 0 && bases[index] + reach <= input.count, "a window is outside the input")
    }
    unsafe weights.withUnsafeBufferPointer { weights in
      unsafe biases.withUnsafeBufferPointer { biases in
        unsafe input.withUnsafeBufferPointer { input in
          unsafe bases.withUnsafeBufferPointer { bases in
            unsafe work.withUnsafeMutableBufferPointer { work in
              unsafe output.withUnsafeMutableBufferPointer { output in
                unsafe Finish.withPointer(finish, from: channel, count: block) { finish in
                  unsafe ck_multiply_interleaved(
                    instructionSet.rawValue, weights.baseAddress, input.baseAddress,
                    bases.baseAddress, bases.count, biases.baseAddress, finish, work.baseAddress,
                    output.baseAddress, stride, windows.channels, windows.rows, windows.columns,
                    windows.width, windows.step)
                }
              }
            }
          }
        }
      }
    }
  }

  /// The floats of work space of the function above.
  static func workCount(columns: Int) -> Int {
    (Int(CK_INTERLEAVED_BAND) + 4 * columns) * InterleavedLayout.block
  }
}
