import Tensors

/// Holds the newest frames of a stream back, in a ring.
///
/// A stream does not know which frames will be its last. One that leaves out the last frames of a clip
/// therefore holds as many of them back, until newer ones show that they are not; the end of a clip then
/// never yields a frame too many. One that is only delayed does the same, and yields them at the end.
struct HoldingKernel: Kernel {
  let outputFrame: Shape
  /// Whether a clip keeps all its frames, and the stream yields them later.
  let isDelay: Bool
  /// The number of frames at the start that are never yielded.
  private let first: Int
  /// The frames that are held back.
  private let ring: FrameRing

  /// Yields each frame later.
  ///
  /// - Throws: ``ModuleError`` where the stream would have to remember too much.
  init(_ frame: Shape, delay: Int) throws(ModuleError) {
    outputFrame = frame
    isDelay = true
    first = 0
    ring = try FrameRing(slots: delay, of: frame)
  }

  /// Leaves out the first and the last frames of a clip: `x[:, :, first : T - last]`.
  ///
  /// - Throws: ``ModuleError`` where the stream would have to remember too much.
  init(_ frame: Shape, first: Int, last: Int) throws(ModuleError) {
    outputFrame = frame
    isDelay = false
    self.first = first
    ring = try FrameRing(slots: last, of: frame)
  }

  var timing: Timing {
    Timing(receptiveField: ring.slots + 1, delay: ring.slots, warmUp: first + ring.slots)
  }

  /// The ring, and the number of frames seen.
  var state: StateLayout { StateLayout(floats: ring.count, counters: 1) }

  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    let seen = counters[0]
    counters[0] += frames
    ring.advance(
      input, frames: frames, after: seen, rows: FrameRows(outputFrame), from: first, into: &output,
      outputs: outputs, memory: &memory)
  }

  func endCount(after frames: Int) -> Int { isDelay ? min(frames, ring.slots) : 0 }

  func outputLength(ofClip frames: Int) throws(ModuleError) -> Int {
    let leftOut = isDelay ? 0 : first + ring.slots
    guard leftOut == 0 || frames > leftOut else {
      throw ModuleError(.clip(.leftOut(leftOut, frames: frames)))
    }
    return frames - leftOut
  }
}
