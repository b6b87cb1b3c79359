import Tensors

/// The buffers and the work space in which a plan computes whole clips.
///
/// A runner grows to what the longest clip needs and keeps that, so that the next clip finds memory that
/// is there already: fresh pages cost more than many a layer. Only the result is new memory, which
/// the caller keeps. Runners of a plan wait in its ``ClipRunnerPool``.
struct ClipRunner: Sendable {
  private var buffers: [[Float]] = []
  private var scratch: [Float] = []
  /// What the kernel that runs remembers.
  private var memory: [Float] = []
  /// How many frames are on each wire.
  private var counts: [Int] = []

  /// The number of floats that are kept.
  var floatCount: Int {
    buffers.reduce(scratch.count + memory.count) { $0 + $1.count }
  }

  /// Computes a clip, as ``Plan/forward(_:)`` says.
  ///
  /// - Parameters:
  ///   - nodes: those of a plan; always of the same.
  ///   - layout: where their values are.
  ///   - fusion: which of them do the work of others; nil where every node does its own.
  ///   - output: the wire of the plan's output.
  ///   - clip: (B, C, T, S…), of the frames that the plan takes.
  ///   - observer: called after each node that makes frames.
  /// - Returns: (B, C', T', S'…).
  /// - Throws: ``ModuleError``, with the path of the module that found it.
  mutating func forward(
    _ nodes: [Node], _ layout: PlanLayout, _ fusion: LayerFusion?, output: Wire, _ clip: Tensor,
    observer: (_ node: Int, _ output: Span<Float>, _ frames: Int) -> Void
  ) throws(ModuleError) -> Tensor {
    if counts.isEmpty {
      buffers = [[Float]](repeating: [], count: layout.bufferCount)
      counts = [Int](repeating: 0, count: nodes.count + 1)
    }
    counts[0] = clip.shape[2]
    var result: [Float] = []
    var resultShape = clip.shape
    for (index, (node, entry)) in zip(nodes, layout.entries).enumerated() {
      do throws(ModuleError) {
        let shape = try clipShape(of: node, entry)
        guard shape.frame == node.output.frame || node.output == output else {
          throw ModuleError(.frame(.followed(shape.frame, expected: node.output.frame)))
        }
        counts[entry.output] = shape[2]
        if node.output == output { resultShape = shape }
        // Its output is where the other node has left it.
        if fusion?.isAbsorbed[index] == true { continue }
        // The target is taken out of the buffers while the node reads others.
        var target: [Float] = []
        if case .buffer(let buffer) = entry.target {
          swap(&target, &buffers[buffer])
        } else {
          swap(&target, &result)
        }
        defer {
          if case .buffer(let buffer) = entry.target {
            swap(&target, &buffers[buffer])
          } else {
            swap(&target, &result)
          }
        }
        let reading = layout.entries[fusion?.sources[index] ?? index]
        var sources = sources(of: reading, clip)
        var accumulated = entry.accumulated
        if let place = accumulated, counts[entry.inputs[place]] != shape[2] {
          // One frame serves for all of the others: nothing is there yet that could be added to.
          let count = counts[entry.inputs[place]] * node.inputs[place].frame.count
          sources[place] = Array(target.prefix(count))
          accumulated = nil
        }
        target.grow(to: shape.count)
        var all = target.mutableSpan
        var own = all._mutatingExtracting(0..<shape.count)
        try ClipRunner.run(
          node, fusion?.kernels[index], entry, reading, counts, sources, accumulated: accumulated,
          into: &own, memory: &memory, scratch: &scratch)
        if shape[2] > 0 { observer(index, own.span, shape[2]) }
      } catch {
        throw error.at(node)
      }
    }
    switch layout.output {
    case .output: return Tensor(resultShape, result)
    case .input: return clip
    case .buffer(let buffer):
      return Tensor(resultShape, Array(buffers[buffer][..<resultShape.count]))
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

  /// The arrays at whose fronts the frames of the inputs are.
  private func sources(of entry: PlanLayout.Entry, _ clip: Tensor) -> [[Float]] {
    entry.sources.map { place in
      if case .buffer(let buffer) = place { buffers[buffer] } else { clip.scalars }
    }
  }

  /// Runs a node; its arrays come one by one, since a method could not change one field and read others.
  private static func run(
    _ node: Node, _ fused: (any Kernel)?, _ entry: PlanLayout.Entry, _ reading: PlanLayout.Entry,
    _ counts: [Int], _ sources: [[Float]], accumulated: Int?,
    into output: inout MutableSpan<Float>, memory: inout [Float], scratch: inout [Float]
  ) throws(ModuleError) {
    let outputs = counts[entry.output]
    switch node.operation {
    case .kernel(let kernel):
      let kernel = fused ?? kernel
      let frames = counts[reading.inputs[0]]
      scratch.grow(to: kernel.scratch(frames: frames))
      var work = scratch.mutableSpan
      if let own = entry.inPlace {
        let kernel = kernel as? any InPlaceKernel ?? own
        return kernel.apply(nil, frames: frames, into: &output, scratch: &work)
      }
      memory.grow(to: entry.memory.count + DenseLoops.lineLength)
      let start = DenseLoops.floatsToLine(memory.span)
      var all = memory.mutableSpan
      var own = all._mutatingExtracting(start..<start + entry.memory.count)
      fill(&own, with: 0)
      var counters = [Int](repeating: 0, count: entry.counters.count)
      var ownCounters = counters.mutableSpan
      kernel.reset(memory: &own, counters: &ownCounters)
      let source = sources[0]
      try kernel.forward(
        source.span.extracting(0..<frames * reading.inputCount), frames: frames, into: &output,
        outputs: outputs, memory: &own, counters: &ownCounters, scratch: &work)
    case .join(let join):
      for (place, wire) in node.inputs.enumerated() where place != accumulated {
        let (frames, source) = (counts[wire.id], sources[place])
        join.fold(
          place, source.span.extracting(0..<frames * wire.frame.count), frames: frames,
          into: &output, outputs: outputs, accumulates: accumulated != nil)
      }
    }
  }
}
