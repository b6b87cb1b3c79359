import Tensors

// The steps of an attention over a window.
extension WindowAttentionKernel {
  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    let seen = counters[0]
    counters[0] = seen + frames
    // What is worked on together: of each frame the batch entries, and where each step has outputs of its own,
    // frames one behind the other.
    let total = isDense ? batch : batch * frames
    for time in 0..<(isDense ? frames : 1) {
      var first = 0
      for group in groups {
        while first + group <= total {
          let columns = Columns(
            first: time * batch + first, count: group, batch: batch, frames: frames, seen: seen)
          take(input, columns, work: &scratch)
          if isDense {
            makeAll(columns, into: &output, outputs, memory: &memory, work: &scratch)
          } else {
            makeOne(columns, into: &output, outputs, memory: &memory, work: &scratch)
          }
          first += group
        }
      }
    }
  }

  /// Frames of batch entries that are columns of one matrix, entry by entry of the first frame, and so on.
  private struct Columns {
    let first: Int
    let count: Int
    let batch: Int
    let frames: Int
    let seen: Int

    func entry(_ column: Int) -> Int { (first + column) % batch }
    func time(_ column: Int) -> Int { (first + column) / batch }
    /// The number of the frame in the stream.
    func now(_ column: Int) -> Int { seen + time(column) }
  }

  private func memory(of entry: Int) -> Range<Int> {
    entry * entryCount..<(entry + 1) * entryCount
  }

  /// The place of what a frame yields among the outputs of its chunk; nil where it yields nothing yet.
  private func place(_ column: Int, of columns: Columns) -> Int? {
    let now = columns.now(column)
    return now + 1 < window ? nil : now + 1 - max(window, columns.seen + 1)
  }

  /// Computes the queries, keys and values of frames of a chunk.
  private func take(
    _ chunk: Span<Float>, _ columns: Columns, work scratch: inout MutableSpan<Float>
  ) {
    let count = columns.count
    for column in 0..<count {
      let start = columns.entry(column) * size * columns.frames + columns.time(column)
      for channel in 0..<size {
        scratch[work.x + channel * count + column] = chunk[start + channel * columns.frames]
      }
    }
    let source = work.normalized(blocks[0], columns: count, in: &scratch)
    work.project(
      blocks[0].keysAndValues, from: source, to: work.keysAndValues, columns: count, in: &scratch)
    work.project(blocks[0].queries, from: source, to: work.queries, columns: count, in: &scratch)
  }

  /// Puts what was computed of a frame into the ring of its batch entry.
  private func keep(
    _ column: Int, of columns: Columns, memory own: inout MutableSpan<Float>,
    work scratch: Span<Float>
  ) {
    let slot = ring.slot(of: columns.now(column))
    panels.store(
      scratch.extracting(work.keysAndValues...), column: column, of: columns.count, in: slot,
      ring: &own)
    guard let kept else { return }
    for channel in 0..<size {
      let place = channel * columns.count + column
      own[kept.queries + channel * window + slot] = scratch[work.queries + place]
      if let inputs = kept.inputs {
        own[inputs + channel * window + slot] = scratch[work.x + place]
      }
    }
  }

  /// Runs the first block for one position of the window that each of some frames ends.
  private func makeOne(
    _ columns: Columns, into output: inout MutableSpan<Float>, _ outputs: Int,
    memory: inout MutableSpan<Float>, work scratch: inout MutableSpan<Float>
  ) {
    let count = columns.count
    for column in 0..<count {
      var own = memory._mutatingExtracting(self.memory(of: columns.entry(column)))
      keep(column, of: columns, memory: &own, work: scratch.span)
      guard place(column, of: columns) != nil else { continue }
      let newest = columns.now(column)
      if let kept {
        let wanted = ring.slot(of: newest - age)
        for channel in 0..<size {
          let place = channel * count + column
          scratch[work.queries + place] = own[kept.queries + channel * window + wanted]
          if let inputs = kept.inputs {
            scratch[work.x + place] = own[inputs + channel * window + wanted]
          }
        }
      }
      work.attend(
        to: own.span, panels, oldest: ring.slot(of: newest + 1), columns: column..<column + 1,
        of: count, in: &scratch)
    }
    guard place(count - 1, of: columns) != nil else { return }
    work.finish(blocks[0], columns: count, in: &scratch)
    norm?.apply(from: work.x, to: work.x, size: size, columns: count, in: &scratch)
    for column in 0..<count {
      guard let place = place(column, of: columns) else { continue }
      let start = columns.entry(column) * size * outputs + place
      for channel in 0..<size {
        output[start + channel * outputs] = scratch[work.x + channel * count + column]
      }
    }
  }

  /// Runs all blocks for the windows that some frames end, each of another batch entry.
  private func makeAll(
    _ columns: Columns, into output: inout MutableSpan<Float>, _ outputs: Int,
    memory: inout MutableSpan<Float>, work scratch: inout MutableSpan<Float>
  ) {
    for column in 0..<columns.count {
      var own = memory._mutatingExtracting(self.memory(of: columns.entry(column)))
      keep(column, of: columns, memory: &own, work: scratch.span)
    }
    for column in 0..<columns.count {
      guard let place = place(column, of: columns) else { continue }
      let entry = columns.entry(column)
      attendToAll(entry, newest: columns.now(column), memory.span, work: &scratch)
      write(entry, to: place, of: &output, frames: outputs, work: &scratch)
    }
  }

  /// Runs all blocks for all positions of a batch entry, once frame `newest` is in its ring.
  private func attendToAll(
    _ entry: Int, newest: Int, _ memory: Span<Float>, work scratch: inout MutableSpan<Float>
  ) {
    let own = memory.extracting(self.memory(of: entry))
    let oldest = ring.slot(of: newest + 1)
    if let kept {
      unroll(own.extracting(kept.queries...), oldest: oldest, to: work.queries, work: &scratch)
      if let inputs = kept.inputs {
        unroll(own.extracting(inputs...), oldest: oldest, to: work.x, work: &scratch)
      }
    }
    work.attend(
      to: own, panels, oldest: oldest, columns: 0..<window, of: window, in: &scratch)
    work.finish(blocks[0], columns: window, in: &scratch)
    for index in blocks.indices.dropFirst() {
      work.run(
        blocks[index], query: index + 1 < blocks.count || mode == .all ? nil : window - 1 - age,
        in: &scratch)
    }
  }

  /// Copies the positions of a batch entry that are wanted to a frame of a chunk.
  private func write(
    _ entry: Int, to place: Int, of output: inout MutableSpan<Float>, frames: Int,
    work scratch: inout MutableSpan<Float>
  ) {
    let columns = mode == .all ? window : 1
    norm?.apply(from: work.x, to: work.x, size: size, columns: columns, in: &scratch)
    let count = size * columns
    var own = output._mutatingExtracting(entry * count * frames..<(entry + 1) * count * frames)
    FrameRows(rows: size, plane: columns).write(
      scratch.span.extracting(work.x..<work.x + count), to: place, of: &own, frames: frames)
  }

  /// Copies a ring (E, L) so that the oldest position is first.
  private func unroll(
    _ ring: Span<Float>, oldest: Int, to target: Int, work scratch: inout MutableSpan<Float>
  ) {
    let rows = DenseLoops.Rows(stride: window)
    var all = scratch._mutatingExtracting(target..<target + size * window)
    DenseLoops.copyRows(
      ring.extracting(oldest...), rows, into: &all, rows, rows: size, columns: window - oldest)
    guard oldest > 0 else { return }
    var newer = scratch._mutatingExtracting(
      target + window - oldest..<target + size * window)
    DenseLoops.copyRows(ring, rows, into: &newer, rows, rows: size, columns: oldest)
  }
}
