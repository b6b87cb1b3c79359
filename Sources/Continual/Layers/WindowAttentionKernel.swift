import Tensors

/// Attention and what is built on it, over the last frames of a stream: the kernel of both
/// attentions, both encoder layers and the whole encoder.
///
/// What a step computes is what PyTorch computes of a clip of the last L frames. State that survives a
/// step is kept: in the first layer, each frame's query, key and value are computed when it comes, and
/// stay in a ring of L slots. Behind the first attention every position
/// depends on the newest frame, and is computed again.
///
/// `continual` also carries the sums of the softmax of all L queries from step to step, adding the
/// newest key and taking away the oldest. That needs exponentials without their maximum, which overflow,
/// and gathers rounding errors over a long stream. Here the L x L weights of the window are computed in
/// each step: no error outlives it, and the cost is small beside the projections of L positions that
/// follow (2 L² E products beside L E² and more).
///
/// A step costs 3 E² products for the newest frame and, per layer, the attention of as many queries as
/// are wanted: one, where only a single output is asked for, or L. It allocates nothing. What is done for one
/// position of each batch entry is done for several of them at once, as columns of the same products.
struct WindowAttentionKernel: Kernel {
  /// Which positions are wanted.
  enum Mode: Hashable, Sendable {
    /// One position of the window, as Python indexes it; `forward` gives that of the clip, or all
    /// frames of it.
    case single(query: Int, forwardsAll: Bool)
    /// All positions: frames (B, E, L).
    case all
  }

  let outputFrame: Shape
  let state: StateLayout
  private let mode: Mode
  private let batch: Int
  private let size: Int
  private let window: Int
  private let blocks: [TransformerBlock]
  private let norm: ChannelNorm?
  private let work: TransformerWork
  /// In which slot each frame is, and where its key and its value are.
  private let ring: FrameRing
  private let panels: AttentionPanels
  /// How many frames before the newest the wanted one is; zero where all are wanted.
  private let age: Int
  /// Whether the first layer has a query at every position.
  private let isDense: Bool
  /// Where queries and inputs of the first layer are in the memory of a batch entry, behind the
  /// panels; nil where only those of the newest frame are needed.
  private let kept: (queries: Int, inputs: Int)?
  /// The floats that are kept for a batch entry.
  private let entryCount: Int
  /// How many batch entries are worked on at once.
  private let group: Int

  /// Packs a stack of blocks for frames (B, E).
  ///
  /// - Parameters:
  ///   - frame: the shape of the frames.
  ///   - window: the number of frames that are attended to, L.
  ///   - mode: which positions are wanted.
  ///   - blocks: at least one, all of the channels of the frame, and alike.
  ///   - norm: a normalization behind the last one.
  /// - Throws: ``ModuleError`` where the window is too large to be kept.
  init(
    frame: Shape, window: Int, mode: Mode, blocks: [TransformerBlock], norm: ChannelNorm?
  ) throws(ModuleError) {
    batch = frame[0]
    size = frame[1]
    self.window = window
    self.mode = mode
    self.blocks = blocks
    self.norm = norm
    group = min(max(batch, 1), window)
    work = try TransformerWork(blocks, positions: window, windows: group)
    ring = FrameRing(slots: window, frameCount: size)
    panels = AttentionPanels(
      heads: blocks[0].heads, size: size / blocks[0].heads, positions: window, isRing: true)
    switch mode {
    case .single(let query, _):
      outputFrame = frame
      age = query < 0 ? -query - 1 : window - 1 - query
    case .all:
      outputFrame = frame.appending(window)
      age = 0
    }
    isDense = mode == .all || blocks.count > 1
    let count = panels.count
    kept = isDense || age > 0 ? (count, count + size * window) : nil
    entryCount = count + (kept == nil ? 0 : 2 * size * window)
    state = StateLayout(
      floats: try StreamMemory.floats(frames: batch, of: entryCount), counters: 1)
  }

  /// A single output belongs to the frame that asks, which can be the newest one.
  var timing: Timing {
    Timing(
      receptiveField: window, delay: mode == .all ? window - 1 : age, warmUp: window - 1)
  }

  func scratch(frames: Int) -> Int { work.count }

  var wholeClipWindow: Int? {
    if case .single(_, forwardsAll: true) = mode { nil } else { window }
  }

  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    let seen = counters[0]
    counters[0] = seen + frames
    for time in 0..<frames {
      let now = seen + time
      let place = now + 1 - max(window, seen + 1)
      var entry = 0
      while entry < batch {
        let count = entry + group <= batch ? group : 1
        let entries = entry..<entry + count
        take(input, entries, time, of: frames, as: now, memory: &memory, work: &scratch)
        if now + 1 >= window {
          if isDense {
            for entry in entries {
              attendToAll(entry, newest: now, memory.span, work: &scratch)
              write(entry, to: place, of: &output, frames: outputs, work: &scratch)
            }
          } else {
            attendToOne(entries, newest: now, memory.span, work: &scratch)
            write(entries, to: place, of: &output, frames: outputs, work: scratch.span)
          }
        }
        entry += count
      }
    }
  }

  private func memory(of entry: Int) -> Range<Int> {
    entry * entryCount..<(entry + 1) * entryCount
  }

  /// Puts the query, key and value of a frame of a chunk into the rings of batch entries.
  private func take(
    _ chunk: Span<Float>, _ entries: Range<Int>, _ time: Int, of frames: Int, as now: Int,
    memory: inout MutableSpan<Float>, work scratch: inout MutableSpan<Float>
  ) {
    let columns = entries.count
    for (column, entry) in entries.enumerated() {
      for channel in 0..<size {
        scratch[work.x + channel * columns + column] =
          chunk[(entry * size + channel) * frames + time]
      }
    }
    let source = work.normalized(blocks[0], columns: columns, in: &scratch)
    work.project(
      blocks[0].keysAndValues, from: source, to: work.keysAndValues, columns: columns, in: &scratch)
    work.project(
      blocks[0].queries, from: source, to: work.queries, columns: columns, in: &scratch)
    let slot = ring.slot(of: now)
    for (column, entry) in entries.enumerated() {
      var own = memory._mutatingExtracting(self.memory(of: entry))
      panels.store(
        scratch.span.extracting(work.keysAndValues...), column: column, of: columns, in: slot,
        ring: &own)
      guard let kept else { continue }
      for channel in 0..<size {
        let place = channel * columns + column
        own[kept.queries + channel * window + slot] = scratch[work.queries + place]
        own[kept.inputs + channel * window + slot] = scratch[work.x + place]
      }
    }
  }

  /// Runs the first block for one position of each of some batch entries, once frame `newest` is in the rings.
  private func attendToOne(
    _ entries: Range<Int>, newest: Int, _ memory: Span<Float>,
    work scratch: inout MutableSpan<Float>
  ) {
    let columns = entries.count
    for (column, entry) in entries.enumerated() {
      let own = memory.extracting(self.memory(of: entry))
      if let kept {
        let wanted = ring.slot(of: newest - age)
        for channel in 0..<size {
          let place = channel * columns + column
          scratch[work.queries + place] = own[kept.queries + channel * window + wanted]
          scratch[work.x + place] = own[kept.inputs + channel * window + wanted]
        }
      }
      work.attend(
        to: own, panels, oldest: ring.slot(of: newest + 1), columns: 1, from: column, of: columns,
        in: &scratch)
    }
    work.finish(blocks[0], columns: columns, in: &scratch)
    norm?.apply(from: work.x, to: work.x, size: size, columns: columns, in: &scratch)
  }

  /// Copies one position of each of some batch entries to a frame of a chunk.
  private func write(
    _ entries: Range<Int>, to place: Int, of output: inout MutableSpan<Float>, frames: Int,
    work scratch: Span<Float>
  ) {
    for (column, entry) in entries.enumerated() {
      for channel in 0..<size {
        output[(entry * size + channel) * frames + place] =
          scratch[work.x + channel * entries.count + column]
      }
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
      unroll(own.extracting(kept.inputs...), oldest: oldest, to: work.x, work: &scratch)
    }
    work.attend(
      to: own, panels, oldest: oldest, columns: window, from: 0, of: window, in: &scratch)
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

  /// The position of a clip whose result is wanted; nil where there is no such position.
  private func position(inClip frames: Int, query: Int) -> Int? {
    let position = query < 0 ? frames + query : query
    return (0..<frames).contains(position) ? position : nil
  }

  func outputLength(ofClip frames: Int) throws(ModuleError) -> Int {
    switch mode {
    case .single(_, forwardsAll: true): return frames
    case .single(let query, _):
      guard position(inClip: frames, query: query) != nil else {
        throw ModuleError(.clip(.position(query, frames: frames)))
      }
    case .all:
      guard frames > 0 else {
        throw ModuleError(.clip(.nothingToAttend))
      }
    }
    return 1
  }

  /// All positions of a clip are one frame, whose last axis is as long as the clip.
  func outputShape(ofClip frames: Int) throws(ModuleError) -> Shape {
    let length = try outputLength(ofClip: frames)
    return mode == .all ? [batch, size, 1, frames] : outputFrame.clip(frames: length)
  }

  func forward(
    _ clip: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) throws(ModuleError) {
    guard frames > 0, batch > 0 else { return }
    var wanted: Int?
    if case .single(let query, forwardsAll: false) = mode {
      wanted = position(inClip: frames, query: query)
    }
    let count = size * (wanted == nil ? frames : 1)
    if frames == window {
      return forward(clip, work, wanted, into: &output, count: count, in: &scratch)
    }
    let work = try TransformerWork(blocks, positions: frames)
    var space = [Float](repeating: 0, count: work.count)
    var all = space.mutableSpan
    forward(clip, work, wanted, into: &output, count: count, in: &all)
  }

  private func forward(
    _ clip: Span<Float>, _ work: TransformerWork, _ wanted: Int?,
    into output: inout MutableSpan<Float>, count: Int, in space: inout MutableSpan<Float>
  ) {
    let length = clip.count / batch
    for entry in 0..<batch {
      var x = space._mutatingExtracting(work.x..<work.x + length)
      copy(clip.extracting(entry * length..<(entry + 1) * length), into: &x)
      for (index, block) in blocks.enumerated() {
        work.run(block, query: index + 1 < blocks.count ? nil : wanted, in: &space)
      }
      norm?.apply(from: work.x, to: work.x, size: size, columns: count / size, in: &space)
      var own = output._mutatingExtracting(entry * count..<(entry + 1) * count)
      copy(space.span.extracting(work.x..<work.x + count), into: &own)
    }
  }
}

extension Shape {
  /// This shape with one more axis behind the others.
  fileprivate func appending(_ length: Int) -> Shape { Shape(axes + [length]) }
}
