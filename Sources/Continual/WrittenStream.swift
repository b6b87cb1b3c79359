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
  /// The frames (B, C, n, S…) that are on each wire in this step.
  private var wires: [Tensor]

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
    // Each node makes one wire; the first wire is the input.
    let frames = [plan.inputFrame] + plan.nodes.map(\.output.frame)
    wires = frames.map { Tensor(frames: [], of: $0) }
  }

  /// Takes one frame.
  ///
  /// - Parameter frame: (B, C, S…), of the plan's shape.
  /// - Returns: the outputs that come in this step, (B, C', m, S'…).
  package mutating func step(_ frame: Tensor) -> Tensor {
    precondition(frame.shape == plan.inputFrame, "a frame of another shape than the plan's")
    wires[0] = frame.reshaped(frame.shape.clip(frames: 1))
    for (index, node) in plan.nodes.enumerated() {
      switch node.operation {
      case .kernel(let kernel): wires[node.output.id] = step(kernel, node, at: index)
      case .join(let join): wires[node.output.id] = step(join, node, at: index)
      }
    }
    return wires[plan.output.id]
  }

  private mutating func step(_ kernel: any Kernel, _ node: Node, at index: Int) -> Tensor {
    let input = wires[node.inputs[0].id]
    let frames = input.shape[2]
    guard frames > 0 else { return Tensor(frames: [], of: node.output.frame) }
    let seen = states[index].seen
    let timing = kernel.timing
    let due =
      timing.outputCount(ofInputs: seen + frames) - timing.outputCount(ofInputs: seen)
    // Taken out, so that both can be changed at the same time.
    var (own, ownCounters): ([Float], [Int]) = ([], [])
    swap(&own, &states[index].memory)
    swap(&ownCounters, &states[index].counters)
    defer {
      swap(&own, &states[index].memory)
      swap(&ownCounters, &states[index].counters)
    }
    states[index].seen += frames
    let shape = node.output.frame.clip(frames: due)
    var scalars = [Float](repeating: 0, count: shape.count)
    var scratch = [Float](repeating: 0, count: kernel.scratch(frames: frames))
    var output = scalars.mutableSpan
    var memory = own.mutableSpan
    var counters = ownCounters.mutableSpan
    var work = scratch.mutableSpan
    kernel.advance(
      input.scalars.span, frames: frames, into: &output, outputs: due, ends: false,
      memory: &memory, counters: &counters, scratch: &work)
    return Tensor(shape, scalars)
  }

  private mutating func step(_ join: Join, _ node: Node, at index: Int) -> Tensor {
    for (place, wire) in node.inputs.enumerated() {
      let arrived = wires[wire.id]
      states[index].waiting[place] += (0..<arrived.shape[2]).map { arrived.frame($0).scalars }
    }
    let waiting = states[index].waiting
    let count = waiting.map(\.count).min() ?? 0
    let frames = (0..<count).map { time in
      var joined = [Float](repeating: 0, count: node.output.frame.count)
      for (place, frames) in waiting.enumerated() {
        let frame = frames[time]
        var output = joined.mutableSpan
        join.fold(place, frame.span, frames: 1, into: &output, outputs: 1, accumulates: false)
      }
      return joined
    }
    for (place, frames) in waiting.enumerated() {
      // As it is written, what has nobody to meet is lost.
      let gone = join.pairing == .byStep ? frames.count : count
      states[index].waiting[place].removeFirst(gone)
    }
    return Tensor(frames: frames, of: node.output.frame)
  }
}

extension Plan {
  /// Steps through a clip (B, C, T, S…) as the network is written.
  ///
  /// - Returns: the outputs (B, C', T', S'…) of all steps, and the index of the step of each.
  package func steppedAsWritten(through clip: Tensor) -> (output: Tensor, steps: [Int]) {
    var stream = WrittenStream(self)
    var outputs: [[Float]] = []
    var steps: [Int] = []
    for time in 0..<clip.shape[2] {
      let made = stream.step(clip.frame(time))
      outputs += (0..<made.shape[2]).map { made.frame($0).scalars }
      steps += [Int](repeating: time, count: made.shape[2])
    }
    return (Tensor(frames: outputs, of: output.frame), steps)
  }
}
