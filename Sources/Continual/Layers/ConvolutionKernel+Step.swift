extension ConvolutionKernel {
  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    if isInTimeOnly && !window.isStateless && (frames > 1 || ends) {
      return advanceInTime(
        input, frames: frames, into: &output, outputs: outputs, ends: ends, memory: &memory,
        counters: &counters, scratch: &scratch)
    }
    let seen = counters[0]
    counters[0] += frames
    var place = 0
    for time in 0..<frames {
      let index = seen + time
      if window.isStateless {
        guard window.axis.ends(at: index) else { continue }
        computeAlone(
          input, at: time * inputPlane, stride: frames * inputPlane, into: &output, place,
          of: outputs, scratch: &scratch)
      } else {
        store(
          input, at: time * inputPlane, stride: frames * inputPlane, into: &memory,
          slot: window.slot(ofFrame: index))
        if index == 0 && window.axis.before > 0 && streamFill == .replicate {
          for slot in 1..<window.slots { copyFrame(from: 0, to: slot, in: &memory) }
        }
        guard window.axis.ends(at: index) else { continue }
        compute(index, in: memory.span, into: &output, place, of: outputs, scratch: &scratch)
      }
      place += 1
    }
    guard ends, seen + frames > 0, !window.isStateless else { return }
    for index in seen + frames..<seen + frames + window.drainable {
      let slot = window.slot(ofFrame: index)
      if streamFill == .replicate {
        copyFrame(from: window.slot(ofFrame: index - 1), to: slot, in: &memory)
      } else {
        clearFrame(slot, in: &memory)
      }
      guard window.axis.ends(at: index) else { continue }
      compute(index, in: memory.span, into: &output, place, of: outputs, scratch: &scratch)
      place += 1
    }
  }

  /// Computes the output that is due once frame `index` is in the ring.
  private func compute(
    _ index: Int, in memory: Span<Float>, into output: inout MutableSpan<Float>, _ place: Int,
    of outputs: Int, scratch: inout MutableSpan<Float>
  ) {
    var own = output._mutatingExtracting((place * outputPlane)...)
    compute(
      memory, slack: ConvolutionKernel.slack,
      bases: window.bases.span.extracting(window.bases(atFrame: index)), into: &own,
      stride: outputs * outputPlane, scratch: &scratch)
  }

  /// Computes an output frame from one input frame, where no frame has to be kept.
  private func computeAlone(
    _ input: Span<Float>, at start: Int, stride: Int, into output: inout MutableSpan<Float>,
    _ place: Int, of outputs: Int, scratch: inout MutableSpan<Float>
  ) {
    let bases = window.bases.span.extracting(window.bases(atFrame: 0))
    var own = output._mutatingExtracting((place * outputPlane)...)
    if layout.isCopy && stride == inputPlane {
      compute(
        input, slack: 0, bases: bases, into: &own, stride: outputs * outputPlane,
        scratch: &scratch)
    } else {
      var stored = scratch._mutatingExtracting(productCount..<productCount + storedCount)
      layout.store(
        batch * channels, from: input.extracting(start...), stride: stride, into: &stored,
        isClear: false)
      compute(
        nil, slack: ConvolutionKernel.slack, bases: bases, into: &own,
        stride: outputs * outputPlane, scratch: &scratch)
    }
  }
}

// MARK: - Frames in the ring

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
