public import Tensors

/// The buffers and the work space that a plan runs in.
///
/// A runner remembers nothing of what it has run: what a stream remembers is its ``StreamState``. So one
/// runner serves any number of streams of its plan, one after the other, and clips besides. Its buffers
/// grow when a longer chunk comes than any before, and are kept.
///
/// ```swift
/// var runner = StreamRunner(plan)
/// var states = [StreamState](repeating: plan.initialState, count: 100)
/// for index in states.indices {
///   count = runner.step(frames[index].span, of: &states[index], into: &output)
/// }
/// ```
///
/// Who owns what: the state belongs to the caller, who gives it as `inout` for each call; the buffers
/// belong to the runner; the frames that come in and go out belong to the caller and are read and
/// written where they are. The helpers take their arrays one by one, since an instance method that is
/// called with a field of its own would copy the field.
public struct StreamRunner: Sendable {
  /// The network.
  public let plan: Plan

  private var buffers: [[Float]]
  /// The buffer that a node writes to; taken out of `buffers` while the node reads others.
  private var target: [Float] = []
  private var scratch: [Float] = []
  /// How many frames are on each wire in this call.
  private var counts: [Int]
  /// The longest chunk of a stream for which there is room.
  private var reserved = 0

  /// Makes a runner without room for any frame; the first chunk makes some.
  public init(_ plan: Plan) {
    self.plan = plan
    buffers = [[Float]](repeating: [], count: plan.layout.bufferCount)
    counts = [Int](repeating: 0, count: plan.nodes.count + 1)
  }

  /// Makes room for chunks of so many frames, so that those allocate nothing.
  public mutating func reserve(frames: Int) {
    guard frames > reserved else { return }
    reserved = frames
    var most = [Int](repeating: frames, count: plan.nodes.count + 1)
    var work = 0
    for (node, entry) in zip(plan.nodes, plan.layout.entries) {
      let count = entry.count.most(of: frames)
      most[entry.output] = count
      reserve(entry.target, count * entry.outputCount)
      if case .kernel(let kernel) = node.operation {
        work = max(work, kernel.scratch(frames: most[entry.inputs[0]]))
      }
    }
    StreamRunner.grow(&scratch, to: work)
  }

  private mutating func reserve(_ place: PlanLayout.Place, _ count: Int) {
    guard case .buffer(let buffer) = place else { return }
    StreamRunner.grow(&buffers[buffer], to: count)
  }

  private static func grow(_ array: inout [Float], to count: Int) {
    // What was there before is of no use.
    if array.count < count { array = [Float](uninitialized: count) }
  }
}

// MARK: - Streams

extension StreamRunner {
  /// Takes one frame of a stream, and writes the outputs that are due.
  ///
  /// Nothing is allocated once there is room for one frame.
  ///
  /// - Parameters:
  ///   - frame: the elements of (B, C, S…), row-major.
  ///   - state: what the stream remembers.
  ///   - output: receives the outputs, (B, C', m, S'…), at its front; what is behind them is left alone.
  ///   - observer: called after each node that yields frames with its index in ``Plan/nodes``, the
  ///     frames and their number; by default nothing.
  /// - Returns: the number m of outputs.
  /// - Precondition: the frame has as many elements as the plan's, there is room for the outputs, and
  ///   the state is one of the plan.
  public mutating func step(
    _ frame: Span<Float>, of state: inout StreamState, into output: inout MutableSpan<Float>,
    observer: (_ node: Int, _ output: Span<Float>, _ frames: Int) -> Void = { _, _, _ in }
  ) -> Int {
    advance(frame, frames: 1, of: &state, into: &output, observer: observer)
  }

  /// Takes a chunk of frames of a stream, and writes the outputs that are due.
  ///
  /// - Parameters:
  ///   - chunk: the elements of (B, C, n, S…), row-major.
  ///   - frames: n.
  ///   - state: what the stream remembers.
  ///   - output: receives the outputs, (B, C', m, S'…), at its front; what is behind them is left alone.
  ///   - observer: called after each node that yields frames with its index in ``Plan/nodes``, the
  ///     frames and their number; by default nothing.
  /// - Returns: the number m of outputs.
  /// - Precondition: as for ``step(_:of:into:observer:)``.
  public mutating func advance(
    _ chunk: Span<Float>, frames: Int, of state: inout StreamState,
    into output: inout MutableSpan<Float>,
    observer: (_ node: Int, _ output: Span<Float>, _ frames: Int) -> Void = { _, _, _ in }
  ) -> Int {
    check(chunk, frames: frames, of: state)
    reserve(frames: frames)
    let due = schedule(frames, after: state.frames)
    state.frames += frames
    run(
      chunk, ends: false, memory: &state.memory, counters: &state.counters, into: &output,
      outputs: due, observer: observer)
    return due
  }

  /// Takes a chunk of any length in pieces whose frames stay in cache.
  mutating func advanceInPieces(
    _ chunk: Span<Float>, frames: Int, of state: inout StreamState,
    into output: inout MutableSpan<Float>, outputs: Int,
    observer: (_ node: Int, _ output: Span<Float>, _ frames: Int) -> Void
  ) {
    let piece = plan.layout.pieceFrames
    guard frames > piece else {
      _ = advance(chunk, frames: frames, of: &state, into: &output, observer: observer)
      return
    }
    let (rows, outputRows) = (FrameRows(plan.inputFrame), FrameRows(plan.output.frame))
    var (input, result): ([Float], [Float]) = ([], [])
    var (start, place) = (0, 0)
    while start < frames {
      let count = min(piece, frames - start)
      let due = outputCount(of: count, after: state)
      StreamRunner.grow(&input, to: count * rows.count)
      StreamRunner.grow(&result, to: due * outputRows.count)
      var target = input.mutableSpan
      rows.copy(
        start..<start + count, of: chunk, frames: frames, to: 0, of: &target, frames: count)
      var made = result.mutableSpan
      _ = advance(
        target.span.extracting(0..<count * rows.count), frames: count, of: &state, into: &made,
        observer: observer)
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
      state.memory.count == plan.layout.memoryCount
        && state.counters.count == plan.layout.counterCount, "the state of a stream of another plan"
    )
  }

  /// How many outputs the next frames of a stream yield.
  public func outputCount(of frames: Int, after state: StreamState) -> Int {
    plan.timing.outputCount(ofInputs: state.frames + frames)
      - plan.timing.outputCount(ofInputs: state.frames)
  }

  /// Counts the frames on all wires.
  private mutating func schedule(_ frames: Int, after seen: Int) -> Int {
    counts[0] = frames
    for entry in plan.layout.entries {
      counts[entry.output] =
        entry.isInStep
        ? counts[entry.inputs[0]] : entry.count(seen + frames) - entry.count(seen)
    }
    return counts[plan.output.id]
  }

  /// What the end padding makes possible behind the frames that a stream has seen.
  ///
  /// The state is spoiled: give a copy.
  ///
  /// - Throws: ``ModuleError`` where branches that are joined have different numbers of frames.
  mutating func finish(
    _ state: inout StreamState,
    observer: (_ node: Int, _ output: Span<Float>, _ frames: Int) -> Void
  ) throws(ModuleError) -> Tensor {
    let due = try scheduleEnd(after: state.frames)
    let shape = plan.output.frame.clip(frames: due)
    var result = [Float](uninitialized: shape.count)
    var output = result.mutableSpan
    let nothing: [Float] = []
    run(
      nothing.span, ends: true, memory: &state.memory, counters: &state.counters, into: &output,
      outputs: due, observer: observer)
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
        StreamRunner.grow(&scratch, to: kernel.scratch(frames: frames))
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

// MARK: - Nodes

extension StreamRunner {
  /// Runs all nodes on as many frames as have been counted.
  private mutating func run(
    _ input: Span<Float>, ends: Bool, memory: inout [Float], counters: inout [Int],
    into output: inout MutableSpan<Float>, outputs: Int,
    observer: (Int, Span<Float>, Int) -> Void
  ) {
    let count = outputs * plan.output.frame.count
    precondition(count <= output.count, "no room for \(outputs) frames \(plan.output.frame)")
    for index in plan.nodes.indices {
      let entry = plan.layout.entries[index]
      let frames = counts[entry.output]
      let size = frames * entry.outputCount
      if case .buffer(let buffer) = entry.target {
        swap(&target, &buffers[buffer])
        StreamRunner.run(
          plan.nodes[index].operation, entry, counts, input, buffers, ends: ends, into: &target,
          memory: &memory, counters: &counters, scratch: &scratch)
        if frames > 0 { StreamRunner.show(target, size, frames, of: index, to: observer) }
        swap(&target, &buffers[buffer])
      } else {
        var own = output._mutatingExtracting(0..<size)
        StreamRunner.run(
          plan.nodes[index].operation, entry, counts, input, buffers, ends: ends, into: &own,
          memory: &memory, counters: &counters, scratch: &scratch)
        if frames > 0 { observer(index, own.span, frames) }
      }
    }
    switch plan.layout.output {
    case .output: break
    case .input: StreamRunner.copy(input, count, to: &output)
    case .buffer(let buffer): StreamRunner.copy(buffers[buffer], count, to: &output)
    }
  }

  private static func show(
    _ buffer: [Float], _ size: Int, _ frames: Int, of node: Int,
    to observer: (Int, Span<Float>, Int) -> Void
  ) {
    observer(node, buffer.span.extracting(0..<size), frames)
  }

  /// Runs a node whose output goes to a buffer.
  private static func run(
    _ operation: Node.Operation, _ entry: PlanLayout.Entry, _ counts: [Int],
    _ input: Span<Float>, _ buffers: [[Float]], ends: Bool, into target: inout [Float],
    memory: inout [Float], counters: inout [Int], scratch: inout [Float]
  ) {
    var all = target.mutableSpan
    var own = all._mutatingExtracting(0..<counts[entry.output] * entry.outputCount)
    run(
      operation, entry, counts, input, buffers, ends: ends, into: &own, memory: &memory,
      counters: &counters, scratch: &scratch)
  }

  private static func run(
    _ operation: Node.Operation, _ entry: PlanLayout.Entry, _ counts: [Int],
    _ input: Span<Float>, _ buffers: [[Float]], ends: Bool,
    into output: inout MutableSpan<Float>, memory: inout [Float], counters: inout [Int],
    scratch: inout [Float]
  ) {
    switch operation {
    case .kernel(let kernel):
      let frames = counts[entry.inputs[0]]
      guard frames > 0 || ends else { return }
      switch entry.sources[0] {
      case .buffer(let buffer):
        stepKernel(
          kernel, entry, buffers[buffer], frames: frames, ends: ends, into: &output,
          outputs: counts[entry.output], memory: &memory, counters: &counters, scratch: &scratch)
      case .input, .output:
        stepKernel(
          kernel, entry, input, frames: frames, ends: ends, into: &output,
          outputs: counts[entry.output], memory: &memory, counters: &counters, scratch: &scratch)
      }
    case .join(let join):
      for place in entry.inputs.indices {
        let frames = counts[entry.inputs[place]]
        switch entry.sources[place] {
        case .buffer(let buffer):
          stepJoin(
            join, place, entry, buffers[buffer], frames: frames, into: &output,
            outputs: counts[entry.output], memory: &memory, counters: &counters)
        case .input, .output:
          stepJoin(
            join, place, entry, input, frames: frames, into: &output,
            outputs: counts[entry.output], memory: &memory, counters: &counters)
        }
      }
    }
  }

  private static func stepKernel(
    _ kernel: any Kernel, _ entry: PlanLayout.Entry, _ input: Span<Float>, frames: Int, ends: Bool,
    into output: inout MutableSpan<Float>, outputs: Int, memory: inout [Float],
    counters: inout [Int], scratch: inout [Float]
  ) {
    var allMemory = memory.mutableSpan
    var allCounters = counters.mutableSpan
    var own = allMemory._mutatingExtracting(entry.memory)
    var ownCounters = allCounters._mutatingExtracting(entry.counters)
    var work = scratch.mutableSpan
    kernel.advance(
      input, frames: frames, into: &output, outputs: outputs, ends: ends, memory: &own,
      counters: &ownCounters, scratch: &work)
  }

  private static func stepKernel(
    _ kernel: any Kernel, _ entry: PlanLayout.Entry, _ buffer: [Float], frames: Int, ends: Bool,
    into output: inout MutableSpan<Float>, outputs: Int, memory: inout [Float],
    counters: inout [Int], scratch: inout [Float]
  ) {
    stepKernel(
      kernel, entry, buffer.span.extracting(0..<frames * entry.inputCount), frames: frames,
      ends: ends, into: &output, outputs: outputs, memory: &memory, counters: &counters,
      scratch: &scratch)
  }

  private static func stepJoin(
    _ join: Join, _ place: Int, _ entry: PlanLayout.Entry, _ buffer: [Float], frames: Int,
    into output: inout MutableSpan<Float>, outputs: Int, memory: inout [Float],
    counters: inout [Int]
  ) {
    stepJoin(
      join, place, entry, buffer.span, frames: frames, into: &output, outputs: outputs,
      memory: &memory, counters: &counters)
  }

  private static func stepJoin(
    _ join: Join, _ place: Int, _ entry: PlanLayout.Entry, _ input: Span<Float>, frames: Int,
    into output: inout MutableSpan<Float>, outputs: Int, memory: inout [Float],
    counters: inout [Int]
  ) {
    var allMemory = memory.mutableSpan
    var allCounters = counters.mutableSpan
    var own = allMemory._mutatingExtracting(entry.memory)
    var ownCounters = allCounters._mutatingExtracting(entry.counters)
    join.keep(place, input, frames: frames, memory: &own)
    join.take(
      place, input, frames: frames, into: &output, outputs: outputs, memory: &own,
      counters: &ownCounters)
  }

  private static func copy(
    _ buffer: [Float], _ count: Int, to target: inout MutableSpan<Float>
  ) {
    copy(buffer.span, count, to: &target)
  }

  private static func copy(
    _ source: Span<Float>, _ count: Int, to target: inout MutableSpan<Float>
  ) {
    var own = target._mutatingExtracting(0..<count)
    Continual.copy(source.extracting(0..<count), into: &own)
  }
}

// MARK: - Clips

extension StreamRunner {
  /// Computes a whole clip at once, as ``Plan/forward(_:observer:)`` does, in buffers that are there
  /// already.
  ///
  /// - Parameters:
  ///   - clip: (B, C, T, S…).
  ///   - observer: called after each node that makes frames with its index in ``Plan/nodes``, its output
  ///     (B, C', T', S'…) and the number T' of frames; by default nothing.
  /// - Returns: (B, C', T', S'…).
  /// - Throws: ``ModuleError`` where the clip does not fit or is too short, with the path of the
  ///   module that found it.
  public mutating func forward(
    _ clip: Tensor,
    observer: (_ node: Int, _ output: Span<Float>, _ frames: Int) -> Void = { _, _, _ in }
  ) throws(ModuleError) -> Tensor {
    try plan.check(clip)
    counts[0] = clip.shape[2]
    var result: [Float] = []
    var shape = clip.shape
    var memory: [Float] = []
    var counters: [Int] = []
    for (index, entry) in plan.layout.entries.enumerated() {
      let node = plan.nodes[index]
      do throws(ModuleError) {
        shape = try clipShape(of: node, entry)
        guard shape.frame == node.output.frame || entry.target == .output else {
          throw ModuleError(
            .shape,
            "makes frames \(shape.frame) of the clip, and what follows is made for frames "
              + "\(node.output.frame)")
        }
      } catch {
        throw error.at(node)
      }
      counts[entry.output] = shape[2]
      if case .buffer(let buffer) = entry.target {
        StreamRunner.grow(&buffers[buffer], to: shape.count)
        swap(&target, &buffers[buffer])
      } else {
        StreamRunner.grow(&target, to: shape.count)
      }
      defer {
        if case .buffer(let buffer) = entry.target { swap(&target, &buffers[buffer]) }
      }
      do throws(ModuleError) {
        try StreamRunner.forward(
          node, entry, counts, clip.scalars.span, buffers, into: &target, size: shape.count,
          memory: &memory, counters: &counters, scratch: &scratch)
      } catch {
        throw error.at(node)
      }
      if shape[2] > 0 {
        StreamRunner.show(target, shape.count, shape[2], of: index, to: observer)
      }
      if entry.target == .output {
        result = []
        swap(&result, &target)
      }
    }
    switch plan.layout.output {
    case .output: return Tensor(shape, result)
    case .input: return clip
    case .buffer(let buffer): return Tensor(shape, Array(buffers[buffer][..<shape.count]))
    }
  }

  /// The shape that a node makes of the clips at its inputs.
  private func clipShape(
    of node: Node, _ entry: PlanLayout.Entry
  ) throws(ModuleError) -> Shape {
    switch node.operation {
    case .kernel(let kernel): try kernel.outputShape(ofClip: counts[entry.inputs[0]])
    case .join(let join):
      node.output.frame.clip(frames: try join.length(of: entry.inputs.map { counts[$0] }))
    }
  }

  private static func forward(
    _ node: Node, _ entry: PlanLayout.Entry, _ counts: [Int], _ clip: Span<Float>,
    _ buffers: [[Float]], into target: inout [Float], size: Int, memory: inout [Float],
    counters: inout [Int], scratch: inout [Float]
  ) throws(ModuleError) {
    let outputs = counts[entry.output]
    var all = target.mutableSpan
    var output = all._mutatingExtracting(0..<size)
    switch node.operation {
    case .kernel(let kernel):
      let frames = counts[entry.inputs[0]]
      grow(&scratch, to: kernel.scratch(frames: frames))
      clear(&memory, count: entry.memory.count)
      counters = [Int](repeating: 0, count: entry.counters.count)
      let count = frames * entry.inputCount
      switch entry.sources[0] {
      case .buffer(let buffer):
        try forward(
          kernel, buffers[buffer], count, frames: frames, into: &output, outputs: outputs,
          memory: &memory, size: entry.memory.count, counters: &counters, scratch: &scratch)
      case .input, .output:
        try forward(
          kernel, clip, frames: frames, into: &output, outputs: outputs, memory: &memory,
          size: entry.memory.count, counters: &counters, scratch: &scratch)
      }
    case .join(let join):
      for place in entry.inputs.indices {
        let (frames, count) = (counts[entry.inputs[place]], node.inputs[place].frame.count)
        switch entry.sources[place] {
        case .buffer(let buffer):
          fold(
            join, place, buffers[buffer], frames * count, frames: frames, into: &output,
            outputs: outputs)
        case .input, .output:
          join.fold(place, clip, frames: frames, into: &output, outputs: outputs)
        }
      }
    }
  }

  /// Makes an array of zeros, where it can be in the same memory.
  private static func clear(_ memory: inout [Float], count: Int) {
    guard memory.count >= count else {
      memory = [Float](repeating: 0, count: count)
      return
    }
    var all = memory.mutableSpan
    var own = all._mutatingExtracting(0..<count)
    fill(&own, with: 0)
  }

  private static func fold(
    _ join: Join, _ place: Int, _ buffer: [Float], _ count: Int, frames: Int,
    into output: inout MutableSpan<Float>, outputs: Int
  ) {
    join.fold(
      place, buffer.span.extracting(0..<count), frames: frames, into: &output, outputs: outputs)
  }

  private static func forward(
    _ kernel: any Kernel, _ buffer: [Float], _ count: Int, frames: Int,
    into output: inout MutableSpan<Float>, outputs: Int, memory: inout [Float], size: Int,
    counters: inout [Int], scratch: inout [Float]
  ) throws(ModuleError) {
    try forward(
      kernel, buffer.span.extracting(0..<count), frames: frames, into: &output, outputs: outputs,
      memory: &memory, size: size, counters: &counters, scratch: &scratch)
  }

  private static func forward(
    _ kernel: any Kernel, _ clip: Span<Float>, frames: Int,
    into output: inout MutableSpan<Float>, outputs: Int, memory: inout [Float], size: Int,
    counters: inout [Int], scratch: inout [Float]
  ) throws(ModuleError) {
    var all = memory.mutableSpan
    var own = all._mutatingExtracting(0..<size)
    var ownCounters = counters.mutableSpan
    var work = scratch.mutableSpan
    kernel.reset(memory: &own, counters: &ownCounters)
    try kernel.forward(
      clip, frames: frames, into: &output, outputs: outputs, memory: &own,
      counters: &ownCounters, scratch: &work)
  }
}
