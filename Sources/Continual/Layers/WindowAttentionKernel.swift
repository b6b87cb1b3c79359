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
/// are wanted: one, where only a single output is asked for, or L. It allocates nothing.
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
    work = try TransformerWork(blocks, positions: window)
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
    let columns = mode == .all ? window : 1
    let rows = FrameRows(rows: size, plane: columns)
    for entry in 0..<batch {
      var own = memory._mutatingExtracting(entry * entryCount..<(entry + 1) * entryCount)
      let source = input.extracting(entry * size * frames..<(entry + 1) * size * frames)
      let count = size * columns * outputs
      var target = output._mutatingExtracting(entry * count..<(entry + 1) * count)
      for time in 0..<frames {
        let now = seen + time
        take(source, time, of: frames, slot: ring.slot(of: now), memory: &own, work: &scratch)
        guard now + 1 >= window else { continue }
        attend(own.span, newest: now, work: &scratch)
        for index in blocks.indices.dropFirst() {
          work.run(
            blocks[index],
            query: index + 1 < blocks.count || mode == .all ? nil : window - 1 - age,
            in: &scratch)
        }
        norm?.apply(from: work.x, to: work.x, size: size, columns: columns, in: &scratch)
        rows.write(
          scratch.span.extracting(work.x..<work.x + size * columns),
          to: now + 1 - max(window, seen + 1), of: &target, frames: outputs)
      }
    }
  }

  /// Puts the query, key and value of a frame of a chunk into the ring.
  private func take(
    _ chunk: Span<Float>, _ time: Int, of frames: Int, slot: Int, memory: inout MutableSpan<Float>,
    work scratch: inout MutableSpan<Float>
  ) {
    for channel in 0..<size { scratch[work.x + channel] = chunk[channel * frames + time] }
    let source = work.normalized(blocks[0], columns: 1, in: &scratch)
    work.project(
      blocks[0].keysAndValues, from: source, to: work.keysAndValues, columns: 1, in: &scratch)
    work.project(blocks[0].queries, from: source, to: work.queries, columns: 1, in: &scratch)
    for channel in 0..<size {
      memory[panels.key(channel, at: slot)] = scratch[work.keysAndValues + channel]
      let value = scratch[work.keysAndValues + size + channel]
      memory[panels.value(channel, in: slot)] = value
      memory[panels.value(channel, in: slot + window)] = value
    }
    guard let kept else { return }
    for channel in 0..<size {
      memory[kept.queries + channel * window + slot] = scratch[work.queries + channel]
      memory[kept.inputs + channel * window + slot] = chunk[channel * frames + time]
    }
  }

  /// Runs the first block on the ring, once frame `newest` is in it.
  private func attend(
    _ memory: Span<Float>, newest: Int, work scratch: inout MutableSpan<Float>
  ) {
    if let kept {
      recall(memory.extracting(kept.queries...), newest, to: work.queries, work: &scratch)
      recall(memory.extracting(kept.inputs...), newest, to: work.x, work: &scratch)
    }
    let columns = isDense ? window : 1
    work.attend(
      to: memory, panels, oldest: ring.slot(of: newest + 1), columns: columns, in: &scratch)
    work.finish(blocks[0], columns: columns, in: &scratch)
  }

  /// Copies what is wanted of a ring (E, L): all positions, or the one that asks.
  private func recall(
    _ kept: Span<Float>, _ newest: Int, to target: Int, work scratch: inout MutableSpan<Float>
  ) {
    if isDense {
      unroll(kept, oldest: ring.slot(of: newest + 1), to: target, work: &scratch)
    } else {
      let wanted = ring.slot(of: newest - age)
      for channel in 0..<size {
        scratch[target + channel] = kept[channel * window + wanted]
      }
    }
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
