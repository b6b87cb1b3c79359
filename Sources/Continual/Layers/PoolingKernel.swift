import Tensors

/// Pools in space, frame by frame, then in time.
///
/// A stream keeps a ring of the pooled frames, as many as the window spans: frame `t` is at place
/// `t % span`. (The Python library wraps at the number of frames in a window, which mixes up frames
/// where the window is dilated.)
struct PoolingKernel: Kernel {
  let outputFrame: Shape
  let state: StateLayout
  private let plane: PlanePool
  private let time: TemporalPool
  /// Whether a clip is pooled as a whole, where the steps pool a window.
  private let isWholeClip: Bool

  private enum Counter {
    /// How many frames have come in.
    static let seen = 0
    /// How many outputs the end padding has yielded.
    static let drained = 1
    static let count = 2
  }

  /// - Throws: ``ModuleError`` where the stream would have to remember too much.
  init(
    frame: Shape, plane: PlanePool, outputSpace: [Int], time: TemporalPool,
    isWholeClip: Bool = false
  ) throws(ModuleError) {
    let axes = Array(frame.axes.prefix(2)) + outputSpace
    guard Size.product(axes) != nil else {
      throw ModuleError(
        .shape,
        "would make frames of shape \(Arguments.tuple(axes)); at most \(Size.limit) numbers are allowed"
      )
    }
    outputFrame = Shape(axes)
    self.plane = plane
    self.time = time
    self.isWholeClip = isWholeClip
    let span = time.window.span
    state = StateLayout(
      floats: try StreamMemory.floats(frames: span == 1 ? 0 : span, of: outputFrame.count),
      counters: Counter.count)
  }

  var timing: Timing {
    let window = time.window
    return .window(span: window.span, stride: window.stride, padding: window.padding)
  }

  var scratch: Int { plane.scratch }

  var wholeClipWindow: Int? {
    guard isWholeClip else { return nil }
    // With padding or dilation, a window never holds what a whole clip does.
    return time.window.padding == 0 && time.window.dilation == 1 ? time.window.size : 0
  }

  func step(
    _ frame: Span<Float>, into output: inout MutableSpan<Float>,
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) -> Bool {
    let now = counters[Counter.seen]
    counters[Counter.seen] = now + 1
    let isDue = time.window.ends(at: now)
    let span = time.window.span
    guard span > 1 else {
      guard isDue else { return false }
      plane.pool(frame: 0, of: frame, frames: 1, into: &output, scratch: &scratch)
      time.finish(&output)
      return true
    }
    let place = now % span * output.count
    var slot = memory._mutatingExtracting(place..<place + output.count)
    plane.pool(frame: 0, of: frame, frames: 1, into: &slot, scratch: &scratch)
    guard isDue else { return false }
    time.pool(
      from: now - span + 1, length: now + 1, frames: memory.span, slots: span, into: &output)
    return true
  }

  func drain(
    into output: inout MutableSpan<Float>,
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) -> Bool {
    let window = time.window
    let length = counters[Counter.seen]
    let index = window.complete(in: length) + counters[Counter.drained]
    guard length > 0, window.span > 1, let total = window.count(along: length), index < total else {
      return false
    }
    counters[Counter.drained] += 1
    time.pool(
      from: window.start(of: index), length: length, frames: memory.span, slots: window.span,
      into: &output)
    return true
  }

  func outputLength(ofClip frames: Int) -> Int? {
    guard frames > 0 else { return nil }
    guard !isWholeClip else { return 1 }
    return time.window.count(along: frames).flatMap { $0 > 0 ? $0 : nil }
  }

  func forward(_ clip: Tensor) throws(ModuleError) -> Tensor {
    let frames = clip.shape[2]
    guard let length = outputLength(ofClip: frames) else {
      throw ModuleError(
        .clipTooShort,
        "the clip has \(frames) frames, and the window spans \(time.window.span) with a padding of "
          + "\(time.window.padding) on both ends")
    }
    let pooled = poolEachFrame(clip, frames: frames)
    let time = clipPool(frames: frames)
    var outputs: [[Float]] = []
    var frame = [Float](repeating: 0, count: outputFrame.count)
    for index in 0..<length {
      var output = frame.mutableSpan
      time.pool(
        from: time.window.start(of: index), length: frames, frames: pooled.span, slots: frames,
        into: &output)
      outputs.append(frame)
    }
    return Tensor(frames: outputs, of: outputFrame)
  }

  private func poolEachFrame(_ clip: Tensor, frames: Int) -> [Float] {
    let count = outputFrame.count
    var pooled = [Float](repeating: 0, count: frames * count)
    var scratch = [Float](repeating: 0, count: scratch)
    var all = pooled.mutableSpan
    var work = scratch.mutableSpan
    for time in 0..<frames {
      var frame = all._mutatingExtracting(time * count..<(time + 1) * count)
      plane.pool(
        frame: time, of: clip.scalars.span, frames: frames, into: &frame, scratch: &work)
    }
    return pooled
  }

  /// How a clip is pooled in time: always with its own padding.
  private func clipPool(frames: Int) -> TemporalPool {
    TemporalPool(
      window: isWholeClip ? SlidingWindow(size: frames) : time.window, isMaximum: time.isMaximum,
      countIncludePad: time.countIncludePad, divisorOverride: time.divisorOverride, fill: nil)
  }
}
