package import Continual
package import Tensors

/// How the outputs of two networks differ for one clip.
package struct OutputComparison: Sendable {
  /// The shapes (B, C, T, S…) of the outputs.
  package let shapes: (Shape, Shape)

  /// The largest absolute difference; nil where the shapes differ.
  package let maxAbs: Double?

  /// That difference as a part of the largest magnitude in the first output.
  package let relative: Double?

  /// How many elements differ in any bit.
  package let differing: Int

  /// The first module whose output differs; nil where none does, or the networks are built otherwise.
  package let firstChange: String?

  /// Runs two networks on one clip.
  ///
  /// - Parameters:
  ///   - plans: of the two networks.
  ///   - clip: (B, C, T, S…).
  /// - Throws: `ModuleError` where one cannot take the clip.
  package init(_ plans: (Plan, Plan), clip: Tensor) throws(ModuleError) {
    // Of the values inside only a hash is kept: those of a whole network can fill the memory.
    var hashes: [Int] = []
    let first = try plans.0.forward(clip) { _, output, _ in hashes.append(Self.hash(output)) }
    var changed: Int?
    let second = try plans.1.forward(clip) { node, output, _ in
      if changed == nil, !hashes.indices.contains(node) || hashes[node] != Self.hash(output) {
        changed = node
      }
    }
    shapes = (first.shape, second.shape)
    let isSameNetwork =
      plans.0.nodes.map(\.path) == plans.1.nodes.map(\.path)
      && plans.0.nodes.map(\.typeName) == plans.1.nodes.map(\.typeName)
    firstChange = isSameNetwork ? changed.map { plans.1.nodes[$0].path } : nil
    guard first.shape == second.shape else {
      (maxAbs, relative, differing) = (nil, nil, max(first.shape.count, second.shape.count))
      return
    }
    var (largest, magnitude, count) = (0.0, 0.0, 0)
    for (one, other) in zip(first.scalars, second.scalars) {
      if one.isFinite { magnitude = max(magnitude, Double(one.magnitude)) }
      guard one.bitPattern != other.bitPattern, !(one.isNaN && other.isNaN) else { continue }
      count += 1
      let distance = (Double(one) - Double(other)).magnitude
      largest = max(largest, distance.isFinite ? distance : .infinity)
    }
    (maxAbs, differing) = (largest, count)
    relative = largest == 0 ? 0 : largest / magnitude
  }

  private static func hash(_ output: Span<Float>) -> Int {
    var hasher = Hasher()
    hasher.combine(output.count)
    for index in output.indices { hasher.combine(output[index].bitPattern) }
    return hasher.finalize()
  }
}
