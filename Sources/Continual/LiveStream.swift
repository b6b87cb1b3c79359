public import Tensors

/// One running stream: a plan, what the stream remembers, and what it runs in.
///
/// Streams are values: a copy runs on by itself. To try a step without keeping it, step a copy; to
/// reset, assign ``Plan/initialState``; to save and restore, read and assign ``state``. Where many
/// streams of one plan run, a ``StreamRunner`` serves all of their states.
public struct LiveStream: Sendable {
  // Changed in place by the runner; through a property with an observer it would be copied.
  private var memory: StreamState
  private var runner: StreamRunner

  init(_ plan: Plan) {
    memory = plan.initialState
    runner = StreamRunner(plan)
  }

  /// Everything this stream remembers.
  public var state: StreamState {
    get { memory }
    set {
      precondition(memory.fits(newValue), "the state of a stream of another plan")
      memory = newValue
    }
  }

  /// The network, shared by all its streams.
  public var plan: Plan { runner.plan }

  /// Forgets everything, as a stream that has just been made.
  public mutating func reset() { state = plan.initialState }

  /// Takes one frame, and writes the outputs that are due.
  ///
  /// From the second step on nothing is allocated.
  ///
  /// - Parameters:
  ///   - frame: the elements of (B, C, S…), row-major.
  ///   - output: receives the outputs, (B, C', m, S'…), at its front; ``Plan/mostOutputsOfStep`` frames
  ///     always fit. What is behind them is left alone.
  /// - Returns: the number m of outputs: zero or one for most networks, and several for those that
  ///   raise the rate.
  /// - Precondition: the frame has as many elements as the plan's, and there is room for the outputs.
  public mutating func step(
    _ frame: Span<Float>, into output: inout MutableSpan<Float>
  ) -> Int {
    runner.step(frame, of: &memory, into: &output)
  }

  /// Takes one frame as ``step(_:into:)`` does, node by node.
  ///
  /// - Parameters:
  ///   - frame: the elements of (B, C, S…), row-major.
  ///   - output: receives the outputs, with the same bits.
  ///   - observer: called after each node that yields frames with its index in ``Plan/nodes``, the
  ///     frames and their number.
  /// - Returns: the number of outputs.
  public mutating func step(
    _ frame: Span<Float>, into output: inout MutableSpan<Float>,
    observer: (_ node: Int, _ output: Span<Float>, _ frames: Int) -> Void
  ) -> Int {
    runner.advance(
      frame, frames: 1, of: &memory, into: &output, isObserved: true, observer: observer)
  }

  /// Takes one frame and returns the output that is due, as `forward_step` does.
  ///
  /// Allocates the result; ``step(_:into:)`` does not.
  ///
  /// - Parameter frame: (B, C, S…).
  /// - Returns: (B, C', S'…), or nil where no output is due: in the first ``Timing/warmUp`` steps,
  ///   and between the outputs of a strided network. For a network of which a step can yield several
  ///   outputs, ``Plan/mostOutputsOfStep``, those that are due as a clip (B, C', m, S'…).
  /// - Throws: ``ModuleError`` where the frame has another shape than the plan's.
  public mutating func forwardStep(_ frame: Tensor) throws(ModuleError) -> Tensor? {
    guard frame.shape == plan.inputFrame else {
      throw ModuleError(.frame(.step(frame.shape, expected: plan.inputFrame)))
    }
    let due = runner.outputCount(of: 1, after: memory)
    let shape = plan.output.frame
    var scalars = [Float](uninitialized: due * shape.count)
    var output = scalars.mutableSpan
    _ = step(frame.scalars.span, into: &output)
    guard due > 0 else { return nil }
    return Tensor(plan.mostOutputsOfStep > 1 ? shape.clip(frames: due) : shape, scalars)
  }

  /// Takes the frames of a chunk and returns the outputs that are due, as `forward_steps` does.
  ///
  /// The outputs have the bits of single steps. Each layer takes all frames at once, so that a chunk is
  /// computed about as fast as a clip. Long chunks are cut into pieces that stay in cache.
  ///
  /// With end padding, the outputs of a fresh stream are those of ``Plan/forward(_:)``: all
  /// of them. The stream itself stays as it is after the last real frame, and can be continued.
  ///
  /// - Parameters:
  ///   - chunk: (B, C, T, S…), any T.
  ///   - padEnd: whether the clip ends with this chunk, so that the outputs that depend on the
  ///     padding behind it are due as well.
  /// - Returns: (B, C', T', S'…); T' is zero where nothing is due.
  /// - Throws: ``ModuleError`` where the frames have another shape than the plan's, and where
  ///   branches that are joined have different numbers of frames at the end of the clip.
  public mutating func forwardSteps(
    _ chunk: Tensor, padEnd: Bool = false
  ) throws(ModuleError) -> Tensor {
    try forwardSteps(chunk, padEnd: padEnd, isObserved: false) { _, _, _ in }
  }

  /// Takes the frames of a chunk as ``forwardSteps(_:padEnd:)`` does, node by node.
  ///
  /// - Parameters:
  ///   - chunk: (B, C, T, S…), any T.
  ///   - padEnd: whether the clip ends with this chunk; by default it does not.
  ///   - observer: called with the index in ``Plan/nodes`` and the output of each node that yields
  ///     frames, and their number; several times for a chunk that is cut.
  /// - Returns: (B, C', T', S'…), with the same bits.
  /// - Throws: ``ModuleError`` as that.
  public mutating func forwardSteps(
    _ chunk: Tensor, padEnd: Bool = false,
    observer: (_ node: Int, _ output: Span<Float>, _ frames: Int) -> Void
  ) throws(ModuleError) -> Tensor {
    try forwardSteps(chunk, padEnd: padEnd, isObserved: true, observer: observer)
  }

  private mutating func forwardSteps(
    _ chunk: Tensor, padEnd: Bool, isObserved: Bool,
    observer: (_ node: Int, _ output: Span<Float>, _ frames: Int) -> Void
  ) throws(ModuleError) -> Tensor {
    try plan.check(chunk)
    let frames = chunk.shape[2]
    let due = runner.outputCount(of: frames, after: memory)
    var scalars = [Float](uninitialized: due * plan.output.frame.count)
    var output = scalars.mutableSpan
    runner.advanceInPieces(
      chunk.scalars.span, frames: frames, of: &memory, into: &output, outputs: due,
      isObserved: isObserved, observer: observer)
    let steps = Tensor(plan.output.frame.clip(frames: due), scalars)
    guard padEnd else { return steps }
    var ending = memory
    let end = try runner.finish(&ending, isObserved: isObserved, observer: observer)
    return end.shape[2] == 0 ? steps : due == 0 ? end : steps.followed(by: end)
  }

  /// Returns the outputs that only the end padding makes possible, without a copy of what the stream
  /// remembers: before it takes frames again, it has to be reset.
  ///
  /// - Parameter observer: as of ``forwardSteps(_:padEnd:observer:)``.
  /// - Returns: (B, C', T', S'…); T' is zero where there are none.
  /// - Throws: ``ModuleError`` where branches that are joined have different numbers of frames at the end of
  ///   the clip; the stream is as it was then.
  package mutating func end(
    observer: (_ node: Int, _ output: Span<Float>, _ frames: Int) -> Void
  ) throws(ModuleError) -> Tensor {
    try runner.finish(&memory, isObserved: true, observer: observer)
  }
}

extension DenseTensor {
  /// This clip and then another one of the same frames.
  fileprivate func followed(by next: DenseTensor) -> DenseTensor {
    let (first, second) = (scalars.count, next.scalars.count)
    let rows = shape[0] * shape[1]
    var joined: [Scalar] = []
    joined.reserveCapacity(first + second)
    for row in 0..<rows {
      joined += scalars[row * first / rows..<(row + 1) * first / rows]
      joined += next.scalars[row * second / rows..<(row + 1) * second / rows]
    }
    return DenseTensor(shape.frame.clip(frames: shape[2] + next.shape[2]), joined)
  }
}
