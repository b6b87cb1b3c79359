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
  ///   - memory: the frames.
  ///   - ring: where they are.
  ///   - place: which frame of the output the pooled one becomes.
  ///   - output: (B, C, outputs, S…).
  ///   - outputs: the number of frames of the output.
  ///   - rows: those of a frame.
  ///   - scratch: room for a frame.
  func pool(
    from start: Int, length: Int, memory: Span<Float>, in ring: FrameRing, to place: Int,
    of output: inout MutableSpan<Float>, frames outputs: Int, rows: FrameRows,
    scratch: inout MutableSpan<Float>
  ) {
    // A last window of ceil_mode reaches beyond the padding; what is there never counts.
    let known = taps(from: start, before: length + window.after)
    let skipped = taps(from: start, before: 0)
    let inside = taps(from: start, before: length) - skipped
    guard fill == nil || inside == known else {
      var frame = scratch._mutatingExtracting(0..<rows.count)
      poolFilled(from: start, taps: known, length: length, frames: memory, in: ring, into: &frame)
      return rows.write(frame.span, to: place, of: &output, frames: outputs)
    }
    guard inside > 0 else {
      var frame = scratch._mutatingExtracting(0..<rows.count)
      Continual.fill(&frame, with: isMaximum ? -.infinity : 0)
      return rows.write(frame.span, to: place, of: &output, frames: outputs)
    }
    DenseLoops.combine(
      memory, in: ring, first: start + skipped * window.dilation, step: window.dilation,
      count: inside, isMaximum: isMaximum, divisor: divisor(countIncludePad ? known : inside),
      into: &output, at: place, frames: outputs, rows: rows)
  }

  /// How many taps of a window lie before a frame.
  private func taps(from start: Int, before end: Int) -> Int {
    end <= start ? 0 : min(window.kernel, (end - start - 1) / window.dilation + 1)
  }

  /// What a sum over so many frames is divided by; one for a maximum.
  private func divisor(_ count: Int) -> Float {
    isMaximum ? 1 : Float(divisorOverride ?? count)
  }

  /// Pools a window some of whose frames are those of a fill.
  private func poolFilled(
    from start: Int, taps: Int, length: Int, frames: Span<Float>, in ring: FrameRing,
    into output: inout MutableSpan<Float>
  ) {
    for tap in 0..<taps {
      let time = start + tap * window.dilation
      if let source = (fill ?? .zeros).source(of: time, length: length) {
        add(frames.extracting(ring.place(of: source)), to: &output, isFirst: tap == 0)
      } else {
        add((fill ?? .zeros).constant, to: &output, isFirst: tap == 0)
      }
    }
    finish(&output, divisor: taps)
  }

  /// Turns the sum over a window of one frame into its mean; a maximum stays as it is.
  func finish(_ output: inout MutableSpan<Float>) { finish(&output, divisor: 1) }

  private func finish(_ output: inout MutableSpan<Float>, divisor count: Int) {
    let divisor = divisor(count)
    if divisor != 1 { divide(&output, by: divisor) }
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
