import Tensors

/// Which layers do what the modules beside them would do, where nobody looks at what is in between.
///
/// A module behind a layer is absorbed where it would work in place, on outputs that nobody else reads, and where it
/// does what a ``Finish`` can do. Its outputs have the bits that it would have given them itself, and are where it
/// would have left them, so that only the time differs.
///
/// A pointwise convolution is absorbed by one behind it that keeps its frames and is their only reader
/// (``MixedFrames``).
struct LayerFusion: Sendable {
  /// For each node, the kernel that does its work and that of the absorbed ones behind it; nil where it stays alone.
  private(set) var kernels: [(any Kernel)?]
  /// For each node, whether another one does its work.
  private(set) var isAbsorbed: [Bool]
  /// For each node, the one whose inputs it reads: itself, or an absorbed one before it.
  private(set) var sources: [Int]

  /// Whether there is anything to do.
  var isEmpty: Bool { !isAbsorbed.contains(true) }

  /// - Parameters:
  ///   - nodes: those of a plan.
  ///   - layout: where their values are.
  ///   - output: the wire of the plan's output.
  init(_ nodes: [Node], _ layout: PlanLayout, output: Wire) {
    kernels = nodes.map { _ in nil }
    isAbsorbed = nodes.map { _ in false }
    sources = Array(nodes.indices)
    // The readers of each wire.
    var readers: [Int: [Int]] = [:]
    for (index, node) in nodes.enumerated() {
      for wire in node.inputs { readers[wire.id, default: []].append(index) }
    }
    absorbFollowers(nodes, layout, readers)
    absorbMixers(nodes, layout, readers, output)
  }

  /// Has layers do what in-place modules behind them do.
  private mutating func absorbFollowers(
    _ nodes: [Node], _ layout: PlanLayout, _ readers: [Int: [Int]]
  ) {
    for (index, node) in nodes.enumerated() where !isAbsorbed[index] {
      guard case .kernel(let kernel) = node.operation, let kernel = kernel as? any FinishingKernel
      else { continue }
      var behind: [(index: Int, kernel: any InPlaceKernel)] = []
      var wire = node.output
      while behind.count < LayerFusion.most, let all = readers[wire.id], all.count == 1,
        let inPlace = layout.entries[all[0]].inPlace
      {
        behind.append((all[0], inPlace))
        wire = nodes[all[0]].output
      }
      guard
        let (finish, count) = Finish.first(
          of: behind.map(\.kernel), channels: node.output.frame[1]),
        let finishing = kernel.finishing(with: finish)
      else { continue }
      kernels[index] = finishing
      for absorbed in behind.prefix(count) { isAbsorbed[absorbed.index] = true }
    }
  }

  /// Has convolutions do what pointwise ones before them do.
  private mutating func absorbMixers(
    _ nodes: [Node], _ layout: PlanLayout, _ readers: [Int: [Int]], _ output: Wire
  ) {
    // The node that makes each wire, or does the work of the one that makes it.
    var makers: [Int: Int] = [:]
    for (index, node) in nodes.enumerated() {
      makers[node.output.id] = isAbsorbed[index] ? makers[node.inputs[0].id] : index
      guard case .kernel(let own) = node.operation, node.inputs[0] != output,
        readers[node.inputs[0].id]?.count == 1,
        let kernel = (kernels[index] ?? own) as? ConvolutionKernel,
        let first = makers[node.inputs[0].id], case .kernel(let maker) = nodes[first].operation,
        let mixer = (kernels[first] ?? maker) as? PointwiseConvolutionKernel,
        !(first + 1...index).contains(where: {
          layout.entries[$0].target == layout.entries[first].sources[0]
        }),
        let mixing = kernel.mixing(with: mixer)
      else { continue }
      kernels[index] = mixing
      isAbsorbed[first] = true
      sources[index] = first
    }
  }

  /// A scale and a cut.
  private static let most = 2
}
