import Continual
import Tensors

/// CV2: when outputs come, and how many.
///
/// What a network declares (warm-up, stride, the length of its output) is compared with what its
/// streams do, and the number of frames of a clip with a count that the oracles make for themselves.
/// Clips of other lengths than the usual one are compared in both modes too.
struct TimeCheck: Check {
  static let codes: Set<CheckCode> = [
    .delay, .stridePhase, .lengths, .modes, .shift, .padding,
  ]

  let network: NetworkUnderTest

  /// Compares the values of clips of other lengths; nil to count their frames only.
  let modes: ModeCheck?

  /// The made-up clips of this check are told apart from those of the cases by their number.
  static let clipNumber = 2

  var plan: Plan { network.plan }

  func plan(_ evidence: inout Evidence) {
    evidence.require(Requirement(.delay))
    evidence.require(Requirement(.stridePhase))
    for length in lengths {
      evidence.require(countRequirement(length))
      if modes != nil, (plan.outputLength(ofClip: length) ?? 0) > 0, !network.partsAtThisLength {
        evidence.require(valueRequirement(length))
      }
    }
    if !network.divergences.isEmpty {
      evidence.note(
        "only clips of \(Number.count(network.clipLength, "frame")) are judged: clip and steps mean "
          + "different things at other lengths")
    } else {
      let left = wantedLengths.filter { !lengths.contains($0) }.map(String.init)
      if !left.isEmpty {
        evidence.note("clips of \(left.joined(separator: ", ")) frames were left out: too long")
      }
    }
  }

  func run(_ evidence: inout Evidence) throws(VerificationError) {
    evidence.tell("time")
    try judgeSchedule(&evidence)
    try judgeLengths(&evidence)
  }

  // MARK: - When outputs come

  private func judgeSchedule(_ evidence: inout Evidence) throws(VerificationError) {
    let timing = plan.timing
    let clip = network.clip(
      frames: network.streamLength(outputs: 4), number: TimeCheck.clipNumber)
    let steps = try network.steps(clip).outputSteps
    let gaps = zip(steps, steps.dropFirst()).map { $1 - $0 }
    evidence.measured(warmUp: steps.first, stride: gaps.first)
    let late = steps.first.map { abs(Double($0 - timing.warmUp)) } ?? .infinity
    evidence.record(Requirement(.delay), Measurement(elements: 1, worst: late))
    if late > 0 {
      evidence.find(
        Finding(
          .firstOutput(found: steps.first, steps: clip.shape[2], declared: timing.warmUp)))
    }
    let wrong = gaps.map { abs($0 - timing.stride) }.max() ?? 0
    evidence.judge(
      Requirement(.stridePhase), differing: wrong, of: gaps.count,
      finding: Finding(.schedule(found: steps, stride: timing.stride, error: wrong)))
  }
}
