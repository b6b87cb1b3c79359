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
    guard isInTimeOnly else { return nil }
    let layout =
      inputPlane == 1
      ? FrameLayout(
        rows: WindowAxis(), of: 1, columns: window.axis, of: frames, mode: clipFill)
      : FrameLayout(
        rows: window.axis, of: frames, columns: WindowAxis(), of: inputPlane, mode: clipFill)
    guard let layout, Size.product([channels, layout.channelCount]) != nil else { return nil }
    return layout
  }

  /// Computes all outputs of a clip as one product, whose columns are all places of all outputs.
  private func convolveInTime(
    _ clip: Span<Float>, frames: Int, _ time: FrameLayout, into output: inout MutableSpan<Float>
  ) {
    let columns = time.outputs.rows * time.outputs.columns
    let taps = TapOffsets(channels / matrix.groups, step: time.channelCount)
    var stored = [Float](repeating: 0, count: channels * time.channelCount)
    for item in 0..<batch {
      var target = stored.mutableSpan
      time.store(
        channels, from: clip.extracting((item * channels * frames * inputPlane)...),
        stride: frames * inputPlane, into: &target, isClear: true)
      for group in 0..<matrix.groups {
        let start = (item * matrix.groups + group) * matrix.rows * columns
        var own = output._mutatingExtracting(start..<start + matrix.rows * columns)
        DenseLoops.multiply(
          matrix, group: group,
          by: target.span.extracting((group * taps.count * time.channelCount)...),
          bases: time.taps.span, taps: taps, into: &own, stride: columns, columns: columns)
      }
    }
  }

  /// Computes the outputs of a clip one after the other, in a ring of its own.
  private func convolve(
    _ clip: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, length: Int,
    scratch work: inout MutableSpan<Float>
  ) {
    let axis = window.axis
    let ring = TemporalWindow(
      WindowAxis(kernel: axis.kernel, stride: axis.stride, dilation: axis.dilation),
      frameCount: frameCount)
    var memory = [Float](
      repeating: 0, count: ring.slots * frameCount + ConvolutionKernel.slack)
    var stored = memory.mutableSpan
    // Padded frames are numbered from zero; the last window may end before the last of them.
    for index in 0..<(length - 1) * axis.stride + axis.span {
      let slot = ring.slot(ofFrame: index)
      if let time = clipFill.source(of: index - axis.before, length: frames) {
        store(
          clip, at: time * inputPlane, stride: frames * inputPlane, into: &stored, slot: slot)
      } else {
        clearFrame(slot, in: &stored)
      }
      guard ring.axis.ends(at: index) else { continue }
      let time = (index - (axis.span - 1)) / axis.stride
      var own = output._mutatingExtracting((time * outputPlane)...)
      compute(
        stored.span, slack: ConvolutionKernel.slack,
        bases: ring.bases.span.extracting(ring.bases(atFrame: index)), into: &own,
        stride: length * outputPlane, scratch: &work)
    }
  }
}
