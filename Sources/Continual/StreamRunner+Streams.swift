import Tensors

extension StreamRunner {
  /// Takes one frame of a stream, and writes the outputs that are due.
  ///
  /// Nothing is allocated once there is room for one frame.
  ///
  /// - Parameters:
  ///   - frame: the elements of (B, C, S…), row-major.
  ///   - state: what the stream remembers.
  ///   - output: receives the outputs, (B, C', m, S'…), at its front; what is behind them is left alone.
  /// - Returns: the number m of outputs.
  /// - Precondition: the frame has as many elements as the plan's, there is room for the outputs, and
  ///   the state is one of the plan.
  public mutating func step(
    _ frame: Span<Float>, of state: inout StreamState, into output: inout MutableSpan<Float>
  ) -> Int {
    advance(frame, frames: 1, of: &state, into: &output)
  }

  /// Takes a chunk of frames of a stream, and writes the outputs that are due.
  ///
  /// - Parameters:
  ///   - chunk: the elements of (B, C, n, S…), row-major.
  ///   - frames: n.
  ///   - state: what the stream remembers.
  ///   - output: receives the outputs, (B, C', m, S'…), at its front; what is behind them is left alone.
  /// - Returns: the number m of outputs.
  /// - Precondition: as for ``step(_:of:into:)``.
  public mutating func advance(
    _ chunk: Span<Float>, frames: Int, of state: inout StreamState,
    into output: inout MutableSpan<Float>
  ) -> Int {
    advance(chunk, frames: frames, of: &state, into: &output, isObserved: false) { _, _, _ in }
  }

  /// Takes a chunk of frames, node by node where somebody observes them.
  ///
  /// - Parameters:
  ///   - chunk: as of ``advance(_:frames:of:into:)``, and so are the next three.
  ///   - frames: n.
  ///   - state: what the stream remembers.
  ///   - output: receives the outputs.
  ///   - isObserved: whether each node does its own work.
  ///   - observer: called after each node that yields frames with its index in ``Plan/nodes``, the
  ///     frames and their number.
  /// - Returns: the number m of outputs.
  mutating func advance(
    _ chunk: Span<Float>, frames: Int, of state: inout StreamState,
    into output: inout MutableSpan<Float>, isObserved: Bool,
    observer: (_ node: Int, _ output: Span<Float>, _ frames: Int) -> Void
  ) -> Int {
    check(chunk, frames: frames, of: state)
    reserve(frames: frames)
    let due = outputCount(of: frames, after: state)
    state.frames += frames
    run(
      chunk, frames: frames, ends: false, after: state.frames - frames, &state, into: &output,
      outputs: due, isObserved: isObserved, observer: observer)
    return due
  }

  /// Takes a chunk of any length in pieces whose frames stay in cache.
  mutating func advanceInPieces(
    _ chunk: Span<Float>, frames: Int, of state: inout StreamState,
    into output: inout MutableSpan<Float>, outputs: Int, isObserved: Bool,
    observer: (_ node: Int, _ output: Span<Float>, _ frames: Int) -> Void
  ) {
    let piece = plan.layout.pieceFrames
    guard frames > piece else {
      _ = advance(
        chunk, frames: frames, of: &state, into: &output, isObserved: isObserved,
        observer: observer)
      return
    }
    let (rows, outputRows) = (FrameRows(plan.inputFrame), FrameRows(plan.output.frame))
    var (input, result): ([Float], [Float]) = ([], [])
    var (start, place) = (0, 0)
    while start < frames {
      let count = min(piece, frames - start)
      let due = outputCount(of: count, after: state)
      input.grow(to: count * rows.count)
      result.grow(to: due * outputRows.count)
      var target = input.mutableSpan
      rows.copy(
        start..<start + count, of: chunk, frames: frames, to: 0, of: &target, frames: count)
      var made = result.mutableSpan
      _ = advance(
        target.span.extracting(0..<count * rows.count), frames: count, of: &state, into: &made,
        isObserved: isObserved, observer: observer)
      outputRows.copy(
        0..<due, of: made.span, frames: due, to: place, of: &output, frames: outputs)
      (start, place) = (start + count, place + due)
    }
  }

  private func check(_ chunk: Span<Float>, frames: Int, of state: StreamState) {
    precondition(
      chunk.count == frames * plan.inputFrame.count,
      "\(chunk.count) elements for \(frames) frames \(plan.inputFrame)")
    precondition(
      state.floatCount == plan.layout.memoryCount
        && state.counters.count == plan.layout.counterCount, "the state of a stream of another plan"
    )
  }

  /// How many outputs the next frames of a stream yield.
  public func outputCount(of frames: Int, after state: StreamState) -> Int {
    plan.timing.outputCount(ofInputs: state.frames + frames)
      - plan.timing.outputCount(ofInputs: state.frames)
  }

  /// What the end padding makes possible behind the frames that a stream has seen.
  ///
  /// The state is spoiled: give a copy.
  ///
  /// - Throws: ``ModuleError`` where branches that are joined have different numbers of frames.
  mutating func finish(
    _ state: inout StreamState, isObserved: Bool,
    observer: (_ node: Int, _ output: Span<Float>, _ frames: Int) -> Void
  ) throws(ModuleError) -> Tensor {
    let due = try scheduleEnd(after: state.frames)
    let shape = plan.output.frame.clip(frames: due)
    var result = [Float](uninitialized: shape.count)
    var output = result.mutableSpan
    let nothing: [Float] = []
    run(
      nothing.span, frames: 0, ends: true, after: state.frames, &state, into: &output,
      outputs: due, isObserved: isObserved, observer: observer)
    return Tensor(shape, result)
  }

  /// Counts the frames that come on all wires when the clip ends, and makes room for them.
  private mutating func scheduleEnd(after seen: Int) throws(ModuleError) -> Int {
    counts[0] = 0
    for (node, entry) in zip(plan.nodes, plan.layout.entries) {
      switch node.operation {
      case .kernel(let kernel):
        let frames = counts[entry.inputs[0]]
        let before = count(on: entry.inputs[0], after: seen)
        counts[entry.output] =
          entry.ownCount(before + frames) - entry.ownCount(before)
          + kernel.endCount(after: before + frames)
        scratch.grow(to: kernel.scratch(frames: frames))
      case .join(let join):
        let totals = entry.inputs.map { count(on: $0, after: seen) + counts[$0] }
        do throws(ModuleError) {
          counts[entry.output] = try join.total(of: totals) - entry.count(seen)
        } catch {
          throw error.at(node)
        }
      }
      reserve(entry.target, counts[entry.output] * entry.outputCount)
    }
    return counts[plan.output.id]
  }

  /// How many frames have been on a wire.
  private func count(on wire: Int, after seen: Int) -> Int {
    // Each node makes one wire; the first wire is the input.
    wire == 0 ? seen : plan.layout.entries[wire - 1].count(seen)
  }
}
