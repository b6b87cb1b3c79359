import Tensors

extension StreamRunner {
  /// Runs all nodes on as many frames as have been counted.
  mutating func run(
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
        if let kernel = entry.inPlace {
          StreamRunner.run(kernel, size, frames: frames, in: &target, scratch: &scratch)
        } else {
          StreamRunner.run(
            plan.nodes[index].operation, entry, counts, input, buffers, ends: ends, into: &target,
            memory: &memory, counters: &counters, scratch: &scratch)
        }
        if frames > 0 { StreamRunner.show(target, size, frames, of: index, to: observer) }
        swap(&target, &buffers[buffer])
      } else {
        var own = output._mutatingExtracting(0..<size)
        if let kernel = entry.inPlace {
          StreamRunner.run(kernel, frames: frames, in: &own, scratch: &scratch)
        } else {
          StreamRunner.run(
            plan.nodes[index].operation, entry, counts, input, buffers, ends: ends, into: &own,
            memory: &memory, counters: &counters, scratch: &scratch)
        }
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

  /// Runs a node in place, in a buffer.
  private static func run(
    _ kernel: any InPlaceKernel, _ size: Int, frames: Int, in target: inout [Float],
    scratch: inout [Float]
  ) {
    var all = target.mutableSpan
    var own = all._mutatingExtracting(0..<size)
    run(kernel, frames: frames, in: &own, scratch: &scratch)
  }

  private static func run(
    _ kernel: any InPlaceKernel, frames: Int, in target: inout MutableSpan<Float>,
    scratch: inout [Float]
  ) {
    guard frames > 0 else { return }
    var work = scratch.mutableSpan
    kernel.apply(nil, frames: frames, into: &target, scratch: &work)
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
