import Tensors

/// Which layers do what the modules behind them would do, where nobody looks at what is in between.
///
/// A module is absorbed where it would work in place, on outputs that nobody else reads, and where it does what a
/// ``Finish`` can do. Its outputs have the bits that it would have given them itself, and are where it would have left
/// them, so that only the time differs.
struct LayerFusion: Sendable {
  /// For each node, the kernel that does its work and that of the absorbed ones behind it; nil where it stays alone.
  private(set) var kernels: [(any Kernel)?]
  /// For each node, whether another one does its work.
  private(set) var isAbsorbed: [Bool]

  /// Whether there is anything to do.
  var isEmpty: Bool { !isAbsorbed.contains(true) }

  init(_ nodes: [Node], _ layout: PlanLayout) {
    kernels = nodes.map { _ in nil }
    isAbsorbed = nodes.map { _ in false }
    // The readers of each wire.
    var readers: [Int: [Int]] = [:]
    for (index, node) in nodes.enumerated() {
      for wire in node.inputs { readers[wire.id, default: []].append(index) }
    }
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

  /// A scale and a cut.
  private static let most = 2
}
