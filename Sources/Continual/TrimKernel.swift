import Tensors

/// Leaves out the first and the last frames of a clip: `x[:, :, first : T - last]`.
///
/// A stream does not know which frames will be its last. It therefore holds `last` of them back, in
/// a ring, until newer ones show that they are not; the end of a clip then never yields a frame too
/// many.
struct TrimKernel: Kernel {
  let outputFrame: Shape
  private let first: Int
  private let last: Int
  /// The frames that are held back.
  private let ring: FrameRing

  /// - Throws: ``ModuleError`` where the stream would have to remember too much.
  init(frame: Shape, first: Int, last: Int) throws(ModuleError) {
    outputFrame = frame
    self.first = first
    self.last = last
    ring = try FrameRing(slots: last, of: frame)
  }

  var timing: Timing {
    Timing(receptiveField: last + 1, delay: last, warmUp: first + last)
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

  func outputLength(ofClip frames: Int) throws(ModuleError) -> Int {
    guard frames > first + last else {
      throw ModuleError(
        .clipTooShort,
        "leaves out \(first + last) frames of a clip of \(frames); it needs more")
    }
    return frames - first - last
  }
}
