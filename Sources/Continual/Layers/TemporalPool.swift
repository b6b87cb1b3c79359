/// Pools frames over time: one output of the frames of one window.
///
/// Clip and stream call the same function; they differ only in where the frames are, so they get
/// the same bits. A sum starts with the oldest frame and adds the newer ones in single precision,
/// then divides once: the rounding error is at most `(size + 1) / 2` units in the last place of the
/// mean of the absolute values. Nothing is carried from one window to the next, so no error builds
/// up in a long stream.
struct TemporalPool: Sendable {
  let window: WindowAxis
  let isMaximum: Bool
  /// Whether the mean divides by the padding as well.
  let countIncludePad: Bool
  /// What the sum is divided by instead of the number of frames.
  let divisorOverride: Int?
  /// What stands for the missing frames; nil where they are not part of the window.
  let fill: PaddingMode?

  /// Pools the window that begins at frame `start` of a stream of which `length` frames are known.
  ///
  /// - Parameters:
  ///   - start: the first frame; negative in the padding.
  ///   - length: the number of frames there are.
  ///   - frames: the frames.
  ///   - ring: where they are.
  ///   - output: the pooled frame.
  func pool(
    from start: Int, length: Int, frames: Span<Float>, in ring: FrameRing,
    into output: inout MutableSpan<Float>
  ) {
    var divisor = 0
    var isFirst = true
    for tap in 0..<window.kernel {
      var time = start + tap * window.dilation
      // A last window of ceil_mode reaches beyond the padding; what is there never counts.
      guard time < length + window.after else { break }
      if time < 0 || time >= length {
        guard let fill else {
          divisor += countIncludePad ? 1 : 0
          continue
        }
        guard let source = fill.source(of: time, length: length) else {
          add(fill.constant, to: &output, isFirst: isFirst)
          divisor += 1
          isFirst = false
          continue
        }
        time = source
      }
      add(frames.extracting(ring.place(of: time)), to: &output, isFirst: isFirst)
      divisor += 1
      isFirst = false
    }
    finish(&output, divisor: divisor, isEmpty: isFirst)
  }

  /// Turns the sum over a window of one frame into its mean; a maximum stays as it is.
  func finish(_ output: inout MutableSpan<Float>) { finish(&output, divisor: 1, isEmpty: false) }

  private func finish(_ output: inout MutableSpan<Float>, divisor: Int, isEmpty: Bool) {
    guard !isEmpty else {
      return Continual.fill(&output, with: isMaximum ? -.infinity : 0)
    }
    let divisor = divisorOverride ?? divisor
    guard !isMaximum, divisor != 1 else { return }
    divide(&output, by: Float(divisor))
  }

  private func add(
    _ frame: Span<Float>, to output: inout MutableSpan<Float>, isFirst: Bool
  ) {
    if isFirst {
      copy(frame, into: &output)
    } else if isMaximum {
      DenseLoops.maximum(frame, into: &output)
    } else {
      DenseLoops.add(frame, to: &output)
    }
  }

  private func add(_ value: Float, to output: inout MutableSpan<Float>, isFirst: Bool) {
    if isFirst { return Continual.fill(&output, with: value) }
    for i in output.indices {
      output[i] = isMaximum ? maximum(output[i], value) : output[i] + value
    }
  }
}
