import COracles
import Continual
import Tensors

/// What a run put on its wires, as a number of 64 bits for each frame.
///
/// Frames of the same bits have the same number, and others another one, but for a chance of 2^-64. So two
/// runs can be compared on all wires without keeping what either made there. All NaN count as the
/// same, as in ``DenseTensor/hasSameBits(as:)``.
struct Fingerprints: Sendable {
  /// Of each node of the plan, those of its frames.
  private var frames: [[UInt64]]

  /// The nodes that made something that is no frames, such as all positions that a window attends to.
  private var unusual: Set<Int> = []

  init(_ plan: Plan) { frames = [[UInt64]](repeating: [], count: plan.nodes.count) }

  /// Adds a chunk (B, C, n, S…) of frames that a node made.
  mutating func add(_ chunk: Span<Float>, of node: Int, frame: Shape, count: Int) {
    guard chunk.count == frame.count * count else {
      unusual.insert(node)
      return
    }
    let channels = frame.axes.prefix(2).reduce(1, *)
    let plane = frame.axes.dropFirst(2).reduce(1, *)
    for time in 0..<count {
      var hash = FrameHash()
      for channel in 0..<channels {
        let start = (channel * count + time) * plane
        hash.add(chunk.extracting(start..<start + plane))
      }
      frames[node].append(hash.value)
    }
  }

  /// Whether a node made the same frames in both runs, and some at all.
  func agree(with other: Fingerprints, on node: Int) -> Bool {
    !unusual.contains(node) && !other.unusual.contains(node) && !frames[node].isEmpty
      && frames[node] == other.frames[node]
  }
}

extension CaseRun {
  /// The modules whose inputs and outputs have the same bits in both modes.
  func alike(_ modules: [Int], of plan: Plan) -> Set<Int> {
    guard let own = clip.fingerprints, let other = steps.fingerprints else { return [] }
    // The clip that goes in is the same.
    var agreeing = Set([plan.modules.last?.input].compactMap(\.self))
    for (index, node) in plan.nodes.enumerated() where own.agree(with: other, on: index) {
      agreeing.insert(node.output)
    }
    return Set(modules.filter { plan.wires(ofModule: $0).isSubset(of: agreeing) })
  }
}

/// The fingerprint of one frame.
private struct FrameHash {
  private var sums = co_fingerprint()

  mutating func add(_ plane: Span<Float>) {
    // Safe: the plane has as many floats as are said.
    unsafe plane.withUnsafeBufferPointer { plane in
      unsafe co_add_to_fingerprint(&sums, plane.baseAddress, plane.count)
    }
  }

  var value: UInt64 {
    var sums = sums
    return unsafe co_fingerprint_value(&sums)
  }
}
