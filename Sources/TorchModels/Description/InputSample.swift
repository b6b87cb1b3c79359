/// One frame of one sample that a network takes, as far as it is known.
public struct InputSample: Hashable, Sendable {
  /// The number of channels.
  public var channels: Int

  /// The space axes, nil where a length is not known.
  public var space: [Int?]

  /// Whether the number of axes is a fact, and not a guess for a layer that takes any.
  public var hasKnownAxes: Bool

  /// Makes a sample.
  public init(channels: Int, space: [Int?], hasKnownAxes: Bool = true) {
    self.channels = channels
    self.space = space
    self.hasKnownAxes = hasKnownAxes
  }

  /// Makes a sample of the shape (C, T, S…) of an architecture.
  init(_ shape: [Int?]) {
    self.init(channels: (shape.first ?? nil) ?? 1, space: Array(shape.dropFirst(2)))
  }
}
