import Continual
import Tensors

/// CV2: whether the frames that meet at joins belong together, as the network is written.
///
/// Streams of this program match the frames of branches by their index, and are right whatever delays
/// the branches have. The network that somebody deploys joins what comes in the same step. So where the
/// file leaves delays to whoever wrote it, those are judged.
struct WrittenCheck: Check {
  static let codes: Set<CheckCode> = [.shift]

  let network: NetworkUnderTest

  /// The user's own clip (B, C, T, S…), in which the steps are compared; nil for a made-up one.
  let input: Tensor?

  /// The made-up clip of this check is told apart from others by its number.
  private static let clipNumber = 5

  private static let requirement = Requirement(.shift, profile: "as written")

  func plan(_ evidence: inout Evidence) {
    guard network.plan.pairsBySteps else { return }
    evidence.require(WrittenCheck.requirement)
  }

  func run(_ evidence: inout Evidence) throws(VerificationError) {
    guard network.plan.pairsBySteps else { return }
    let misalignments = network.plan.misalignments
    let clip =
      input
      ?? network.clip(
        frames: network.streamLength(outputs: 8), number: WrittenCheck.clipNumber)
    let whole = try network.forward(clip).output
    let written = network.plan.steppedAsWritten(through: clip)
    let stepped = try network.steps(clip).stepOutput
    guard let first = misalignments.first else {
      // Nothing meets too early or too late, so what is computed is the same.
      let differing =
        written.output.shape == stepped.shape
        ? zip(written.output.scalars, stepped.scalars).count { $0.bitPattern != $1.bitPattern }
        : max(stepped.shape.count, 1)
      return evidence.judge(
        WrittenCheck.requirement, differing: differing, of: max(stepped.shape.count, 1),
        finding: Finding(
          .open(.shift, reason: "the steps as written differ from those that are aligned")))
    }
    let late = first.branches.map { abs($0.delay - $0.needed) }.max() ?? 0
    evidence.record(
      WrittenCheck.requirement, Measurement(elements: clip.shape[2], worst: Double(max(late, 1))))
    evidence.find(
      Finding(
        .misaligned(
          first,
          Problem.Written(
            error: written.output.largestDifference(from: whole),
            aligned: stepped.largestDifference(from: whole)),
          others: misalignments.count - 1),
        module: first.path, moduleDescription: description(of: first), mode: .step))
  }

  private func description(of misalignment: Misalignment) -> String {
    network.plan.modules.first { $0.path == misalignment.path }?.module.description
      ?? misalignment.typeName
  }
}

extension DenseTensor where Scalar == Float {
  /// The largest difference from the first frames of a longer clip; nil where there is nothing to compare.
  fileprivate func largestDifference(from clip: Tensor) -> Double? {
    let count = min(shape[2], clip.shape[2])
    guard count > 0 else { return nil }
    return zip(frames(0..<count).scalars, clip.frames(0..<count).scalars).reduce(0) { worst, pair in
      let difference = abs(Double(pair.0) - Double(pair.1))
      return difference.isNaN ? .infinity : Swift.max(worst, difference)
    }
  }
}
