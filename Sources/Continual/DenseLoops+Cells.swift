import CKernels

// Cells of recurrent layers.
extension DenseLoops {
  /// Computes the outputs of a cell that is not the rectifier, as ``RecurrentCell`` says.
  static func update(
    _ cell: RecurrentCell, _ size: Int, sums: inout MutableSpan<Float>,
    state: inout MutableSpan<Float>, instructionSet: InstructionSet
  ) {
    let gates = cell == .gru ? 4 : cell.gates
    precondition(
      size >= 0 && gates * size <= sums.count && (cell == .tanh || size <= state.count),
      "\(size) outputs of \(sums.count) sums and \(state.count) floats of state")
    let set = instructionSet.rawValue
    unsafe sums.withUnsafeMutableBufferPointer { sums in
      unsafe state.withUnsafeMutableBufferPointer { state in
        switch cell {
        case .lstm: unsafe ck_lstm_cell(set, size, sums.baseAddress, state.baseAddress)
        case .gru: unsafe ck_gru_cell(set, size, sums.baseAddress, state.baseAddress)
        case .tanh, .relu: unsafe ck_tanh_cell(set, size, sums.baseAddress)
        }
      }
    }
  }
}
