import Tensors

/// The buffers and the work space in which a plan computes whole clips.
///
/// A runner grows to what the longest clip needs and keeps that, so that the next clip finds memory that
/// is there already: fresh pages cost more than many a layer. Only the result is new memory, which
/// the caller keeps. Runners of a plan wait in its ``ClipRunnerPool``.
struct ClipRunner: Sendable {
  private var buffers: [[Float]]
  private var scratch: [Float] = []
  /// What the kernel that runs remembers.
  private var memory: [Float] = []
  /// How many frames are on each wire.
  private var counts: [Int]

  /// Makes a runner without room for any frame.
  init(_ plan: Plan) {
    buffers = [[Float]](repeating: [], count: plan.layout.bufferCount)
    counts = [Int](repeating: 0, count: plan.nodes.count + 1)
  }

  /// The number of floats that are kept.
  var floatCount: Int {
    buffers.reduce(scratch.count + memory.count) { $0 + $1.count }
  }

  /// Computes a clip, as ``Plan/forward(_:observer:)`` says.
  mutating func forward(
    _ plan: Plan, _ clip: Tensor,
    observer: (_ node: Int, _ output: Span<Float>, _ frames: Int) -> Void
  ) throws(ModuleError) -> Tensor {
    counts[0] = clip.shape[2]
    var result: [Float] = []
    var shape = clip.shape
    for (index, entry) in plan.layout.entries.enumerated() {
      let node = plan.nodes[index]
      do throws(ModuleError) {
        shape = try clipShape(of: node, entry)
        guard shape.frame == node.output.frame || node.output == plan.output else {
          throw ModuleError(
            .shape,
            "makes frames \(shape.frame) of the clip, and what follows is made for frames "
              + "\(node.output.frame)")
        }
        counts[entry.output] = shape[2]
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
        target.grow(to: shape.count)
        var all = target.mutableSpan
        var output = all._mutatingExtracting(0..<shape.count)
        try ClipRunner.run(
          node, entry, counts, sources(of: entry, clip), into: &output, memory: &memory,
          scratch: &scratch)
        if shape[2] > 0 { observer(index, output.span, shape[2]) }
      } catch {
        throw error.at(node)
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

  /// The arrays at whose fronts the frames of the inputs are.
  private func sources(of entry: PlanLayout.Entry, _ clip: Tensor) -> [[Float]] {
    entry.sources.map { place in
      if case .buffer(let buffer) = place { buffers[buffer] } else { clip.scalars }
    }
  }

  /// Runs a node; its arrays come one by one, since a method could not change one field and read others.
  private static func run(
    _ node: Node, _ entry: PlanLayout.Entry, _ counts: [Int], _ sources: [[Float]],
    into output: inout MutableSpan<Float>, memory: inout [Float], scratch: inout [Float]
  ) throws(ModuleError) {
    let outputs = counts[entry.output]
    switch node.operation {
    case .kernel(let kernel):
      let frames = counts[entry.inputs[0]]
      scratch.grow(to: kernel.scratch(frames: frames))
      var work = scratch.mutableSpan
      if let kernel = entry.inPlace {
        return kernel.apply(nil, frames: frames, into: &output, scratch: &work)
      }
      memory.grow(to: entry.memory.count)
      var all = memory.mutableSpan
      var own = all._mutatingExtracting(0..<entry.memory.count)
      fill(&own, with: 0)
      var counters = [Int](repeating: 0, count: entry.counters.count)
      var ownCounters = counters.mutableSpan
      kernel.reset(memory: &own, counters: &ownCounters)
      let source = sources[0]
      try kernel.forward(
        source.span.extracting(0..<frames * entry.inputCount), frames: frames, into: &output,
        outputs: outputs, memory: &own, counters: &ownCounters, scratch: &work)
    case .join(let join):
      for (place, wire) in node.inputs.enumerated() {
        let (frames, source) = (counts[wire.id], sources[place])
        join.fold(
          place, source.span.extracting(0..<frames * wire.frame.count), frames: frames,
          into: &output, outputs: outputs)
      }
    }
  }
}
