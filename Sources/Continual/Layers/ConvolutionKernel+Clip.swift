import Tensors

extension ConvolutionKernel {
  func forward(
    _ clip: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) throws(ModuleError) {
    if clipFill == streamFill {
      advance(
        clip, frames: frames, into: &output, outputs: outputs, ends: true, memory: &memory,
        counters: &counters, scratch: &scratch)
    } else if let time = timeLayout(frames: frames) {
      convolveInTime(clip, frames: frames, time, into: &output)
    } else {
      convolve(clip, frames: frames, into: &output, length: outputs, scratch: &scratch)
    }
  }

  /// How a clip is laid out for a convolution that leaves space alone; nil for others.
  ///
  /// It is padded in time and cut into phases of the stride in time.
  private func timeLayout(frames: Int) -> FrameLayout? {
    guard product.strategy.leavesSpaceAlone else { return nil }
    let layout =
      inputPlane == 1
      ? FrameLayout(rows: WindowAxis(), of: 1, columns: window, of: frames, mode: clipFill)
      : FrameLayout(
        rows: window, of: frames, columns: WindowAxis(), of: inputPlane, mode: clipFill)
    guard let layout, Size.product([product.channels, layout.channelCount]) != nil else {
      return nil
    }
    return layout
  }

  /// Computes all outputs of a clip as one product, whose columns are all places of all outputs.
  private func convolveInTime(
    _ clip: Span<Float>, frames: Int, _ time: FrameLayout, into output: inout MutableSpan<Float>
  ) {
    let (matrix, channels) = (product.matrix, product.channels)
    let columns = time.outputs.rows * time.outputs.columns
    let taps = TapOffsets(channels / matrix.groups, step: time.channelCount)
    var stored = [Float](repeating: 0, count: channels * time.channelCount)
    for item in 0..<product.batch {
      var target = stored.mutableSpan
      time.store(
        channels, from: clip.extracting((item * channels * frames * inputPlane)...),
        stride: frames * inputPlane, into: &target)
      for group in 0..<matrix.groups {
        let start = (item * matrix.groups + group) * matrix.rows * columns
        var own = output._mutatingExtracting(start..<start + matrix.rows * columns)
        DenseLoops.multiply(
          matrix, group: group,
          by: target.span.extracting((group * taps.count * time.channelCount)...),
          bases: time.taps.span, taps: taps, finish: product.finish, into: &own, stride: columns,
          columns: columns)
      }
    }
  }

  /// Computes the outputs of a clip one after the other, in a ring of its own.
  private func convolve(
    _ clip: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, length: Int,
    scratch work: inout MutableSpan<Float>
  ) {
    let window = self.window.unpadded
    let ring = FrameRing(slots: window.kept, frameCount: product.frameCount)
    let taps = RingTaps(window, in: ring)
    var memory = [Float](
      repeating: 0, count: ring.count + ConvolutionProduct.slack + DenseLoops.lineLength)
    let start = DenseLoops.floatsToLine(memory.span)
    var all = memory.mutableSpan
    var stored = all._mutatingExtracting(start...)
    // Padded frames are numbered from zero; the last window may end before the last of them.
    for index in 0..<(length - 1) * window.stride + window.span {
      var own = stored._mutatingExtracting(ring.place(of: index))
      if let time = clipFill.source(of: index - self.window.before, length: frames) {
        store(clip, time, of: frames, into: &own, work: &work)
      } else {
        fill(&own, with: clipFill.constant)
      }
      guard window.ends(at: index) else { continue }
      let place = (index - (window.span - 1)) / window.stride
      var target = output._mutatingExtracting((place * outputPlane)...)
      product.compute(
        stored.span, slack: ConvolutionProduct.slack,
        bases: taps.bases.span.extracting(taps.range(newest: index)), into: &target,
        stride: length * outputPlane, work: &work)
    }
  }
}
