package import Continual
import Tensors

/// About what it costs to compute clips of a network, told before anything is computed.
///
/// What takes time is counted and multiplied with how long each takes on an ordinary core. It is right
/// within a factor of two or so, which tells a second from an hour.
package struct Work: Hashable, Sendable {
  /// What is computed.
  package enum Kind: Sendable {
    /// One clip in one mode.
    case run
    /// All checks of a verification.
    case verification
  }

  /// Seconds of processor time.
  package let seconds: Double

  /// Bytes of memory.
  package let bytes: Double

  /// The frames of the longest clip.
  package let frames: Int

  /// The path of the module that takes the longest; empty for the whole network.
  package let worst: String
}

/// How long things take, in seconds, as measured on a core of 2.5 GHz.
private struct Costs {
  /// To step a network.
  let step: Double
  /// To step one node of it.
  let node: Double
  /// To make, convert and compare an element of a clip that goes in or comes out.
  let end: Double
  /// The same of an element between layers.
  let element: Double
  /// A multiplication.
  let multiplication: Double

  static func of(_ kind: Work.Kind) -> Costs {
    switch kind {
    case .run:
      Costs(step: 1e-6, node: 0.3e-6, end: 20e-9, element: 5e-9, multiplication: 0.5e-9)
    // Some fifty clips and streams, and each layer again in float64.
    case .verification:
      Costs(step: 26e-6, node: 12e-6, end: 0.7e-6, element: 0.3e-6, multiplication: 2.5e-9)
    }
  }
}

extension Plan {
  /// About what it costs to compute clips.
  ///
  /// A verification takes longer clips than it is asked for where it needs them to see outputs, and what
  /// paddings add counts as well.
  ///
  /// - Parameters:
  ///   - kind: what is computed.
  ///   - frames: the frames of a clip.
  /// - Returns: the estimate.
  package func work(of kind: Work.Kind, frames: Int) -> Work {
    let costs = Costs.of(kind)
    let needed = kind == .verification ? timing.step(ofOutput: 4) : 0
    let longest = max(frames, needed, outputLength(ofClip: frames) ?? 0)
    /// The elements that a clip has on a wire.
    func elements(_ wire: Wire) -> Double {
      let count = timing(of: wire).outputCount(ofInputs: longest)
      return Double(wire.frame.count) * Double(max(count, 1))
    }
    var seconds = Double(longest) * (costs.step + costs.node * Double(nodes.count))
    let ends = Double(longest) * Double(inputFrame.count) + elements(output)
    seconds += ends * costs.end
    var worst = (path: "", seconds: 0.0)
    for index in judgedModules {
      let place = modules[index]
      let operations = (place.module as? any Referenced)?.operationsPerElement ?? 1
      let cost =
        elements(place.output) * (costs.element + Double(operations) * costs.multiplication)
      seconds += cost
      if cost > worst.seconds { worst = (place.path, cost) }
    }
    // Wires share a few buffers, each as large as the largest of them at most. A verification holds a few
    // clips at a time, and those that are compared also in float64.
    let between = nodes.map { elements($0.output) }
    let copies = kind == .verification ? 6.0 : 3
    let held = min(between.reduce(0, +), copies * (between.max() ?? 0))
    let size = Double(MemoryLayout<Float>.size)
    return Work(
      seconds: seconds, bytes: size * (copies * ends + held), frames: longest, worst: worst.path)
  }
}
