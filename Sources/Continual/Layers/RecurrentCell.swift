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
}
