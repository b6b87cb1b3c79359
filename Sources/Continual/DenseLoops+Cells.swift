import CKernels

// Cells of recurrent layers.
extension DenseLoops {
  /// The sums of the gates of a cell: a matrix (rows, columns) for each gate, one after the other.
  struct GateSums {
    let rows: Int
    let columns: Int
    /// The floats from one row to the next, at least `columns`.
    let stride: Int
  }

  /// Computes the outputs of a cell, as ``RecurrentCell`` says.
  ///
  /// - Parameters:
  ///   - cell: which one.
  ///   - sums: those of the gates.
  ///   - sizes: how they lie.
  ///   - others: for a GRU the sums of `n` over the hidden state, (rows, columns) side by side.
  ///   - state: of an LSTM the cells, (rows, columns) side by side, which are brought up to date.
  ///   - output: of a GRU the previous outputs; receives the new ones, (rows, columns) side by side.
  ///   - instructionSet: by default the best one.
  static func update(
    _ cell: RecurrentCell, _ sums: Span<Float>, _ sizes: GateSums, others: Span<Float>,
    state: inout MutableSpan<Float>, output: inout MutableSpan<Float>,
    instructionSet: InstructionSet = .current
  ) {
    let (rows, columns, stride) = (sizes.rows, sizes.columns, sizes.stride)
    precondition(
      rows > 0 && columns > 0 && columns <= stride
        && (cell.gates * rows - 1) * stride + columns <= sums.count,
      "\(cell.gates) gates of \(sizes) in \(sums.count) sums")
    let count = rows * columns
    precondition(
      output.count >= count && (cell != .gru || others.count >= count)
        && (cell != .lstm || state.count >= count), "\(sizes) of too few outputs")
    let set = instructionSet.rawValue
    unsafe sums.withUnsafeBufferPointer { sums in
      unsafe others.withUnsafeBufferPointer { others in
        unsafe state.withUnsafeMutableBufferPointer { state in
          unsafe output.withUnsafeMutableBufferPointer { output in
            let (sums, made) = (sums.baseAddress, output.baseAddress)
            switch cell {
            case .lstm:
              unsafe ck_lstm_cell(set, rows, columns, sums, stride, state.baseAddress, made)
            case .gru:
              unsafe ck_gru_cell(set, rows, columns, sums, stride, others.baseAddress, made)
            case .tanh: unsafe ck_tanh_cell(set, rows, columns, sums, stride, made)
            case .relu: unsafe ck_relu_cell(set, rows, columns, sums, stride, made)
            }
          }
        }
      }
    }
  }
}
