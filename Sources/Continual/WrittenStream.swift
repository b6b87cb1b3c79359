package import Tensors

/// A stream that joins frames as the network is written: what comes in the same step, where delays are
/// written by hand (``Pairing/byStep``).
///
/// It shows what the Python library's own steps compute, wrong ones included; ``LiveStream`` is the one to
/// work with. It allocates in each step, and has no end padding.
package struct WrittenStream {
  private let plan: Plan
  /// What each node remembers: of a kernel its memory, of a join the frames that wait.
  private var states: [State]
  /// The frames that are on each wire in this step.
  private var wires: [Frames]

  /// Frames (B, C, n, S…).
  private struct Frames {
    var count = 0
    var scalars: [Float] = []
  }

  private struct State {
    var memory: [Float] = []
    var counters: [Int] = []
    /// How many frames a kernel has seen.
    var seen = 0
    /// The frames of each input that wait to be joined, the oldest first.
    var waiting: [[[Float]]] = []
  }

  /// Starts a stream that has seen nothing.
  package init(_ plan: Plan) {
    self.plan = plan
    let initial = plan.initialState
    states = zip(plan.nodes, plan.layout.entries).map { node, entry in
      State(
        memory: Array(initial.memory[entry.memory]),
        counters: Array(initial.counters[entry.counters]),
        waiting: node.inputs.map { _ in [] })
    }
    wires = plan.nodes.map { _ in Frames() } + [Frames()]
  }

  /// Takes one frame.
  ///
  /// - Parameter frame: (B, C, S…), of the plan's shape.
  /// - Returns: the outputs that come in this step, (B, C', m, S'…).
  package mutating func step(_ frame: Tensor) -> Tensor {
    precondition(frame.shape == plan.inputFrame, "a frame of another shape than the plan's")
    wires[0] = Frames(count: 1, scalars: frame.scalars)
    for (index, node) in plan.nodes.enumerated() {
      switch node.operation {
      case .kernel(let kernel): wires[node.output.id] = step(kernel, node, at: index)
      case .join(let join): wires[node.output.id] = step(join, node, at: index)
      }
    }
    let output = wires[plan.output.id]
    return Tensor(plan.output.frame.clip(frames: output.count), output.scalars)
  }

  private mutating func step(_ kernel: any Kernel, _ node: Node, at index: Int) -> Frames {
    let input = wires[node.inputs[0].id]
    guard input.count > 0 else { return Frames() }
    let seen = states[index].seen
    let timing = kernel.timing
    let due =
      timing.outputCount(ofInputs: seen + input.count) - timing.outputCount(ofInputs: seen)
    // Taken out, so that both can be changed at the same time.
    var (own, ownCounters): ([Float], [Int]) = ([], [])
    swap(&own, &states[index].memory)
    swap(&ownCounters, &states[index].counters)
    defer {
      swap(&own, &states[index].memory)
      swap(&ownCounters, &states[index].counters)
    }
    states[index].seen += input.count
    var scalars = [Float](repeating: 0, count: due * node.output.frame.count)
    var scratch = [Float](repeating: 0, count: kernel.scratch(frames: input.count))
    var output = scalars.mutableSpan
    var memory = own.mutableSpan
    var counters = ownCounters.mutableSpan
    var work = scratch.mutableSpan
    kernel.advance(
      input.scalars.span, frames: input.count, into: &output, outputs: due, ends: false,
      memory: &memory, counters: &counters, scratch: &work)
    return Frames(count: due, scalars: scalars)
  }

  private mutating func step(_ join: Join, _ node: Node, at index: Int) -> Frames {
    for (place, wire) in node.inputs.enumerated() {
      let rows = FrameRows(wire.frame)
      let arrived = wires[wire.id]
      for time in 0..<arrived.count {
        var frame = [Float](repeating: 0, count: rows.count)
        var span = frame.mutableSpan
        rows.read(time, of: arrived.scalars.span, frames: arrived.count, into: &span)
        states[index].waiting[place].append(frame)
      }
    }
    let count = states[index].waiting.map(\.count).min() ?? 0
    let shape = node.output.frame
    var scalars = [Float](repeating: 0, count: count * shape.count)
    let rows = FrameRows(shape)
    for time in 0..<count {
      var joined = [Float](repeating: 0, count: shape.count)
      for place in node.inputs.indices {
        let frame = states[index].waiting[place][time]
        var output = joined.mutableSpan
        join.fold(place, frame.span, frames: 1, into: &output, outputs: 1)
      }
      var all = scalars.mutableSpan
      rows.write(joined.span, to: time, of: &all, frames: count)
    }
    for place in node.inputs.indices {
      // As it is written, what has nobody to meet is lost.
      let gone = join.pairing == .byStep ? states[index].waiting[place].count : count
      states[index].waiting[place].removeFirst(gone)
    }
    return Frames(count: count, scalars: scalars)
  }
}

extension Plan {
  /// Steps through a clip (B, C, T, S…) as the network is written.
  ///
  /// - Returns: the outputs (B, C', T', S'…) of all steps, and the index of the step of each.
  package func steppedAsWritten(through clip: Tensor) -> (output: Tensor, steps: [Int]) {
    var stream = WrittenStream(self)
    var outputs: [Tensor] = []
    var steps: [Int] = []
    for time in 0..<clip.shape[2] {
      let made = stream.step(clip.frame(time))
      outputs += (0..<made.shape[2]).map { made.frame($0) }
      steps += [Int](repeating: time, count: made.shape[2])
    }
    let shape = output.frame.clip(frames: outputs.count)
    var scalars = [Float](repeating: 0, count: shape.count)
    let rows = FrameRows(output.frame)
    for (time, frame) in outputs.enumerated() {
      var all = scalars.mutableSpan
      rows.write(frame.scalars.span, to: time, of: &all, frames: outputs.count)
    }
    return (Tensor(shape, scalars), steps)
  }
}
