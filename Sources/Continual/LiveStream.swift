import Tensors

/// One running stream: a plan, what the stream remembers, and the buffers it works in.
///
/// Streams are values: a copy runs on by itself. To try a step without keeping it, step a copy; to
/// reset, assign ``Plan/initialState``; to save and restore, read and assign ``state``.
public struct LiveStream: Sendable {
  /// The network, shared by all its streams.
  public let plan: Plan

  var memory: [Float]
  var counters: [Int]
  var scratch: [Float]
  private var buffers: [[Float]]
  private var arrived: [Bool]
  /// What each join sees of `arrived`; kept here so that a step allocates nothing.
  private var arrivals: [Bool]
  /// The buffer a node writes to; taken out of `buffers` while the node reads others.
  private var target: [Float] = []

  init(_ plan: Plan) {
    self.plan = plan
    let state = plan.initialState
    memory = state.memory
    counters = state.counters
    buffers = plan.layout.buffers.map { [Float](repeating: 0, count: $0) }
    scratch = [Float](repeating: 0, count: plan.layout.scratchCount)
    arrived = [Bool](repeating: false, count: plan.nodes.count + 1)
    arrivals = [Bool](
      repeating: false, count: plan.nodes.map(\.inputs.count).max() ?? 0)
  }

  /// Everything this stream remembers.
  public var state: StreamState {
    get { StreamState(memory: memory, counters: counters) }
    set {
      precondition(
        newValue.memory.count == memory.count && newValue.counters.count == counters.count,
        "the state of a stream of another plan")
      memory = newValue.memory
      counters = newValue.counters
    }
  }

  /// Forgets everything, as a stream that has just been made.
  public mutating func reset() { state = plan.initialState }

  /// Takes one frame; writes the next output frame and returns true, or returns false where none is
  /// due.
  ///
  /// Nothing is allocated.
  ///
  /// - Parameters:
  ///   - frame: the elements of (B, C, S…), row-major.
  ///   - output: the elements of ``Plan/output``; left alone where no frame is due.
  ///   - observer: called after each node that yields a frame with its index in ``Plan/nodes`` and
  ///     that frame; by default nothing.
  /// - Returns: whether an output was due.
  /// - Precondition: both have as many elements as the plan's frames.
  public mutating func step(
    _ frame: Span<Float>, into output: inout MutableSpan<Float>,
    observer: (_ node: Int, _ output: Span<Float>) -> Void = { _, _ in }
  ) -> Bool {
    precondition(
      frame.count == plan.inputFrame.count && output.count == plan.output.frame.count,
      "a frame of \(frame.count) elements and an output of \(output.count) for a plan of "
        + "\(plan.inputFrame) and \(plan.output.frame)")
    LiveStream.copy(frame, to: &buffers[0])
    arrived[0] = true
    for index in plan.nodes.indices {
      let entry = plan.layout.entries[index]
      swap(&target, &buffers[entry.target])
      let isDue = run(index, entry)
      if isDue { LiveStream.show(target, count: entry.outputCount, of: index, to: observer) }
      swap(&target, &buffers[entry.target])
      arrived[entry.output] = isDue
    }
    guard arrived[plan.output.id] else { return false }
    LiveStream.copy(buffers[plan.layout.outputBuffer], to: &output)
    return true
  }

  /// Runs one node on what is in the buffers.
  private mutating func run(_ index: Int, _ entry: PlanLayout.Entry) -> Bool {
    switch plan.nodes[index].operation {
    case .kernel(let kernel):
      guard arrived[entry.inputs[0]] else { return false }
      return LiveStream.step(
        kernel, entry, buffers[entry.sources[0]], into: &target, memory: &memory,
        counters: &counters, scratch: &scratch)
    case .join(let join):
      for (place, wire) in entry.inputs.enumerated() { arrivals[place] = arrived[wire] }
      return LiveStream.step(
        join, entry, buffers, arrived: arrivals, into: &target, memory: &memory,
        counters: &counters)
    }
  }
}

// The helpers take their arrays one by one: an instance method that is called with a field of its
// own would copy the field.
extension LiveStream {
  static func step(
    _ kernel: any Kernel, _ entry: PlanLayout.Entry, _ source: [Float],
    into target: inout [Float], memory: inout [Float], counters: inout [Int],
    scratch: inout [Float]
  ) -> Bool {
    var allOutput = target.mutableSpan
    var allMemory = memory.mutableSpan
    var allCounters = counters.mutableSpan
    var output = allOutput._mutatingExtracting(0..<entry.outputCount)
    var own = allMemory._mutatingExtracting(entry.memory)
    var ownCounters = allCounters._mutatingExtracting(entry.counters)
    var work = scratch.mutableSpan
    return kernel.step(
      source.span.extracting(0..<entry.inputCount), into: &output, memory: &own,
      counters: &ownCounters, scratch: &work)
  }

  private static func step(
    _ join: Join, _ entry: PlanLayout.Entry, _ buffers: [[Float]], arrived: [Bool],
    into target: inout [Float], memory: inout [Float], counters: inout [Int]
  ) -> Bool {
    var allOutput = target.mutableSpan
    var allMemory = memory.mutableSpan
    var allCounters = counters.mutableSpan
    var output = allOutput._mutatingExtracting(0..<entry.outputCount)
    var own = allMemory._mutatingExtracting(entry.memory)
    var ownCounters = allCounters._mutatingExtracting(entry.counters)
    return join.step(
      buffers, sources: entry.sources, arrived: arrived, into: &output, memory: &own,
      counters: &ownCounters)
  }

  private static func copy(_ frame: Span<Float>, to buffer: inout [Float]) {
    var target = buffer.mutableSpan
    for index in frame.indices { target[index] = frame[index] }
  }

  private static func copy(_ buffer: [Float], to frame: inout MutableSpan<Float>) {
    let source = buffer.span
    for index in frame.indices { frame[index] = source[index] }
  }

  private static func show(
    _ buffer: [Float], count: Int, of node: Int, to observer: (Int, Span<Float>) -> Void
  ) {
    observer(node, buffer.span.extracting(0..<count))
  }
}
