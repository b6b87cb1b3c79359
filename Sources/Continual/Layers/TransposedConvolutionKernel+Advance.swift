import Tensors

extension TransposedConvolutionKernel {
  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    let seen = counters[0]
    counters[0] = seen + frames
    let stored = readsInput ? frames : past + frames + tail
    if !readsInput {
      lay(input, frames: frames, stored: stored, ends: ends, memory.span, into: &scratch)
      remember(input, frames: frames, in: &memory)
    }
    guard outputs > 0 else { return }
    if hasGaps { fillBiases(&output, outputs: outputs) }
    let chunk = Chunk(
      firstInput: seen - past, firstOutput: time.before + timing.outputCount(ofInputs: seen),
      outputs: outputs, stored: stored)
    for phase in phases {
      for place in layout.phases.indices {
        guard let space = layout.phases[place] else { continue }
        let taps =
          frames == 1
          ? singleTaps[place]
          : TapOffsets(
            channelTaps[place], repeats: channels / groups, step: stored * layout.channelCount)
        multiply(
          phase, place, space, chunk, taps, by: input, into: &output, scratch: &scratch)
      }
    }
  }

  /// What is computed at once.
  private struct Chunk {
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
    scratch: inout MutableSpan<Float>
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
          into: &own, stride: chunk.outputs * outputPlane, scratch: &scratch)
      }
    }
  }

  /// Computes lines of outputs of one group.
  private func multiply(
    _ matrix: PackedMatrix, group: Int, _ lines: Lines, at start: Int, _ bases: Span<Int>,
    _ taps: TapOffsets, by input: Span<Float>, into output: inout MutableSpan<Float>, stride: Int,
    scratch: inout MutableSpan<Float>
  ) {
    if isDirect {
      for line in 0..<lines.count {
        let place = start + line * lines.stride
        var own = output._mutatingExtracting((lines.target + line * lines.targetStride)...)
        if readsInput {
          DenseLoops.multiply(
            matrix, group: group, by: input.extracting(place...), bases: bases, taps: taps,
            into: &own, stride: stride, columns: lines.columns)
        } else {
          DenseLoops.multiply(
            matrix, group: group, by: scratch.span.extracting((productCount + place)...),
            bases: bases, taps: taps, into: &own, stride: stride, columns: lines.columns)
        }
      }
      return
    }
    let most = max(productColumns / lines.stride, 1)
    for line in Swift.stride(from: 0, to: lines.count, by: most) {
      let count = min(most, lines.count - line)
      let columns = (count - 1) * lines.stride + lines.columns
      let place = start + line * lines.stride
      if readsInput {
        DenseLoops.multiply(
          matrix, group: group, by: input.extracting(place...), bases: bases, taps: taps,
          into: &scratch, stride: columns, columns: columns)
      } else {
        DenseLoops.multiply(
          matrix, group: group, within: &scratch, by: productCount + place..<scratch.count,
          bases: bases, taps: taps, into: 0..<productCount, stride: columns, columns: columns)
      }
      var own = output._mutatingExtracting((lines.target + line * lines.targetStride)...)
      copyProduct(scratch.span, of: count, lines, columns: columns, into: &own, stride: stride)
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

// The frames that are read.
extension TransposedConvolutionKernel {
  /// Lays out the past frames, the new ones and, at the end, zeros behind the product.
  private func lay(
    _ input: Span<Float>, frames: Int, stored: Int, ends: Bool, _ memory: Span<Float>,
    into scratch: inout MutableSpan<Float>
  ) {
    let plane = layout.channelCount
    let used = past + frames + (ends ? tail : 0)
    if layout.isCopy {
      let rows = batch * channels
      let target = DenseLoops.Rows(stride: stored * plane)
      var own = scratch._mutatingExtracting(productCount...)
      DenseLoops.copyRows(
        memory, .init(stride: past * plane), into: &own, target, rows: rows, columns: past * plane)
      var new = own._mutatingExtracting((past * plane)...)
      DenseLoops.copyRows(
        input, .init(stride: frames * plane), into: &new, target, rows: rows,
        columns: frames * plane)
      guard ends && tail > 0 else { return }
      for row in 0..<rows {
        let start = (row * stored + past + frames) * plane
        var rest = own._mutatingExtracting(start..<start + tail * plane)
        fill(&rest, with: 0)
      }
      return
    }
    for channel in 0..<batch * channels {
      let start = productCount + channel * stored * plane
      var own = scratch._mutatingExtracting(start..<start + used * plane)
      fill(&own, with: 0)
      layout.store(
        past, from: memory.extracting((channel * past * inputPlane)...), stride: inputPlane,
        into: &own)
      var new = own._mutatingExtracting((past * plane)...)
      layout.store(
        frames, from: input.extracting((channel * frames * inputPlane)...), stride: inputPlane,
        into: &new)
    }
  }

  /// Puts the last frames into the memory, where those before have moved up.
  private func remember(_ input: Span<Float>, frames: Int, in memory: inout MutableSpan<Float>) {
    let kept = max(past - frames, 0) * inputPlane
    let moved = past * inputPlane - kept
    if kept == 0 {
      guard past > 0 else { return }
      DenseLoops.copyRows(
        input.extracting((frames * inputPlane - moved)...), .init(stride: frames * inputPlane),
        into: &memory, .init(stride: moved), rows: batch * channels, columns: moved)
      return
    }
    for channel in 0..<batch * channels {
      let start = channel * past * inputPlane
      for index in start..<start + kept { memory[index] = memory[index + moved] }
      var rest = memory._mutatingExtracting(start + kept..<start + past * inputPlane)
      let end = (channel + 1) * frames * inputPlane
      copy(input.extracting(end - moved..<end), into: &rest)
    }
  }
}
