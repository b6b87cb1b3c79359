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
/// position of each batch entry is done for several of them at once, as columns of the same products, and where a
/// single output is asked for, for several frames of a chunk.
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
  let mode: Mode
  let batch: Int
  let size: Int
  let window: Int
  let blocks: [TransformerBlock]
  let norm: ChannelNorm?
  let work: TransformerWork
  /// In which slot each frame is, and where its key and its value are.
  let ring: FrameRing
  let panels: AttentionPanels
  /// How many frames before the newest the wanted one is; zero where all are wanted.
  let age: Int
  /// Whether the first layer has a query at every position.
  let isDense: Bool
  /// Where queries and inputs of the first layer are in the memory of a batch entry, behind the panels.
  ///
  /// It is nil where only those of the newest frame are needed. An attention alone needs no inputs once it has
  /// made queries of them.
  let kept: (queries: Int, inputs: Int?)?
  /// The floats that are kept for a batch entry.
  let entryCount: Int
  /// How many frames, each of a batch entry, are worked on at once: as many as there can be, and for what is then
  /// left each half of the number before.
  let groups: [Int]

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
    let isDense = mode == .all || blocks.count > 1
    let most = min(isDense ? max(batch, 1) : max(batch, 16), window)
    groups = Array(sequence(first: most) { $0 > 1 ? $0 / 2 : nil })
    // Each step of so large a window would take hours.
    guard Size.product([window, window, 4]) != nil else {
      throw ModuleError(.size(.attention(frames: window, channels: size)))
    }
    work = try TransformerWork(blocks, positions: window, groups: groups)
    self.isDense = isDense
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
    let count = panels.count
    let (needsQueries, needsInputs) = (isDense || age > 0, blocks[0].tail != nil)
    let behind = count + size * window
    kept = needsQueries ? (count, needsInputs ? behind : nil) : nil
    entryCount = count + (needsQueries ? (needsInputs ? 2 : 1) * size * window : 0)
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

}

// What a clip becomes: its length, and its numbers at once.
extension WindowAttentionKernel {
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
