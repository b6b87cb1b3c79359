/// When a window in time has an output, and where its frames are in a ring.
///
/// A stream keeps the last `slots` frames in a ring; frame `i` is in slot `i % slots`. Output `j` of a
/// clip covers the frames `j * stride - before` to `j * stride - before + span - 1`. Frames before the
/// first are what the ring is filled with at the start; frames after the last are pushed by `drain`.
///
/// With `before <= span - 1` output `j` is due when its newest frame comes, in step
/// `span - 1 - before + j * stride`, and the ring has `span` slots. With more padding, the first
/// outputs would be due before the first frame. Then output `j` is due in step `j * stride`, and its
/// newest frame came `excess = before - (span - 1)` frames earlier: the ring is longer by `excess`.
///
/// An example, kernel 3, dilation 2, padding 1: span 5, ring of 5 slots, first output in step 3. In
/// that step the ring holds, from slot 0, the frames 0 1 2 3 and, in slot 4, the filling, which stands
/// for frame -1; the window is made of the slots 4, 1 and 3.
struct TemporalWindow: Sendable {
  let axis: WindowAxis
  /// How many frames the ring holds.
  let slots: Int
  /// How many frames earlier than it could be an output is seen.
  let excess: Int
  /// For each slot of the newest frame, where the frames of the window start, the oldest first.
  let bases: [Int]

  /// The counters of one stream: frames pushed, and how many of them by `drain`.
  static let counters = 2

  /// Plans a ring of frames of `frameCount` floats each.
  init(_ axis: WindowAxis, frameCount: Int) {
    self.axis = axis
    excess = max(axis.before - (axis.span - 1), 0)
    slots = axis.span + excess
    var bases: [Int] = []
    bases.reserveCapacity(slots * axis.kernel)
    for newest in 0..<slots {
      for tap in 0..<axis.kernel {
        bases.append((newest + 1 + tap * axis.dilation) % slots * frameCount)
      }
    }
    self.bases = bases
  }

  var timing: Timing {
    .window(span: axis.span, stride: axis.stride, padding: axis.before)
  }

  /// Whether a frame has to be kept after its step.
  var isStateless: Bool { slots == 1 }

  /// The slot that frame `index` goes to.
  func slot(ofFrame index: Int) -> Int { index % slots }

  /// The part of `bases` that holds where the frames of the window start once frame `index` has come.
  func bases(atFrame index: Int) -> Range<Int> {
    let newest = slot(ofFrame: index)
    return newest * axis.kernel..<(newest + 1) * axis.kernel
  }

  /// How many frames `drain` may push after the last one.
  var drainable: Int { axis.after + excess }
}
