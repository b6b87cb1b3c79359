/// A window that slides along one axis, as that of a convolution or a pool.
///
/// Window `j` covers the places `j * stride - before + i * dilation`, for `i` from 0 to `kernel - 1`.
/// Those outside of the axis are padding.
///
/// An example, kernel 3, dilation 2, a padding of 1 on both sides: the span is 5, and on an axis of 6
/// there are 4 windows. The first covers the places -1, 1 and 3, and in time it is complete with frame 3.
public struct WindowAxis: Hashable, Sendable {
  /// How many elements the window takes, `kernel_size`.
  public var kernel = 1
  /// The distance from one window to the next.
  public var stride = 1
  /// The distance from one element of the window to the next.
  public var dilation = 1
  /// The padding at the low end.
  public var before = 0
  /// The padding at the high end.
  public var after = 0
  /// Whether a last window may lie partly beyond the padding, as `ceil_mode`.
  var isCeil = false

  /// The distance from the first to the last element of the window, counting both.
  var span: Int { dilation * (kernel - 1) + 1 }

  /// Whether each output is made of the one input at the same place.
  var isIdentity: Bool { kernel == 1 && stride == 1 && before == 0 && after == 0 }

  /// The place of the first element of a window; negative in the padding.
  func start(of index: Int) -> Int { index * stride - before }

  /// How many windows there are along an axis, by PyTorch's rule; nil where not even one fits.
  ///
  /// With `isCeil`, a window that would start beyond the last element, in the padding behind it, is
  /// left out.
  func count(along length: Int) -> Int? {
    let room = length + before + after - span + (isCeil ? stride - 1 : 0)
    guard room >= 0 else { return nil }
    let count = room / stride + 1
    return isCeil && (count - 1) * stride >= length + before ? count - 1 : count
  }

  /// The place with which the first window is complete.
  ///
  /// With more padding than the window is long, that would be in the padding, and the first place counts.
  private var firstEnd: Int { max(span - 1 - before, 0) }

  /// How many windows are complete within the first `length` places.
  func complete(in length: Int) -> Int {
    length <= firstEnd ? 0 : (length - 1 - firstEnd) / stride + 1
  }

  /// Whether a window is complete with a place.
  func ends(at place: Int) -> Bool {
    place >= firstEnd && (stride == 1 || (place - firstEnd).isMultiple(of: stride))
  }
}
