import Tensors

// A step is short, and so all that is copied on the way costs: arrays are read through spans, kernels are
// called where they are in their array, and a node's buffer is swapped out and in.
extension StreamRunner {
  /// Runs all nodes on the next frames of a stream.
  ///
  /// - Parameters:
  ///   - input: the frames, as the caller has them.
  ///   - frames: how many there are.
  ///   - ends: whether the clip ends behind them; then the frames on all wires have been counted.
  ///   - seen: how many frames the stream has seen before.
  ///   - state: what the stream remembers.
  ///   - output: receives the outputs at its front.
  ///   - outputs: how many are due.
  ///   - isObserved: whether each node does its own work.
  ///   - observer: called after each node that yields frames.
  mutating func run(
    _ input: Span<Float>, frames: Int, ends: Bool, after seen: Int, _ state: inout StreamState,
    into output: inout MutableSpan<Float>, outputs: Int, isObserved: Bool,
    observer: (Int, Span<Float>, Int) -> Void
  ) {
    let count = outputs * plan.output.frame.count
    precondition(count <= output.count, "no room for \(outputs) frames \(plan.output.frame)")
    counts[0] = frames
    Threads.withMost(plan.threads) {
      // Each program is read where it is: a copy of one of them would count its arrays.
      if isObserved || !plan.fusesLayers {
        StreamRunner.run(
          plan.program, input, ends: ends, after: seen, memory: &state.memory,
          from: state.start, counters: &state.counters, counts: &counts, buffers: &buffers,
          scratch: &scratch,
          into: &output, observer: observer)
      } else {
        StreamRunner.run(
          plan.fusedProgram, input, ends: ends, after: seen, memory: &state.memory,
          from: state.start, counters: &state.counters, counts: &counts, buffers: &buffers,
          scratch: &scratch,
          into: &output, observer: observer)
      }
    }
    switch plan.layout.output {
    case .output: break
    case .input: StreamRunner.copy(input, count, to: &output)
    case .buffer(let buffer): StreamRunner.copy(buffers[buffer], count, to: &output)
    }
  }

  private static func run(
    _ program: StepProgram, _ input: Span<Float>, ends: Bool, after seen: Int,
    memory: inout [Float], from start: Int, counters: inout [Int], counts: inout [Int],
    buffers: inout [[Float]], scratch: inout [Float], into output: inout MutableSpan<Float>,
    observer: (Int, Span<Float>, Int) -> Void
  ) {
    let instructions = program.instructions.span
    var floats = memory.mutableSpan
    var memory = floats._mutatingExtracting(start...)
    var counters = counters.mutableSpan
    var counts = counts.mutableSpan
    var buffers = buffers.mutableSpan
    var scratch = scratch.mutableSpan
    var target: [Float] = []
    for index in instructions.indices {
      let wire = instructions[index].output
      if !ends { counts[wire] = program.count(index, counts: counts.span, after: seen) }
      let outputs = counts[wire]
      let size = outputs * instructions[index].outputCount
      if case .buffer(let buffer) = instructions[index].target {
        swap(&target, &buffers[buffer])
        var all = target.mutableSpan
        var own = all._mutatingExtracting(0..<size)
        program.run(
          index, input, ends: ends, memory: &memory, counters: &counters, counts: counts.span,
          buffers: buffers.span, scratch: &scratch, into: &own, outputs: outputs)
        if outputs > 0 { observer(index, own.span, outputs) }
        swap(&target, &buffers[buffer])
      } else {
        var own = output._mutatingExtracting(0..<size)
        program.run(
          index, input, ends: ends, memory: &memory, counters: &counters, counts: counts.span,
          buffers: buffers.span, scratch: &scratch, into: &own, outputs: outputs)
        if outputs > 0 { observer(index, own.span, outputs) }
      }
    }
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

extension StepProgram {
  /// How many frames a node yields, once those of its inputs are counted.
  @inline(__always)
  fileprivate func count(_ index: Int, counts frames: Span<Int>, after seen: Int) -> Int {
    let instructions = instructions.span
    let read = instructions[index].inputs
    switch instructions[index].count {
    case .same: return frames[inputs.span[read.lowerBound].wire]
    case .stage(let stage):
      guard hasFrames(read, frames) else { return 0 }
      return stage(seen + frames[0]) - stage(seen)
    case .several:
      guard hasFrames(read, frames) else { return 0 }
      return counts[index](seen + frames[0]) - counts[index](seen)
    }
  }

  /// Whether anything comes in on some wires.
  @inline(__always)
  private func hasFrames(_ read: Range<Int>, _ frames: Span<Int>) -> Bool {
    let wires = inputs.span
    for place in read where frames[wires[place].wire] > 0 { return true }
    return false
  }

  /// Runs a node.
  @inline(__always)
  fileprivate func run(
    _ index: Int, _ input: Span<Float>, ends: Bool, memory: inout MutableSpan<Float>,
    counters: inout MutableSpan<Int>, counts: Span<Int>, buffers: Span<[Float]>,
    scratch: inout MutableSpan<Float>, into output: inout MutableSpan<Float>, outputs: Int
  ) {
    let wires = inputs.span
    let instructions = instructions.span
    let first = instructions[index].inputs.lowerBound
    switch instructions[index].operation {
    case .kernel(let kernel):
      let source = wires[first]
      let frames = counts[source.wire]
      guard frames > 0 || ends else { return }
      var memory = memory._mutatingExtracting(instructions[index].memory)
      var counters = counters._mutatingExtracting(instructions[index].counters)
      let kernels = kernels.span
      if case .buffer(let buffer) = source.place {
        kernels[kernel].advance(
          buffers[buffer].span.extracting(0..<frames * source.count), frames: frames,
          into: &output, outputs: outputs, ends: ends, memory: &memory, counters: &counters,
          scratch: &scratch)
      } else {
        kernels[kernel].advance(
          input, frames: frames, into: &output, outputs: outputs, ends: ends, memory: &memory,
          counters: &counters, scratch: &scratch)
      }
    case .absorbed: break
    case .inPlace(let kernel):
      guard outputs > 0 else { return }
      inPlaceKernels.span[kernel].apply(
        nil, frames: outputs, into: &output, scratch: &scratch)
    case .join(let join, let accumulated):
      var memory = memory._mutatingExtracting(instructions[index].memory)
      var counters = counters._mutatingExtracting(instructions[index].counters)
      let joins = joins.span
      for place in instructions[index].inputs {
        let source = wires[place]
        let frames = counts[source.wire]
        if place - first == accumulated {
          joins[join].advance(
            place - first, accumulated: frames, outputs: outputs, counters: &counters)
        } else if case .buffer(let buffer) = source.place {
          joins[join].advance(
            place - first, buffers[buffer].span.extracting(0..<frames * source.count),
            frames: frames, into: &output, outputs: outputs, accumulates: accumulated != nil,
            memory: &memory, counters: &counters)
        } else {
          joins[join].advance(
            place - first, input, frames: frames, into: &output, outputs: outputs,
            accumulates: accumulated != nil, memory: &memory, counters: &counters)
        }
      }
    }
  }
}
