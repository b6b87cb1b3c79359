/// What stands where a window reaches beyond the edge; PyTorch's names.
public enum PaddingMode: String, Hashable, Sendable, CaseIterable {
  /// Zeros.
  case zeros
  /// The value at the edge, again and again.
  case replicate
  /// The values inside, mirrored at the edge without repeating it: 3 2 | 1 2 3.
  case reflect
  /// The values at the other edge, as if it began again: 2 3 | 1 2 3.
  case circular

  /// Where the value at a position is taken from; nil where it is zero.
  ///
  /// - Parameters:
  ///   - position: may be negative or beyond the end.
  ///   - length: the length of the axis, at least one; ``accepts(padding:length:)`` must hold.
  /// - Returns: a position on the axis.
  func source(of position: Int, length: Int) -> Int? {
    if position >= 0 && position < length { return position }
    switch self {
    case .zeros: return nil
    case .replicate: return min(max(position, 0), length - 1)
    case .reflect: return position < 0 ? -position : 2 * (length - 1) - position
    case .circular: return position < 0 ? position + length : position - length
    }
  }

  /// Whether PyTorch allows so much padding on one side of an axis of this length.
  func accepts(padding: Int, length: Int) -> Bool {
    switch self {
    case .zeros, .replicate: true
    case .reflect: padding < length
    case .circular: padding <= length
    }
  }
}
