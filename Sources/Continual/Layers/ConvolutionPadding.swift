/// How a convolution is padded.
public enum ConvolutionPadding: Hashable, Sendable {
  /// As many elements at both ends of each axis, time first.
  case explicit([Int])
  /// Numbers of their own for both ends of each axis, time first: what is padded before time alone
  /// makes a causal convolution, whose outputs come without delay.
  case sides(before: [Int], after: [Int])
  /// So many that the output is as long as the input; of an odd number, one more at the high end.
  case same
  /// None.
  case valid
}
