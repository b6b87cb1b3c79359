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

  /// One clip in one mode.
  static let run = Costs(
    step: 1e-6, node: 0.3e-6, end: 20e-9, element: 5e-9, multiplication: 0.5e-9)

  /// Some fifty clips and streams, and each layer in float64 on most of them.
  static let verification = Costs(
    step: 26e-6, node: 12e-6, end: 0.7e-6, element: 0.3e-6, multiplication: 2.5e-9)

  /// What is left of it where that would take long: some ten clips in both modes, as long as is asked for.
  static let modes = Costs(
    step: 0, node: 0, end: 0.5e-6, element: 30e-9, multiplication: 0.4e-9)

  /// Each layer in float64 on one of them.
  static let layers = Costs(
    step: 0, node: 0, end: 0, element: 30e-9, multiplication: 0.15e-9)

  /// The few streams that are long enough for outputs.
  static let streams = Costs(
    step: 26e-6, node: 12e-6, end: 0.1e-6, element: 4e-9, multiplication: 0.12e-9)
}

extension Plan {
  /// Whether a verification with clips of a length leaves out what is only another way to see the same.
  package func isCostly(frames: Int) -> Bool {
    streamCost(frames: frames) > NetworkUnderTest.costlyWork
  }

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
    let needed = kind == .verification ? timing.step(ofOutput: 4) : 0
    let longest = max(frames, needed, outputLength(ofClip: frames) ?? 0)
    /// The elements that a clip has on a wire.
    func elements(_ wire: Wire, _ frames: Int) -> Double {
      let count = timing(of: wire).outputCount(ofInputs: frames)
      return Double(wire.frame.count) * Double(max(count, 1))
    }
    func ends(_ frames: Int) -> Double {
      Double(frames) * Double(inputFrame.count) + elements(output, frames)
    }
    var seconds = 0.0
    var worst = (path: "", seconds: 0.0)
    let judged = judgedModules.map { modules[$0] }
    let operations = judged.map {
      Double(($0.module as? any Referenced)?.operationsPerElement ?? 1)
    }
    func add(_ costs: Costs, _ frames: Int, times: Double = 1) {
      seconds += Double(frames) * (costs.step + costs.node * Double(nodes.count)) * times
      seconds += ends(frames) * costs.end * times
      for (place, operations) in zip(judged, operations) {
        let element = costs.element + operations * costs.multiplication
        let cost = elements(place.output, frames) * element * times
        seconds += cost
        if cost > worst.seconds { worst = (place.path, cost) }
      }
    }
    // The frames whose outputs between layers are held at a time.
    var heldFrames = longest
    switch kind {
    case .run: add(.run, longest)
    case .verification where isCostly(frames: frames):
      // Streams that are long enough for outputs go through in pieces.
      let length = max(frames, outputLength(ofClip: frames) ?? 0)
      heldFrames = 2 * length
      add(.modes, length)
      add(.layers, length, times: min(max(3, 10e9 / judgingCost(frames: frames)), 12))
      add(.streams, longest)
    case .verification: add(.verification, longest)
    }
    // Wires share a few buffers, each as large as the largest of them at most. A verification holds a few
    // clips at a time, and those that are compared also in float64.
    let between = nodes.map { elements($0.output, min(heldFrames, longest)) }
    let copies = kind == .verification ? 6.0 : 3
    let held = min(between.reduce(0, +), copies * (between.max() ?? 0))
    let ends = ends(longest)
    let size = Double(MemoryLayout<Float>.size)
    return Work(
      seconds: seconds, bytes: size * (copies * ends + held), frames: longest, worst: worst.path)
  }
}
