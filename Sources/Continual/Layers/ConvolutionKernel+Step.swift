extension ConvolutionKernel {
  func step(
    _ frame: Span<Float>, into output: inout MutableSpan<Float>,
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) -> Bool {
    let index = counters[0]
    counters[0] += 1
    if window.isStateless {
      guard window.isDue(atFrame: index) else { return false }
      computeAlone(frame, into: &output, scratch: &scratch)
      return true
    }
    store(frame, at: 0, stride: inputPlane, into: &memory, slot: window.slot(ofFrame: index))
    if index == 0 && window.axis.before > 0 && streamFill == .replicate {
      for slot in 1..<window.slots { copyFrame(from: 0, to: slot, in: &memory) }
    }
    guard window.isDue(atFrame: index) else { return false }
    compute(
      memory.span, slack: ConvolutionKernel.slack,
      bases: window.bases.span.extracting(window.bases(atFrame: index)),
      into: &output, stride: outputPlane, scratch: &scratch)
    return true
  }

  /// Computes an output frame from one input frame, where no frame has to be kept.
  private func computeAlone(
    _ frame: Span<Float>, into output: inout MutableSpan<Float>,
    scratch: inout MutableSpan<Float>
  ) {
    let bases = window.bases.span.extracting(window.bases(atFrame: 0))
    if layout.isCopy {
      compute(
        frame, slack: 0, bases: bases, into: &output, stride: outputPlane, scratch: &scratch)
    } else {
      var stored = scratch._mutatingExtracting(productCount..<productCount + storedCount)
      layout.store(batch * channels, from: frame, stride: inputPlane, into: &stored, isClear: false)
      compute(
        nil, slack: ConvolutionKernel.slack, bases: bases, into: &output, stride: outputPlane,
        scratch: &scratch)
    }
  }

  func drain(
    into output: inout MutableSpan<Float>,
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) -> Bool {
    while counters[0] > 0 && counters[1] < window.drainable {
      let index = counters[0]
      counters[0] += 1
      counters[1] += 1
      let slot = window.slot(ofFrame: index)
      if streamFill == .replicate {
        copyFrame(from: window.slot(ofFrame: index - 1), to: slot, in: &memory)
      } else {
        clearFrame(slot, in: &memory)
      }
      if window.isDue(atFrame: index) {
        compute(
          memory.span, slack: ConvolutionKernel.slack,
          bases: window.bases.span.extracting(window.bases(atFrame: index)),
          into: &output, stride: outputPlane, scratch: &scratch)
        return true
      }
    }
    return false
  }
}

// Frames in the ring.
extension ConvolutionKernel {
  /// Stores a frame whose channels are `stride` floats apart, the first one at `start`.
  func store(
    _ source: Span<Float>, at start: Int, stride: Int, into memory: inout MutableSpan<Float>,
    slot: Int
  ) {
    var own = memory._mutatingExtracting(slot * frameCount..<(slot + 1) * frameCount)
    layout.store(
      batch * channels, from: source.extracting(start...), stride: stride, into: &own, isClear: true
    )
  }

  func copyFrame(from: Int, to: Int, in memory: inout MutableSpan<Float>) {
    for index in 0..<frameCount {
      memory[to * frameCount + index] = memory[from * frameCount + index]
    }
  }

  func clearFrame(_ slot: Int, in memory: inout MutableSpan<Float>) {
    var own = memory._mutatingExtracting(slot * frameCount..<(slot + 1) * frameCount)
    for index in own.indices { own[index] = 0 }
  }
}
