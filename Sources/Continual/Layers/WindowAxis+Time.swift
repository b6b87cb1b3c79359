/// A window that slides along time, over the frames of a stream.
///
/// A stream keeps the last ``kept`` frames in a ``FrameRing``. Output `j` covers the frames
/// `j * stride - before` to `j * stride - before + span - 1`. Frames before the first one are what the
/// ring holds at the start; those behind the last one come when the clip ends.
///
/// With `before <= span - 1` output `j` is due when its newest frame comes, in step
/// `span - 1 - before + j * stride`, and `span` frames are kept. With more padding, the first outputs
/// would be due before the first frame. Then output `j` is due in step `j * stride`, and its newest
/// frame came `excess = before - (span - 1)` frames earlier: as many more frames are kept.
///
/// An example, kernel 3, dilation 2, padding 1: span 5, a ring of 5 slots, first output in step 3. In
/// that step the ring holds, from slot 0, the frames 0 1 2 3 and, in slot 4, what stands for frame -1;
/// the window is made of the slots 4, 1 and 3.
extension WindowAxis {
  /// How many frames earlier than it could be an output is seen.
  var excess: Int { max(before - (span - 1), 0) }

  /// How many frames a stream keeps, the newest one included.
  var kept: Int { span + excess }

  /// Whether an output needs the newest frame alone, so that a stream need not keep it.
  var isStateless: Bool { kept == 1 && drainable == 0 }

  /// How many frames may come behind the last one of a clip.
  var drainable: Int { after + excess }

  var timing: Timing { .window(span: span, stride: stride, padding: before) }

  /// The window without its padding, over frames that have been padded.
  var unpadded: WindowAxis { WindowAxis(kernel: kernel, stride: stride, dilation: dilation) }
}

/// Where the frames of a window are in a ring, for each slot that the newest frame can be in.
struct RingTaps: Sendable {
  /// For each slot of the newest frame, where the frames of the window start, the oldest first.
  let bases: [Int]
  private let ring: FrameRing
  private let kernel: Int

  init(_ window: WindowAxis, in ring: FrameRing) {
    self.ring = ring
    kernel = window.kernel
    var bases: [Int] = []
    bases.reserveCapacity(ring.slots * window.kernel)
    for newest in 0..<ring.slots {
      // The ring holds `excess` more frames than the window spans; the window is the oldest of them.
      for tap in 0..<window.kernel {
        bases.append(ring.place(of: newest + 1 + tap * window.dilation).lowerBound)
      }
    }
    self.bases = bases
  }

  /// The part of `bases` that is of the window once a frame has come.
  func range(newest frame: Int) -> Range<Int> {
    let start = ring.slot(of: frame) * kernel
    return start..<start + kernel
  }
}
