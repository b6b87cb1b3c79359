import Tensors

// A chunk through a convolution that leaves space alone: one product, whose columns are all places of
// all outputs.
extension ConvolutionKernel {
  /// The most floats that the frames of a chunk and those before it take, cut into phases.
  func timeCount(frames: Int) -> Int {
    guard joinsFrames else { return 0 }
    let stride = window.stride
    let most = (frames + window.drainable) / stride + 1 + (window.span - 1) / stride
    return product.channels * min(window.kernel, stride) * most * inputPlane
  }

  func advanceInTime(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    let seen = counters[0]
    counters[0] += frames
    let matrix = product.matrix
    if seen == 0 && frames > 0 && window.before > 0 && streamFill == .replicate {
      var first = memory._mutatingExtracting(ring.place(of: 0))
      store(input, 0, of: frames, into: &first, work: &scratch)
      ring.fill(with: 0, in: &memory)
    }
    if outputs > 0 {
      let phases = TimePhases(
        window, of: times.phases.count, inputPlane, after: seen, outputs: outputs)
      let columns = outputs * outputPlane
      let taps = TapOffsets(product.channels / matrix.groups, step: phases.channelCount)
      let (bases, shifts) = times.bases(length: phases.length * inputPlane)
      for item in 0..<product.batch {
        gather(
          input, frames: frames, item, phases, after: seen, from: memory.span, into: &scratch)
        for group in 0..<matrix.groups {
          let start = (item * matrix.groups + group) * matrix.rows * columns
          var own = output._mutatingExtracting(start..<start + matrix.rows * columns)
          let first = group * taps.count * phases.channelCount
          DenseLoops.multiply(
            matrix, group: group, by: scratch.span.extracting(first...),
            bases: bases.span, phases: shifts, taps: taps, finish: product.finish, into: &own,
            stride: columns, columns: columns)
        }
      }
    }
    ring.keep(
      input, frames: frames, after: seen,
      rows: FrameRows(rows: product.batch * product.channels, plane: inputPlane), in: &memory)
  }

  /// Collects the frames that the outputs are made of: those in the ring, those that came, and where
  /// the clip ends, what stands for frames behind it.
  private func gather(
    _ input: Span<Float>, frames: Int, _ item: Int, _ phases: TimePhases, after seen: Int,
    from memory: Span<Float>, into target: inout MutableSpan<Float>
  ) {
    let (plane, channels) = (inputPlane, product.channels)
    let channel = DenseLoops.Rows(stride: phases.channelCount)
    for index in times.phases.indices {
      // Place q holds frame `first + q * stride`.
      let first = phases.start + times.phases[index]
      let start = index * phases.length * plane
      let new = phases.places(from: seen, to: seen + frames, first: first)
      for place in 0..<phases.length where !new.contains(place) {
        let frame = first + place * phases.stride
        var own = target._mutatingExtracting((start + place * plane)...)
        let from = min(frame, seen + frames - 1)
        if frame >= seen + frames && streamFill != .replicate {
          for row in 0..<channels {
            var line = own._mutatingExtracting(
              row * phases.channelCount..<row * phases.channelCount + plane)
            fill(&line, with: 0)
          }
        } else if from >= seen {
          DenseLoops.copyRows(
            input.extracting(((item * channels * frames + from - seen) * plane)...),
            .init(stride: frames * plane), into: &own, channel, rows: channels, columns: plane)
        } else {
          // A frame before the first one is in the slot that nothing has been put in yet.
          DenseLoops.copyRows(
            memory.extracting(ring.place(of: from)).extracting((item * channels * plane)...),
            .init(stride: plane), into: &own, channel, rows: channels, columns: plane)
        }
      }
      guard !new.isEmpty else { continue }
      let time = first + new.lowerBound * phases.stride - seen
      let source = input.extracting(((item * channels * frames + time) * plane)...)
      var own = target._mutatingExtracting((start + new.lowerBound * plane)...)
      if plane == 1 || phases.stride == 1 {
        DenseLoops.copyRows(
          source, .init(stride: frames * plane, step: phases.stride), into: &own, channel,
          rows: channels, columns: new.count * plane)
      } else {
        DenseLoops.copyRows(
          source, .init(plane: frames * plane, stride: phases.stride * plane), into: &own,
          .init(plane: phases.channelCount, stride: plane), planes: channels, rows: new.count,
          columns: plane)
      }
    }
  }
}

/// How the frames of a chunk are laid out: one part for each phase of the stride.
private struct TimePhases {
  let stride: Int
  /// The frame that the first output begins with.
  let start: Int
  /// The number of places of a phase.
  let length: Int
  /// The floats of one channel.
  let channelCount: Int

  init(_ window: WindowAxis, of phases: Int, _ plane: Int, after seen: Int, outputs: Int) {
    stride = window.stride
    var due = seen
    while !window.ends(at: due) { due += 1 }
    start = due - (window.kept - 1)
    length = outputs + (window.span - 1) / window.stride
    channelCount = phases * length * plane
  }

  /// The places of a phase that hold frames of a range.
  func places(from low: Int, to high: Int, first: Int) -> Range<Int> {
    let begin = low > first ? (low - first - 1) / stride + 1 : 0
    let end = high > first ? (high - first - 1) / stride + 1 : 0
    return min(begin, length)..<max(min(begin, length), min(end, length))
  }
}
