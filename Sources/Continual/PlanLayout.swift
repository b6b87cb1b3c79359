import Tensors

/// Where the values of each node of a plan are while a stream runs.
///
/// Every stream owns one flat memory, cut into the parts of the nodes, and a few buffers for the
/// frames on the wires. A buffer is used again as soon as the last reader of a wire has run, so a
/// deep network needs only as many as there are wires alive at one time.
struct PlanLayout: Sendable {
  /// One node.
  struct Entry: Sendable {
    /// The parts of the stream's memory and counters that belong to the node.
    var memory: Range<Int>
    var counters: Range<Int>
    /// The buffers and wires of the inputs.
    var sources: [Int]
    var inputs: [Int]
    /// The number of floats of the frames of the first input, and of the output.
    var inputCount: Int
    var outputCount: Int
    /// The buffer and wire of the output.
    var target: Int
    var output: Int
    /// The wires that nobody reads after this node.
    var lastUses: [Int]
  }

  private(set) var entries: [Entry] = []
  private(set) var memoryCount = 0
  private(set) var counterCount = 0
  /// The number of floats of each buffer.
  private(set) var buffers: [Int] = []
  /// The buffer of the plan's output.
  let outputBuffer: Int
  /// The work space that the most demanding kernel needs.
  let scratchCount: Int

  init(nodes: [Node], input: Wire, output: Wire) {
    var lastUse: [Int: Int] = [:]
    for (index, node) in nodes.enumerated() {
      // A wire that nobody reads is free again once it is written.
      lastUse[node.output.id] = index
      for wire in node.inputs { lastUse[wire.id] = index }
    }
    lastUse[output.id] = nil

    var bufferOfWire = [input.id: 0]
    var free: [Int] = []
    buffers = [input.frame.count]
    var scratchCount = 0
    for (index, node) in nodes.enumerated() {
      let target = PlanLayout.take(node.output.frame.count, from: &free, of: &buffers)
      bufferOfWire[node.output.id] = target
      let lastUses = Set(node.inputs.map(\.id) + [node.output.id]).filter { lastUse[$0] == index }
      free += lastUses.compactMap { bufferOfWire[$0] }
      let state = node.state
      entries.append(
        Entry(
          memory: memoryCount..<memoryCount + state.floats,
          counters: counterCount..<counterCount + state.counters,
          sources: node.inputs.map { bufferOfWire[$0.id] ?? 0 }, inputs: node.inputs.map(\.id),
          inputCount: node.inputs[0].frame.count, outputCount: node.output.frame.count,
          target: target, output: node.output.id,
          lastUses: lastUses.sorted()))
      memoryCount += state.floats
      counterCount += state.counters
      if case .kernel(let kernel) = node.operation {
        scratchCount = max(scratchCount, kernel.scratch)
      }
    }
    self.scratchCount = scratchCount
    outputBuffer = bufferOfWire[output.id] ?? 0
  }

  /// The free buffer that fits best, grown where it is too small, or a new one.
  private static func take(
    _ count: Int, from free: inout [Int], of buffers: inout [Int]
  ) -> Int {
    let best = free.indices.min { left, right in
      abs(buffers[free[left]] - count) < abs(buffers[free[right]] - count)
    }
    guard let best else {
      buffers.append(count)
      return buffers.count - 1
    }
    let buffer = free.remove(at: best)
    buffers[buffer] = max(buffers[buffer], count)
    return buffer
  }
}
