/// What happens to the sums of the gates.
///
/// All is computed in double precision and rounded once an output, so that the error of an activation
/// is about half a unit in the last place.
enum RecurrentCell: Hashable, Sendable {
  case tanh
  case relu
  case lstm
  case gru

  /// The rows of weights an output has.
  var gates: Int {
    switch self {
    case .tanh, .relu: 1
    case .gru: 3
    case .lstm: 4
    }
  }

  /// The rows whose sums go on over the hidden state; those of `n` of a GRU have a sum of their own.
  var joinedGates: Int { self == .gru ? 2 : gates }

  /// Computes outputs, in the place of the first sums.
  ///
  /// - Parameters:
  ///   - size: the number of outputs.
  ///   - sums: those of the gates, and for a GRU behind them those of `n` over the hidden state; `size` of each.
  ///   - state: of an LSTM the cell, which is brought up to date; of a GRU the previous outputs.
  ///   - instructionSet: by default the best one.
  func update(
    _ size: Int, sums: inout MutableSpan<Float>, state: inout MutableSpan<Float>,
    instructionSet: InstructionSet = .current
  ) {
    switch self {
    case .relu:
      // A NaN stays one.
      for i in 0..<size { sums[i] = sums[i] < 0 ? 0 : sums[i] }
    case .tanh, .lstm, .gru:
      DenseLoops.update(
        self, size, sums: &sums, state: &state, instructionSet: instructionSet)
    }
  }
}
