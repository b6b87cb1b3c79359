import Tensors

/// Keeps the last frames in a ring until they are due.
struct DelayKernel: Kernel {
  let outputFrame: Shape
  private let ring: FrameRing

  /// - Throws: ``ModuleError`` where the stream would have to remember too much.
  init(frame: Shape, delay: Int) throws(ModuleError) {
    outputFrame = frame
    ring = try FrameRing(slots: delay, of: frame)
  }

  var timing: Timing {
    Timing(receptiveField: ring.slots + 1, delay: ring.slots, warmUp: ring.slots)
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
      input, frames: frames, after: seen, rows: FrameRows(outputFrame), into: &output,
      outputs: outputs, memory: &memory)
  }

  func endCount(after frames: Int) -> Int { min(frames, ring.slots) }
}
