import CKernels

// Cells of recurrent layers.
extension DenseLoops {
  /// The sums of the gates of some cells: of each item a run for each gate, one after the other.
  struct GateSums {
    let items: Int
    /// The sums of a gate of an item, and its outputs.
    let size: Int
    /// The floats from one item to the next, at least those of all its gates.
    let stride: Int
  }

  /// Computes the outputs of a cell, as ``RecurrentCell`` says.
  ///
  /// - Parameters:
  ///   - cell: which one.
  ///   - sums: those of the gates.
  ///   - sizes: how they lie.
  ///   - others: for a GRU the sums of `n` over the hidden state, (items, size) side by side.
  ///   - state: of an LSTM the cells, (items, size) side by side, which are brought up to date.
  ///   - output: of a GRU the previous outputs; receives the new ones, (items, size) side by side.
  ///   - instructionSet: by default the best one.
  static func update(
    _ cell: RecurrentCell, _ sums: Span<Float>, _ sizes: GateSums, others: Span<Float>,
    state: inout MutableSpan<Float>, output: inout MutableSpan<Float>,
    instructionSet: InstructionSet = .current
  ) {
    let (items, size, stride) = (sizes.items, sizes.size, sizes.stride)
    let run = cell.gates * size
    precondition(
      items > 0 && size > 0 && run <= stride && (items - 1) * stride + run <= sums.count,
      "\(cell.gates) gates of \(sizes) in \(sums.count) sums")
    let count = items * size
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
              unsafe ck_lstm_cell(set, items, size, sums, stride, state.baseAddress, made)
            case .gru:
              unsafe ck_gru_cell(set, items, size, sums, stride, others.baseAddress, made)
            case .tanh: unsafe ck_tanh_cell(set, items, size, sums, stride, made)
            case .relu: unsafe ck_relu_cell(set, items, size, sums, stride, made)
            }
          }
        }
      }
    }
  }
}
