extension ConvolutionKernel {
  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    if joinsFrames && (frames > 1 || ends) {
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
        guard window.ends(at: index) else { continue }
        computeAlone(
          input, time, of: frames, into: &output, place, of: outputs, scratch: &scratch)
      } else {
        var own = memory._mutatingExtracting(ring.place(of: index))
        store(input, time, of: frames, into: &own, work: &scratch)
        if index == 0 && window.before > 0 && streamFill == .replicate {
          ring.fill(with: index, in: &memory)
        }
        guard window.ends(at: index) else { continue }
        compute(index, in: memory.span, into: &output, place, of: outputs, scratch: &scratch)
      }
      place += 1
    }
    guard ends, seen + frames > 0, !window.isStateless else { return }
    for index in seen + frames..<seen + frames + window.drainable {
      if streamFill == .replicate {
        ring.copy(index - 1, to: index, in: &memory)
      } else {
        ring.clear(index, in: &memory)
      }
      guard window.ends(at: index) else { continue }
      compute(index, in: memory.span, into: &output, place, of: outputs, scratch: &scratch)
      place += 1
    }
  }

  /// Puts a frame of a chunk, or what is made of it, into a slot of a ring.
  func store(
    _ chunk: Span<Float>, _ time: Int, of frames: Int, into slot: inout MutableSpan<Float>,
    work: inout MutableSpan<Float>
  ) {
    let (own, stride) = (chunk.extracting((time * inputPlane)...), frames * inputPlane)
    if let mixed { return mixed.store(own, stride: stride, into: &slot, work: &work) }
    product.store(own, stride: stride, into: &slot)
  }

  /// Computes the output that is due once frame `index` is in the ring.
  private func compute(
    _ index: Int, in memory: Span<Float>, into output: inout MutableSpan<Float>, _ place: Int,
    of outputs: Int, scratch: inout MutableSpan<Float>
  ) {
    var own = output._mutatingExtracting((place * outputPlane)...)
    product.compute(
      memory, slack: ConvolutionProduct.slack,
      bases: taps.bases.span.extracting(taps.range(newest: index)), into: &own,
      stride: outputs * outputPlane, work: &scratch)
  }

  /// Computes an output frame from one input frame, where no frame has to be kept.
  private func computeAlone(
    _ input: Span<Float>, _ time: Int, of frames: Int, into output: inout MutableSpan<Float>,
    _ place: Int, of outputs: Int, scratch: inout MutableSpan<Float>
  ) {
    let bases = taps.bases.span
    var own = output._mutatingExtracting((place * outputPlane)...)
    if product.isCopy && frames == 1 && mixed == nil {
      return product.compute(
        input, slack: 0, bases: bases, into: &own, stride: outputs * outputPlane, work: &scratch)
    }
    let first = workCount + DenseLoops.floatsToLine(scratch.span)
    let part = first..<first + storedCount - DenseLoops.lineLength
    DenseLoops.withParts(of: &scratch, writing: part, and: 0..<workCount) { stored, work in
      if !product.isCopy { fill(&stored, with: 0) }
      store(input, time, of: frames, into: &stored, work: &work)
    }
    DenseLoops.withParts(of: &scratch, reading: part, writing: 0..<workCount) {
      frames, work in
      product.compute(
        frames, slack: ConvolutionProduct.slack, bases: bases, into: &own,
        stride: outputs * outputPlane, work: &work)
    }
  }
}
