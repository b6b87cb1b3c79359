import Tensors

/// The last frames of a stream, which wait until they are due: frame `t` is at place `t % length`.
struct FrameRing: Sendable {
  let rows: FrameRows

  /// How many frames wait.
  let length: Int

  /// The floats of the ring.
  var count: Int { length * rows.count }

  /// Takes a chunk, and yields the oldest of the frames in the ring and of those that came.
  ///
  /// - Parameters:
  ///   - input: (B, C, frames, S…).
  ///   - frames: the number of frames that come.
  ///   - seen: the number of frames that came before.
  ///   - first: the first frame of the stream that is ever yielded.
  ///   - output: (B, C, outputs, S…).
  ///   - outputs: the number of frames that are due.
  ///   - memory: the ring.
  func advance(
    _ input: Span<Float>, frames: Int, after seen: Int, from first: Int = 0,
    into output: inout MutableSpan<Float>, outputs: Int, memory: inout MutableSpan<Float>
  ) {
    let due = max(seen - length, first)
    for place in 0..<outputs {
      let time = due + place
      if time >= seen {
        rows.copy(
          time - seen..<time - seen + outputs - place, of: input, frames: frames, to: place,
          of: &output, frames: outputs)
        break
      }
      let start = start(ofFrame: time)
      rows.write(
        memory.span.extracting(start..<start + rows.count), to: place, of: &output,
        frames: outputs)
    }
    for time in max(frames - length, 0)..<frames {
      let start = start(ofFrame: seen + time)
      var own = memory._mutatingExtracting(start..<start + rows.count)
      rows.read(time, of: input, frames: frames, into: &own)
    }
  }

  private func start(ofFrame time: Int) -> Int { time % length * rows.count }
}
