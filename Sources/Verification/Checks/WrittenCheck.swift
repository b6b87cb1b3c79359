import Continual
import Tensors

/// CV2: whether the frames that meet at joins belong together, as the network is written.
///
/// Streams of this program match the frames of branches by their index, and are right whatever delays
/// the branches have. The network that somebody deploys joins what comes in the same step. So where the
/// file leaves delays to whoever wrote it, those are judged.
struct WrittenCheck: Check {
  static let codes: Set<CheckCode> = [.shift, .meaning]

  let network: NetworkUnderTest

  /// The user's own clip (B, C, T, S…), in which the steps are compared; nil for a made-up one.
  let input: Tensor?

  /// Whether it is kept how far each frame is off, for a page that shows it.
  var seesFrames = false

  /// The made-up clip of this check is told apart from others by its number.
  private static let clipNumber = 5

  private static let requirement = Requirement(.shift, profile: "as written")

  private static func orderRequirement(_ path: String) -> Requirement {
    Requirement(.meaning, module: path, profile: "as written")
  }

  var isOfStreams: Bool { true }

  func plan(_ evidence: inout Evidence) {
    for place in network.plan.misordered {
      evidence.require(WrittenCheck.orderRequirement(place.path))
    }
    guard network.plan.pairsBySteps else { return }
    evidence.require(WrittenCheck.requirement)
  }

  func run(_ evidence: inout Evidence) throws(VerificationError) {
    for place in network.plan.misordered {
      guard let attention = place.module as? any AttentionModule else { continue }
      evidence.judge(
        WrittenCheck.orderRequirement(place.path), differing: 1, of: 1,
        finding: Finding(
          .axesOfClip(takes: attention.axes.rawValue), module: place.path,
          moduleDescription: place.module.description))
    }
    guard network.plan.pairsBySteps else { return }
    let clip =
      input
      ?? network.clip(
        frames: network.streamLength(outputs: 8), number: WrittenCheck.clipNumber)
    let written = network.plan.steppedAsWritten(through: clip).output
    let aligned = try network.steps(clip).stepOutput
    guard let first = network.misalignments.first else {
      // Nothing meets too early or too late, so what is computed is the same.
      return evidence.judge(
        WrittenCheck.requirement, differing: written.elementsDiffering(from: aligned),
        of: max(aligned.shape.count, 1),
        finding: Finding(
          .open(.shift, reason: "the steps as written differ from those that are aligned")))
    }
    let whole = try network.forward(clip).output
    if seesFrames { see(written.widened, aligned.widened, whole.widened, &evidence) }
    let late = first.branches.map { abs($0.delay - $0.needed) }.max() ?? 0
    evidence.record(
      WrittenCheck.requirement, Measurement(elements: clip.shape[2], worst: Double(max(late, 1))))
    evidence.find(
      Finding(
        .misaligned(
          first,
          Problem.Written(
            error: written.largestDifference(from: whole),
            aligned: aligned.largestDifference(from: whole)),
          others: network.misalignments.count - 1),
        module: first.path, moduleDescription: description(of: first), mode: .step))
  }

  /// Keeps each frame of the steps as they are written, and the worst element over time.
  private func see(
    _ written: Tensor64, _ aligned: Tensor64, _ whole: Tensor64, _ evidence: inout Evidence
  ) {
    let count = min(written.shape[2], whole.shape[2])
    guard count > 0 else { return }
    let (got, want) = (written.frames(0..<count), whole.frames(0..<count))
    let allowed = Tolerance(for: want, scale: want.largestMagnitude).allowed
    let profile = input == nil ? "made-up" : "input"
    evidence.see(pair: "clip/as written", profile: profile, got, want) { _ in allowed }
    let comparison = Comparison(got, want, within: Tolerance(allowed: allowed))
    evidence.seen.add(
      Trace(
        profile: profile, offset: comparison.worstOffset, of: want.shape, error: comparison.worst,
        allowed: allowed, [(.clip, whole), (.step, aligned), (.written, written)]))
  }

  private func description(of misalignment: Misalignment) -> String {
    network.plan.modules.first { $0.path == misalignment.path }?.module.description
      ?? misalignment.typeName
  }
}

extension Plan {
  /// The attentions that take the axes of clips in another order than the modules around them.
  ///
  /// Where a network consists of attentions alone, whoever calls it gives clips in their order.
  fileprivate var misordered: [PlacedModule] {
    let leaves = modules.filter { $0.module.children.isEmpty }
    // What works on each element by itself takes any order.
    let hasOthers = leaves.contains {
      !($0.module is any AttentionModule || $0.module is Identity || $0.module is Activation
        || $0.module is Dropout)
    }
    guard hasOthers else { return [] }
    return leaves.filter {
      ($0.module as? any AttentionModule)?.axes ?? .channelsSecond != .channelsSecond
    }
  }
}

extension Tensor {
  /// The largest difference from the first frames of a longer clip; nil where there is nothing to compare.
  fileprivate func largestDifference(from clip: Tensor) -> Double? {
    let count = min(shape[2], clip.shape[2])
    guard count > 0 else { return nil }
    return Comparison(
      frames(0..<count).widened, clip.frames(0..<count).widened, within: .exact
    ).worst
  }
}
