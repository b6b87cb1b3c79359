import Tensors

/// Pools in space, frame by frame, then in time.
///
/// A stream keeps the pooled frames in a ring, as many as the window spans. (The Python library wraps at the number of frames in a window, which mixes up frames
/// where the window is dilated.)
struct PoolingKernel: Kernel {
  let outputFrame: Shape
  let state: StateLayout
  private let plane: PlanePool
  private let time: TemporalPool
  private let rows: FrameRows
  /// The pooled frames that are kept; none of them where the window is one frame.
  private let ring: FrameRing
  /// Whether a clip is pooled as a whole, where the steps pool a window.
  private let isWholeClip: Bool

  /// - Throws: ``ModuleError`` where the stream would have to remember too much.
  init(
    frame: Shape, plane: PlanePool, outputSpace: [Int], time: TemporalPool,
    isWholeClip: Bool = false
  ) throws(ModuleError) {
    let axes = Array(frame.axes.prefix(2)) + outputSpace
    guard Size.product(axes) != nil else {
      throw ModuleError(.frame(.pooled(axes)))
    }
    outputFrame = Shape(axes)
    rows = FrameRows(outputFrame)
    self.plane = plane
    self.time = time
    self.isWholeClip = isWholeClip
    ring = try FrameRing(
      slots: time.window.isStateless ? 0 : time.window.kept, of: outputFrame)
    state = StateLayout(floats: ring.count, counters: 1)
  }

  var timing: Timing { time.window.timing }

  /// The work space of a pool in space, or a frame that is pooled in time.
  func scratch(frames: Int) -> Int { max(plane.scratch, rows.count) }

  var wholeClipWindow: Int? {
    guard isWholeClip else { return nil }
    // With padding or dilation, a window never holds what a whole clip does.
    return time.window.before == 0 && time.window.dilation == 1 ? time.window.kernel : 0
  }

  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    let window = time.window
    let seen = counters[0]
    counters[0] += frames
    var place = 0
    for index in 0..<frames {
      let now = seen + index
      let isDue = window.ends(at: now)
      guard !window.isStateless else {
        guard isDue else { continue }
        plane.pool(
          frame: index, of: input, frames: frames, to: place, of: &output, frames: outputs,
          scratch: &scratch)
        place += 1
        continue
      }
      var own = memory._mutatingExtracting(ring.place(of: now))
      plane.pool(
        frame: index, of: input, frames: frames, to: 0, of: &own, frames: 1, scratch: &scratch)
      guard isDue else { continue }
      time.pool(
        from: now - window.span + 1, length: now + 1, memory: memory.span, in: ring, to: place,
        of: &output, frames: outputs, rows: rows, scratch: &scratch)
      place += 1
    }
    if window.isStateless { time.finish(&output) }
    guard ends else { return }
    let length = seen + frames
    let first = window.complete(in: length) - place
    while place < outputs {
      time.pool(
        from: window.start(of: first + place), length: length, memory: memory.span, in: ring,
        to: place, of: &output, frames: outputs, rows: rows, scratch: &scratch)
      place += 1
    }
  }

  func endCount(after frames: Int) -> Int {
    guard frames > 0, !time.window.isStateless else { return 0 }
    return max((time.window.count(along: frames) ?? 0) - time.window.complete(in: frames), 0)
  }

  func outputLength(ofClip frames: Int) throws(ModuleError) -> Int {
    if isWholeClip && frames > 0 { return 1 }
    guard frames > 0, let count = time.window.count(along: frames), count > 0 else {
      throw ModuleError(
        .clip(
          .pool(frames: frames, span: time.window.span, padding: time.window.before)))
    }
    return count
  }

  func forward(
    _ clip: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) throws(ModuleError) {
    guard isWholeClip || time.fill != nil else {
      return advance(
        clip, frames: frames, into: &output, outputs: outputs, ends: true, memory: &memory,
        counters: &counters, scratch: &scratch)
    }
    // A clip is always padded as the module says, and the steps as a stream's fill does.
    let time = TemporalPool(
      window: isWholeClip ? WindowAxis(kernel: frames) : time.window, isMaximum: time.isMaximum,
      countIncludePad: time.countIncludePad, divisorOverride: time.divisorOverride, fill: nil)
    let ring = FrameRing(slots: frames, frameCount: rows.count)
    var pooled = [Float](repeating: 0, count: ring.count)
    var all = pooled.mutableSpan
    for index in 0..<frames {
      var own = all._mutatingExtracting(ring.place(of: index))
      plane.pool(
        frame: index, of: clip, frames: frames, to: 0, of: &own, frames: 1, scratch: &scratch)
    }
    for place in 0..<outputs {
      time.pool(
        from: time.window.start(of: place), length: frames, memory: all.span, in: ring, to: place,
        of: &output, frames: outputs, rows: rows, scratch: &scratch)
    }
  }
}
