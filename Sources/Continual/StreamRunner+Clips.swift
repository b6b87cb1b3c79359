public import Tensors

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
