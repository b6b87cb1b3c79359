/// A sliding window along one axis, as of a convolution.
public struct WindowAxis: Hashable, Sendable {
  /// How many elements the window takes.
  public var kernel = 1
  /// The distance from one window to the next.
  public var stride = 1
  /// The distance from one element of the window to the next.
  public var dilation = 1
  /// The padding at the low end.
  public var before = 0
  /// The padding at the high end.
  public var after = 0

  /// The distance from the first to the last element of the window, counting both.
  var span: Int { dilation * (kernel - 1) + 1 }

  /// How many windows there are on an axis of this length; nil where not even one fits.
  func outputLength(of length: Int) -> Int? {
    let room = length + before + after - span
    return room < 0 ? nil : room / stride + 1
  }

  /// Whether each output is made of the one input at the same place.
  var isIdentity: Bool { self == WindowAxis() }
}
