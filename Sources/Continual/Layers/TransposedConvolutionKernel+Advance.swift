import Tensors

extension TransposedConvolutionKernel {
  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    let seen = counters[0]
    counters[0] = seen + frames
    let chunk = Chunk(
      frames: frames, firstInput: seen - past,
      firstOutput: time.before + timing.outputCount(ofInputs: seen), outputs: outputs,
      stored: readsInput ? frames : past + frames + tail)
    if hasGaps { fillBiases(&output, outputs: outputs) }
    if readsInput { return multiply(chunk, by: input, into: &output, work: &scratch) }
    lay(input, chunk, ends: ends, memory.span, into: &scratch)
    ring.keep(
      input, frames: frames, after: seen,
      rows: FrameRows(rows: batch * channels, plane: inputPlane), in: &memory)
    DenseLoops.withParts(
      of: &scratch, reading: productCount..<scratch.count, writing: 0..<productCount
    ) { frames, work in
      multiply(chunk, by: frames, into: &output, work: &work)
    }
  }

  /// Computes the outputs of a chunk from frames that are laid out.
  private func multiply(
    _ chunk: Chunk, by input: Span<Float>, into output: inout MutableSpan<Float>,
    work: inout MutableSpan<Float>
  ) {
    guard chunk.outputs > 0 else { return }
    for phase in phases {
      for place in layout.phases.indices {
        guard let space = layout.phases[place] else { continue }
        let taps =
          chunk.frames == 1
          ? singleTaps[place]
          : TapOffsets(
            channelTaps[place], repeats: channels / groups,
            step: chunk.stored * layout.channelCount)
        multiply(phase, place, space, chunk, taps, by: input, into: &output, work: &work)
      }
    }
  }

  /// What is computed at once.
  private struct Chunk {
    /// How many frames come.
    let frames: Int
    /// The number of the first frame that is laid out.
    let firstInput: Int
    /// The number of the first output before the time axis is cropped.
    let firstOutput: Int
    let outputs: Int
    /// How many frames are laid out.
    let stored: Int
  }

  /// Outputs of one phase as rows of a product, and where they go.
  private struct Lines {
    var count: Int
    /// The outputs in each, and the floats from one to the next.
    var columns: Int
    var stride: Int
    /// Where the first one goes, the floats to the next, and from one of its outputs to the next.
    var target: Int
    var targetStride: Int
    var targetStep: Int
  }

  /// Computes the outputs of one phase of time and space.
  private func multiply(
    _ phase: TimePhase, _ place: Int, _ space: PhaseLayout.Phase, _ chunk: Chunk,
    _ taps: TapOffsets, by input: Span<Float>, into output: inout MutableSpan<Float>,
    work: inout MutableSpan<Float>
  ) {
    // Input q is the newest of raw output q * stride + residue.
    let first = max(0, chunk.firstOutput - phase.residue + time.stride - 1) / time.stride
    let last = chunk.firstOutput + chunk.outputs - 1 - phase.residue
    guard last >= 0, case let count = last / time.stride - first + 1, count > 0 else { return }
    let target = first * time.stride + phase.residue - chunk.firstOutput
    let source = (first - phase.reach - chunk.firstInput) * layout.channelCount
    let matrix = phase.matrices[place]
    var lines = Lines(
      count: count, columns: space.columns, stride: layout.channelCount,
      target: target * outputPlane + space.target, targetStride: time.stride * outputPlane,
      targetStep: layout.steps.columns)
    if isDirect && time.stride == 1 && layout.channelCount == outputPlane {
      // Frames follow one another as the outputs do.
      (lines.count, lines.columns) = (1, count * outputPlane)
    } else if layout.isGapless {
      lines.columns = outputPlane
    }
    let isByFrame = !layout.isFlat && !layout.isGapless
    for frame in 0..<(isByFrame ? count : 1) {
      if isByFrame {
        lines = Lines(
          count: space.rows, columns: space.columns, stride: layout.width,
          target: (target + frame * time.stride) * outputPlane + space.target,
          targetStride: layout.steps.rows * layout.outputWidth, targetStep: layout.steps.columns)
      }
      for part in 0..<batch * groups {
        var own = output._mutatingExtracting((part * rows * chunk.outputs * outputPlane)...)
        let start =
          part * (channels / groups) * chunk.stored * layout.channelCount + source
          + frame * layout.channelCount
        multiply(
          matrix, group: part % groups, lines, at: start, phase.bases.span, taps, by: input,
          into: &own, stride: chunk.outputs * outputPlane, work: &work)
      }
    }
  }

  /// Computes lines of outputs of one group.
  private func multiply(
    _ matrix: PackedMatrix, group: Int, _ lines: Lines, at start: Int, _ bases: Span<Int>,
    _ taps: TapOffsets, by input: Span<Float>, into output: inout MutableSpan<Float>, stride: Int,
    work: inout MutableSpan<Float>
  ) {
    if isDirect {
      for line in 0..<lines.count {
        let place = start + line * lines.stride
        var own = output._mutatingExtracting((lines.target + line * lines.targetStride)...)
        DenseLoops.multiply(
          matrix, group: group, by: input.extracting(place...), bases: bases, taps: taps,
          into: &own, stride: stride, columns: lines.columns)
      }
      return
    }
    let most = max(productColumns / lines.stride, 1)
    for line in Swift.stride(from: 0, to: lines.count, by: most) {
      let count = min(most, lines.count - line)
      let columns = (count - 1) * lines.stride + lines.columns
      let place = start + line * lines.stride
      DenseLoops.multiply(
        matrix, group: group, by: input.extracting(place...), bases: bases, taps: taps,
        into: &work, stride: columns, columns: columns)
      var own = output._mutatingExtracting((lines.target + line * lines.targetStride)...)
      copyProduct(work.span, of: count, lines, columns: columns, into: &own, stride: stride)
    }
  }

  /// Copies some lines of a product, without what is between them.
  private func copyProduct(
    _ product: Span<Float>, of count: Int, _ lines: Lines, columns: Int,
    into output: inout MutableSpan<Float>, stride: Int
  ) {
    // Lines of one number are the elements of one line.
    let isOne = lines.columns == 1
    DenseLoops.copyRows(
      product,
      .init(plane: columns, stride: isOne ? 0 : lines.stride, step: isOne ? lines.stride : 1),
      into: &output,
      .init(
        plane: stride, stride: isOne ? 0 : lines.targetStride,
        step: isOne ? lines.targetStride : lines.targetStep),
      planes: rows, rows: isOne ? 1 : count, columns: isOne ? count : lines.columns)
  }

  /// Puts what every output starts from.
  private func fillBiases(_ output: inout MutableSpan<Float>, outputs: Int) {
    let plane = outputs * outputPlane
    for channel in 0..<batch * biases.count {
      var own = output._mutatingExtracting(channel * plane..<(channel + 1) * plane)
      fill(&own, with: biases[channel % biases.count])
    }
  }
}

// MARK: - Frames

extension TransposedConvolutionKernel {
  /// Lays out the past frames, the new ones and, at the end, zeros behind the product.
  private func lay(
    _ input: Span<Float>, _ chunk: Chunk, ends: Bool, _ memory: Span<Float>,
    into scratch: inout MutableSpan<Float>
  ) {
    let (plane, rows, frames) = (layout.channelCount, batch * channels, chunk.frames)
    let used = past + frames + (ends ? tail : 0)
    // Where a plane is not copied as it is, there are zeros around it.
    let cleared = layout.isCopy ? past + frames..<used : 0..<used
    if !cleared.isEmpty {
      for row in 0..<rows {
        let start = productCount + (row * chunk.stored + cleared.lowerBound) * plane
        var own = scratch._mutatingExtracting(start..<start + cleared.count * plane)
        fill(&own, with: 0)
      }
    }
    for index in 0..<past {
      let frame = memory.extracting(ring.place(of: chunk.firstInput + index))
      var own = scratch._mutatingExtracting((productCount + index * plane)...)
      lay(frame, frames: 1, into: &own, stride: chunk.stored * plane)
    }
    var own = scratch._mutatingExtracting((productCount + past * plane)...)
    lay(input, frames: frames, into: &own, stride: chunk.stored * plane)
  }

  /// Lays out frames of all channels, each of which begins `stride` floats behind the one before.
  private func lay(
    _ source: Span<Float>, frames: Int, into target: inout MutableSpan<Float>,
    stride: Int
  ) {
    let rows = batch * channels
    if layout.isCopy {
      return DenseLoops.copyRows(
        source, .init(stride: frames * inputPlane), into: &target, .init(stride: stride),
        rows: rows, columns: frames * inputPlane)
    }
    for row in 0..<rows {
      var own = target._mutatingExtracting((row * stride)...)
      layout.store(
        frames, from: source.extracting((row * frames * inputPlane)...), stride: inputPlane,
        into: &own)
    }
  }
}
