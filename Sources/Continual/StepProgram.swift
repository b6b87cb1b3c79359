import Tensors

/// The nodes of a plan as whoever runs steps reads them, one after the other: plain numbers, so that going
/// from node to node counts no references, and kernels and joins each in an array of their own.
///
/// A small network has nodes of some ten nanoseconds. What is here, and how it is read, is what a node
/// costs besides.
struct StepProgram: Sendable {
  /// A wire that a node reads.
  struct Input: Sendable {
    let wire: Int
    let place: PlanLayout.Place
    /// The floats of a frame.
    let count: Int
  }

  /// A node.
  struct Instruction: Sendable {
    /// What runs, by its index in ``kernels``, ``inPlaceKernels`` or ``joins``.
    enum Operation: Sendable {
      case kernel(Int)
      /// The frames of its input are where those of its output go.
      case inPlace(Int)
      /// The frames of one of two inputs may be where those of its output go.
      case join(Int, accumulated: Int?)
      /// A node before this one does its work.
      case absorbed
    }

    /// How the number of frames that go out is known.
    enum Count: Sendable {
      /// As many as come in, in every step.
      case same
      /// From the number of frames of the plan's input, by a stage.
      case stage(CountStage)
      /// From the number of frames of the plan's input, as ``counts`` says.
      case several
    }

    let operation: Operation
    /// Its part of ``inputs``; one for a kernel.
    let inputs: Range<Int>
    let count: Count
    /// The wire that goes out, where it is, and the floats of a frame.
    let output: Int
    let target: PlanLayout.Place
    let outputCount: Int
    /// What belongs to the node in the memory and the counters of a stream.
    let memory: Range<Int>
    let counters: Range<Int>
  }

  private(set) var instructions: [Instruction] = []
  private(set) var inputs: [Input] = []
  private(set) var kernels: [any Kernel] = []
  private(set) var inPlaceKernels: [any InPlaceKernel] = []
  private(set) var joins: [Join] = []
  /// For each node, how many frames have gone out after so many of the plan's input.
  private(set) var counts: [FrameCount] = []

  /// - Parameters:
  ///   - nodes: those of a plan.
  ///   - layout: where their values are.
  ///   - fusion: which of them do the work of others; nil where every node does its own.
  init(_ nodes: [Node], _ layout: PlanLayout, _ fusion: LayerFusion?) {
    for (index, (node, entry)) in zip(nodes, layout.entries).enumerated() {
      let operation: Instruction.Operation
      switch node.operation {
      case .kernel where fusion?.isAbsorbed[index] == true: operation = .absorbed
      case .kernel(let kernel):
        let fused = fusion?.kernels[index]
        if let kernel = entry.inPlace {
          operation = .inPlace(inPlaceKernels.count)
          inPlaceKernels.append(fused as? any InPlaceKernel ?? kernel)
        } else {
          operation = .kernel(kernels.count)
          kernels.append(fused ?? kernel)
        }
      case .join(let join):
        operation = .join(joins.count, accumulated: entry.accumulated)
        joins.append(join)
      }
      let first = inputs.count
      let source = fusion?.sources[index] ?? index
      for (wire, place) in zip(nodes[source].inputs, layout.entries[source].sources) {
        inputs.append(Input(wire: wire.id, place: place, count: wire.frame.count))
      }
      instructions.append(
        Instruction(
          operation: operation, inputs: first..<inputs.count,
          count: entry.isInStep ? .same : entry.count.stage.map { .stage($0) } ?? .several,
          output: entry.output, target: entry.target, outputCount: entry.outputCount,
          memory: entry.memory, counters: entry.counters))
      counts.append(entry.count)
    }
  }
}
