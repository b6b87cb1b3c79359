extension LiveStream {
  /// What the end padding makes possible after the last step, layer by layer.
  ///
  /// Spoils the state: call it on a copy.
  ///
  /// - Throws: ``ModuleError`` where branches that are joined have different numbers of frames.
  mutating func drain(
    observer: (_ node: Int, _ output: Span<Float>) -> Void
  ) throws(ModuleError) -> [[Float]] {
    var ends = [[[Float]]](repeating: [], count: plan.nodes.count + 1)
    for (index, node) in plan.nodes.enumerated() {
      let entry = plan.layout.entries[index]
      let end: [[Float]]
      switch node.operation {
      case .kernel(let kernel):
        end = drain(kernel, entry, after: ends[entry.inputs[0]])
      case .join(let join):
        do throws(ModuleError) {
          end = try LiveStream.drain(
            join, entry, entry.inputs.map { ends[$0] }, memory: &memory, counters: &counters)
        } catch {
          throw error.at(node)
        }
      }
      for frame in end { observer(index, frame.span) }
      ends[entry.output] = end
      for wire in entry.lastUses { ends[wire] = [] }
    }
    return ends[plan.output.id]
  }

  private static func drain(
    _ join: Join, _ entry: PlanLayout.Entry, _ arrivals: [[[Float]]],
    memory: inout [Float], counters: inout [Int]
  ) throws(ModuleError) -> [[Float]] {
    var allMemory = memory.mutableSpan
    var allCounters = counters.mutableSpan
    var own = allMemory._mutatingExtracting(entry.memory)
    var ownCounters = allCounters._mutatingExtracting(entry.counters)
    return try join.drain(arrivals, memory: &own, counters: &ownCounters)
  }

  private mutating func drain(
    _ kernel: any Kernel, _ entry: PlanLayout.Entry, after frames: [[Float]]
  ) -> [[Float]] {
    var end: [[Float]] = []
    var output = [Float](repeating: 0, count: entry.outputCount)
    for frame in frames {
      let isDue = LiveStream.step(
        kernel, entry, frame, into: &output, memory: &memory, counters: &counters,
        scratch: &scratch)
      if isDue { end.append(output) }
    }
    while LiveStream.drain(
      kernel, entry, into: &output, memory: &memory, counters: &counters, scratch: &scratch)
    {
      end.append(output)
    }
    return end
  }

  private static func drain(
    _ kernel: any Kernel, _ entry: PlanLayout.Entry, into target: inout [Float],
    memory: inout [Float], counters: inout [Int], scratch: inout [Float]
  ) -> Bool {
    var output = target.mutableSpan
    var allMemory = memory.mutableSpan
    var allCounters = counters.mutableSpan
    var own = allMemory._mutatingExtracting(entry.memory)
    var ownCounters = allCounters._mutatingExtracting(entry.counters)
    var work = scratch.mutableSpan
    return kernel.drain(into: &output, memory: &own, counters: &ownCounters, scratch: &work)
  }
}
