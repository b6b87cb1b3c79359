import Tensors

/// The last frames of a stream, in its memory: frame `t` is in slot `t % slots`.
///
/// It is the one way in which layers keep frames. An example, 5 slots, after the frames 0 to 6: the slots
/// hold the frames 5, 6, 2, 3 and 4. Frames before the first one have slots too, in which nothing has
/// been put yet: after the frames 0 and 1, the frames -1, -2 and -3 are in the slots 4, 3 and 2, and a
/// fresh stream has zeros there.
struct FrameRing: Hashable, Sendable {
  /// How many frames there is room for.
  let slots: Int

  /// The floats of a slot.
  let frameCount: Int

  /// A ring of raw frames.
  ///
  /// - Throws: ``ModuleError`` where a stream may not remember so many.
  init(slots: Int, of frame: Shape) throws(ModuleError) {
    _ = try StreamMemory.floats(frames: slots, of: frame.count)
    self.init(slots: slots, frameCount: frame.count)
  }

  init(slots: Int, frameCount: Int) {
    self.slots = slots
    self.frameCount = frameCount
  }

  /// The floats of all slots.
  var count: Int { slots * frameCount }

  /// The slot of a frame.
  ///
  /// - Precondition: there is a slot.
  @inline(__always)
  func slot(of frame: Int) -> Int {
    let slot = frame % slots
    return slot < 0 ? slot + slots : slot
  }

  /// Where a frame is in the memory.
  @inline(__always)
  func place(of frame: Int) -> Range<Int> {
    let start = slot(of: frame) * frameCount
    return start..<start + frameCount
  }

  /// Puts a frame where another one is, or is to be.
  func copy(_ frame: Int, to other: Int, in memory: inout MutableSpan<Float>) {
    let (from, to) = (place(of: frame).lowerBound, place(of: other).lowerBound)
    for index in 0..<frameCount { memory[to + index] = memory[from + index] }
  }

  /// Puts a frame into all slots.
  func fill(with frame: Int, in memory: inout MutableSpan<Float>) {
    for other in frame + 1..<frame + slots { copy(frame, to: other, in: &memory) }
  }

  /// Puts zeros where a frame is.
  func clear(_ frame: Int, in memory: inout MutableSpan<Float>) {
    var own = memory._mutatingExtracting(place(of: frame))
    Continual.fill(&own, with: 0)
  }
}

// MARK: - Chunks of frames

extension FrameRing {
  /// Puts the newest frames of a chunk into their slots.
  ///
  /// - Parameters:
  ///   - input: (B, C, frames, S…).
  ///   - frames: the number of frames that come.
  ///   - seen: the number of frames that came before.
  ///   - rows: those of a frame, as many floats as a slot has.
  ///   - memory: the ring.
  func keep(
    _ input: Span<Float>, frames: Int, after seen: Int, rows: FrameRows,
    in memory: inout MutableSpan<Float>
  ) {
    for time in max(frames - slots, 0)..<frames {
      var own = memory._mutatingExtracting(place(of: seen + time))
      rows.read(time, of: input, frames: frames, into: &own)
    }
  }

  /// Takes a chunk, and yields the oldest of the frames in the ring and of those that came.
  ///
  /// - Parameters:
  ///   - input: (B, C, frames, S…).
  ///   - frames: the number of frames that come.
  ///   - seen: the number of frames that came before.
  ///   - rows: those of a frame, as many floats as a slot has.
  ///   - first: the first frame of the stream that is ever yielded.
  ///   - output: (B, C, outputs, S…).
  ///   - outputs: the number of frames that are due.
  ///   - memory: the ring.
  func advance(
    _ input: Span<Float>, frames: Int, after seen: Int, rows: FrameRows, from first: Int,
    into output: inout MutableSpan<Float>, outputs: Int, memory: inout MutableSpan<Float>
  ) {
    let due = max(seen - slots, first)
    for index in 0..<outputs {
      let time = due + index
      if time >= seen {
        rows.copy(
          time - seen..<time - seen + outputs - index, of: input, frames: frames, to: index,
          of: &output, frames: outputs)
        break
      }
      rows.write(
        memory.span.extracting(place(of: time)), to: index, of: &output, frames: outputs)
    }
    keep(input, frames: frames, after: seen, rows: rows, in: &memory)
  }
}
