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

  init(frame: Shape, first: Int, last: Int) {
    outputFrame = frame
    self.first = first
    self.last = last
  }

  var timing: Timing {
    Timing(receptiveField: last + 1, delay: last, warmUp: first + last)
  }

  /// The ring of frames that are held back, and the number of frames seen; frame `t` is at place
  /// `t % last`.
  var state: StateLayout { StateLayout(floats: last * outputFrame.count, counters: 1) }

  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    let rows = FrameRows(outputFrame)
    let seen = counters[0]
    counters[0] += frames
    // What is due is the oldest of the frames that are held back and of those that came.
    let due = max(seen - last, first)
    for place in 0..<outputs {
      let time = due + place
      if time >= seen {
        rows.copy(
          time - seen..<time - seen + outputs - place, of: input, frames: frames, to: place,
          of: &output, frames: outputs)
        break
      }
      let slot = time % last * rows.count
      rows.write(
        memory.span.extracting(slot..<slot + rows.count), to: place, of: &output, frames: outputs)
    }
    for time in max(frames - last, 0)..<frames {
      let slot = (seen + time) % last * rows.count
      var own = memory._mutatingExtracting(slot..<slot + rows.count)
      rows.read(time, of: input, frames: frames, into: &own)
    }
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
