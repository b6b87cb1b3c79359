/// What stands where a window reaches beyond the edge, in time or in space; the names of PyTorch and of
/// `continual`.
public enum PaddingMode: String, Hashable, Sendable, CaseIterable {
  /// Zeros.
  case zeros
  /// The value at the edge, again and again.
  case replicate
  /// The values inside, mirrored at the edge without repeating it: 3 2 | 1 2 3.
  case reflect
  /// The values at the other edge, as if it began again: 2 3 | 1 2 3.
  case circular
  /// Minus infinity, which is never the largest.
  case negativeInfinity = "neg_inf"

  /// What PyTorch pads a convolution with, `padding_mode`.
  public static let ofConvolutions: [PaddingMode] = [.zeros, .replicate, .reflect, .circular]

  /// What stands for missing frames in the steps of a pool, `temporal_fill`.
  public static let ofPools: [PaddingMode] = [.zeros, .replicate, .negativeInfinity]

  /// Where the value at a position is taken from; nil where it is the ``constant``.
  ///
  /// - Parameters:
  ///   - position: may be negative or beyond the end.
  ///   - length: the length of the axis, at least one; ``accepts(padding:length:)`` must hold.
  /// - Returns: a position on the axis.
  func source(of position: Int, length: Int) -> Int? {
    if position >= 0 && position < length { return position }
    switch self {
    case .zeros, .negativeInfinity: return nil
    case .replicate: return min(max(position, 0), length - 1)
    case .reflect: return position < 0 ? -position : 2 * (length - 1) - position
    case .circular: return position < 0 ? position + length : position - length
    }
  }

  /// The value that is taken from nowhere.
  var constant: Float { self == .negativeInfinity ? -.infinity : 0 }

  /// Whether PyTorch allows so much padding on one side of an axis of this length.
  func accepts(padding: Int, length: Int) -> Bool {
    switch self {
    case .zeros, .replicate, .negativeInfinity: true
    case .reflect: padding < length
    case .circular: padding <= length
    }
  }
}

extension ArgumentCheck {
  /// Notes a `temporal_fill` that no pool has.
  mutating func require(fill: PaddingMode?) {
    if let fill { require(PaddingMode.ofPools.contains(fill), .temporalFill(fill)) }
  }
}
