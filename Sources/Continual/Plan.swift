public import Tensors

/// A network ready to run: a flat list of kernels and joins, made once from a module and a frame
/// shape.
///
/// A plan is a value without streaming state. It computes clips with ``forward(_:)`` and
/// starts any number of streams with ``makeStream()``, which share its packed weights.
///
/// ```swift
/// let plan = try Plan(network, frame: [1, 3, 112, 112])
/// var stream = plan.makeStream()
/// for frame in frames {
///   if let output = try stream.forwardStep(frame) { show(output) }
/// }
/// ```
public struct Plan: Sendable {
  /// The shape (B, C, S…) of the frames that go in.
  public let inputFrame: Shape

  /// What is run, in order.
  public let nodes: [Node]

  /// The modules that were lowered, each after those inside it; the last one is the whole network.
  public let modules: [PlacedModule]

  /// The wire that holds the result.
  public let output: Wire

  /// How the time of the output relates to the time of the input.
  public let timing: Timing

  /// How many threads one clip, chunk or step may use: by default as many as there are processors.
  ///
  /// The bits of results do not depend on it. Only what takes long is shared between threads, so a step of a
  /// small network runs on one in any case. Where many streams run at the same time, each in a task of its
  /// own, they find the processors busy and share nothing: this need not be changed for them.
  public var threads = Threads.available

  /// The floats that frames on all wires and the state of one stream have together, which a budget bounds.
  package let floatCount: Int

  /// Where the values of each node are while a stream runs.
  let layout: PlanLayout

  /// The nodes as steps run them, each by itself.
  let program: StepProgram

  /// Whether layers do the work of the modules behind them where these only scale channels by stored statistics or
  /// cut, as `BatchNorm` and `ReLU` do, and where nobody observes nodes: by default they do.
  ///
  /// The bits of results do not depend on it. It saves that frames are read and written once more for each module.
  public var fusesLayers = true

  /// Which layers do that, and the nodes as steps run them then.
  let fusion: LayerFusion
  let fusedProgram: StepProgram

  /// What clips are computed in.
  let clipRunners = ClipRunnerPool()

  /// Frees the memory that waits for the next clip, where that comes later or never.
  package func freeClipMemory() { clipRunners.empty() }

  /// Lowers a module for frames of the given shape, and packs its weights.
  ///
  /// - Parameters:
  ///   - module: the network.
  ///   - frame: the shape (B, C, S…) of one input frame.
  ///   - clipLength: the number of frames of the clips the network is meant for. Layers that pool a
  ///     whole clip take the window of their steps from it where they do not say it themselves.
  ///   - budget: the most floats that frames on all wires and the state of one stream may have together;
  ///     by default only what each layer has is bounded. It is kept while the plan is made, so that a
  ///     description of a few bytes cannot ask for all memory.
  /// - Throws: ``ModuleError``, with the path of the module that cannot take such frames, or with which
  ///   the budget is passed.
  public init(
    _ module: any Module, frame: Shape, clipLength: Int? = nil, budget: Int = .max
  ) throws(ModuleError) {
    guard frame.rank >= 2 else {
      throw ModuleError(.frame(.rank(frame)))
    }
    // What is added to a length by paddings stays far below an overflow.
    if let clipLength, !(0...ArgumentCheck.largest).contains(clipLength) {
      throw ModuleError(.arguments([.clipLength(clipLength)]))
    }
    var builder = PlanBuilder(frame: frame, clipLength: clipLength, budget: budget)
    output = try builder.lower(NamedModule("", module), input: builder.input)
    try builder.check()
    inputFrame = frame
    nodes = builder.nodes
    modules = builder.modules
    timing = builder.timing(of: output)
    floatCount = builder.size
    layout = PlanLayout(nodes: nodes, input: builder.input, output: output)
    fusion = LayerFusion(nodes, layout, output: output)
    program = StepProgram(nodes, layout, nil)
    fusedProgram = fusion.isEmpty ? program : StepProgram(nodes, layout, fusion)
  }

  /// How many bytes one stream remembers.
  public var stateByteCount: Int {
    layout.memoryCount * MemoryLayout<Float>.size + layout.counterCount * MemoryLayout<Int>.size
  }

  /// The state of a stream that has seen nothing.
  public var initialState: StreamState {
    var (memory, start) = StreamState.zeros(layout.memoryCount)
    var counters = [Int](repeating: 0, count: layout.counterCount)
    for (node, entry) in zip(nodes, layout.entries) {
      guard case .kernel(let kernel) = node.operation else { continue }
      var floats = memory.mutableSpan
      var integers = counters.mutableSpan
      var own = floats._mutatingExtracting(start...)
      var ownFloats = own._mutatingExtracting(entry.memory)
      var ownIntegers = integers._mutatingExtracting(entry.counters)
      kernel.reset(memory: &ownFloats, counters: &ownIntegers)
    }
    return StreamState(memory: memory, counters: counters, start: start, frames: 0)
  }

  /// Starts a stream that has seen nothing.
  public func makeStream() -> LiveStream { LiveStream(self) }

  /// How many outputs the first `frames` steps of a fresh stream yield.
  public func outputCount(ofSteps frames: Int) -> Int { timing.outputCount(ofInputs: frames) }

  /// The most frames that one step yields.
  public var mostOutputsOfStep: Int { timing.mostOutputsOfStep }

  /// Computes a whole clip at once, as `forward` of the PyTorch network does.
  ///
  /// The memory it works in is kept for the next clip, at most 256 MB; it belongs to the plan and its
  /// copies.
  ///
  /// - Parameter clip: (B, C, T, S…).
  /// - Returns: (B, C', T', S'…).
  /// - Throws: ``ModuleError`` where the clip does not fit or is too short, with the path of the
  ///   module that found it.
  public func forward(_ clip: Tensor) throws(ModuleError) -> Tensor {
    try forward(clip, fusesLayers ? fusion : nil) { _, _, _ in }
  }

  /// Computes a whole clip as ``forward(_:)`` does, node by node.
  ///
  /// - Parameters:
  ///   - clip: (B, C, T, S…).
  ///   - observer: called after each node that makes frames with its index in ``nodes``, its output
  ///     (B, C', T', S'…) and the number T' of frames.
  /// - Returns: (B, C', T', S'…), with the same bits.
  /// - Throws: ``ModuleError`` where the clip does not fit or is too short, with the path of the
  ///   module that found it.
  public func forward(
    _ clip: Tensor, observer: (_ node: Int, _ output: Span<Float>, _ frames: Int) -> Void
  ) throws(ModuleError) -> Tensor {
    try forward(clip, nil, observer)
  }

  private func forward(
    _ clip: Tensor, _ fusion: LayerFusion?,
    _ observer: (_ node: Int, _ output: Span<Float>, _ frames: Int) -> Void
  ) throws(ModuleError) -> Tensor {
    try check(clip)
    var runner = clipRunners.take()
    defer { clipRunners.give(runner) }
    return try Threads.withMost(threads) { () throws(ModuleError) in
      try runner.forward(nodes, layout, fusion, output: output, clip, observer: observer)
    }
  }

  /// Throws where a clip does not have the frames the plan was made for.
  func check(_ clip: Tensor) throws(ModuleError) {
    guard clip.shape.rank == inputFrame.rank + 1, clip.shape.frame == inputFrame else {
      throw ModuleError(.frame(.clip(clip.shape, expected: inputFrame)))
    }
  }
}

extension ModuleError {
  /// The same error, at the module that made a node.
  func at(_ node: Node) -> ModuleError {
    ModuleError(finding, path: node.path.isEmpty ? [] : [node.path])
  }
}
