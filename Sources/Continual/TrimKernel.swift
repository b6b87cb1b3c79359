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

  /// The ring of frames that are held back; the number of frames seen, which also is the place of
  /// the next one.
  var state: StateLayout { StateLayout(floats: last * outputFrame.count, counters: 1) }

  func step(
    _ frame: Span<Float>, into output: inout MutableSpan<Float>,
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) -> Bool {
    let time = counters[0]
    counters[0] += 1
    guard last > 0 else {
      for index in frame.indices { output[index] = frame[index] }
      return time >= first
    }
    let slot = time % last * frame.count
    for index in frame.indices {
      output[index] = memory[slot + index]
      memory[slot + index] = frame[index]
    }
    return time >= first + last
  }

  func outputLength(ofClip frames: Int) -> Int? {
    frames > first + last ? frames - first - last : nil
  }

  func forward(_ clip: Tensor) throws(ModuleError) -> Tensor {
    let frames = clip.shape[2]
    guard outputLength(ofClip: frames) != nil else {
      throw ModuleError(
        .clipTooShort,
        "leaves out \(first + last) frames of a clip of \(frames); it needs more")
    }
    return clip.frames(first..<frames - last)
  }
}
