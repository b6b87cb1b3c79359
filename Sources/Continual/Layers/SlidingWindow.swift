/// A window that slides along one axis, as that of a pool.
///
/// Window `j` covers the places `j * stride - padding + i * dilation`, for `i` from 0 to
/// `size - 1`. Those outside of the axis are padding.
struct SlidingWindow: Hashable, Sendable {
  var size = 1
  var stride = 1
  var padding = 0
  var dilation = 1
  /// Whether a last window may lie partly beyond the padding, as `ceil_mode`.
  var isCeil = false

  /// The number of places from the first to the last, both included.
  var span: Int { dilation * (size - 1) + 1 }

  /// The place of the first element of a window; negative in the padding.
  func start(of index: Int) -> Int { index * stride - padding }

  /// How many windows there are along an axis, by PyTorch's rule; nil where it is too short.
  ///
  /// With `isCeil`, a window that would start beyond the last element, in the padding behind it, is
  /// left out.
  func count(along length: Int) -> Int? {
    let room = length + 2 * padding - span + (isCeil ? stride - 1 : 0)
    guard room >= 0 else { return nil }
    let count = room / stride + 1
    return isCeil && (count - 1) * stride >= length + padding ? count - 1 : count
  }

  /// How many windows end within the first `frames` places.
  func complete(in frames: Int) -> Int {
    let first = span - 1 - padding
    return frames <= first ? 0 : (frames - 1 - first) / stride + 1
  }

  /// Whether a window ends at a place.
  func ends(at place: Int) -> Bool {
    let late = place - (span - 1 - padding)
    return late >= 0 && late.isMultiple(of: stride)
  }
}
