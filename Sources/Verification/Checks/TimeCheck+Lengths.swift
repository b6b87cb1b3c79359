import Continual
import Tensors
import TextLayout

extension TimeCheck {
  func countRequirement(_ length: Int) -> Requirement {
    Requirement(.lengths, profile: "T = \(length)")
  }

  func valueRequirement(_ length: Int) -> Requirement {
    Requirement(.modes, mode: .steps, profile: "T = \(length)")
  }

  /// The lengths of clip that are tried: one frame, around the receptive field, and an odd number.
  var lengths: [Int] {
    guard network.divergences.isEmpty else { return [network.clipLength] }
    return wantedLengths.filter { network.canAfford(frames: $0) }
  }

  var wantedLengths: [Int] {
    let field = plan.timing.receptiveField
    let odd = network.clipLength | 1
    return Set([1, field - 1, field, field + 1, odd]).filter { $0 > 0 }.sorted()
  }

  /// Judges how many outputs there are of a clip and of its steps, and their values.
  ///
  /// - Parameters:
  ///   - clip: (B, C, T, S…).
  ///   - stepped: the outputs of its steps.
  ///   - stream: the stream that yielded them.
  ///   - evidence: gets what was seen.
  func judge(
    length clip: Tensor, _ stepped: [[Float]], _ stream: LiveStream, _ evidence: inout Evidence
  ) {
    var ending = stream
    let ended = Ended(
      clip: clip, stepped: stepped,
      end: try? ending.forwardSteps(clip.frames(0..<0), padEnd: true),
      whole: try? plan.forward(clip))
    judgeCounts(ended, &evidence)
    judgeValues(ended, &evidence)
  }

  /// A clip of one length, in both modes.
  private struct Ended {
    let clip: Tensor
    /// What its steps yielded.
    let stepped: [[Float]]
    /// What its end padding yielded; nil where branches end at different times.
    let end: Tensor?
    /// What `forward` makes of it; nil where it is too short.
    let whole: Tensor?

    var length: Int { clip.shape[2] }
  }

  private func judgeCounts(_ ended: Ended, _ evidence: inout Evidence) {
    let length = ended.length
    // Where clip and steps mean different things, lengths can depend on more than the number of frames.
    let isCountable = network.oracle.missing.isEmpty && network.divergences.isEmpty
    let wanted =
      isCountable ? network.oracle.outputLength(ofClip: length) : plan.outputLength(ofClip: length)
    let forward = ended.whole?.shape[2] ?? 0
    var counts: [Problem.FrameCount] = [
      .init(way: .forward, found: forward, expected: wanted ?? 0),
      .init(
        way: .steps, found: ended.stepped.count, expected: plan.outputCount(ofSteps: length)),
    ]
    if let end = ended.end, !network.partsAtThisLength {
      counts.append(
        .init(
          way: .stepsWithEndPadding, found: ended.stepped.count + end.shape[2], expected: forward))
    }
    let wrong = counts.filter { $0.found != $0.expected }
    let worst = wrong.map { abs($0.found - $0.expected) }.max() ?? 0
    evidence.judge(
      countRequirement(length), differing: worst, of: 3,
      finding: Finding(.frameCounts(clip: length, wrong), profiles: ["T = \(length)"]))
  }

  private func judgeValues(_ ended: Ended, _ evidence: inout Evidence) {
    let requirement = valueRequirement(ended.length)
    guard let modes, evidence.requires(requirement) else { return }
    guard let whole = ended.whole, let end = ended.end else {
      return evidence.doubt(
        requirement, "a clip of \(ended.length) frames cannot be computed in both modes")
    }
    let frames = ended.stepped + end.allFrames
    let got = Tensor(frames: frames, of: plan.output.frame).widened
    let want = whole.widened
    if got.shape == want.shape, got.isNaN, want.isNaN, isNothingByDefinition(ended.clip) {
      // As where the only window of a dilated max pool has no place but padding.
      evidence.note(
        "of \(Number.count(ended.length, "frame")), both modes make nothing but NaN, and so does the "
          + "definition in float64")
      return evidence.record(requirement, Measurement(elements: want.shape.count, worst: 0))
    }
    let tolerance = network.toleranceBetweenModes(for: want, of: ended.clip)
    var failure: ModeFailure?
    evidence.judge(requirement, got, want, within: tolerance) { discrepancy in
      // Clips of other shapes are a matter of counts.
      guard case .values = discrepancy else { return nil }
      failure = ModeFailure(
        mode: .steps, profile: "T = \(ended.length)", discrepancy: discrepancy, got: got,
        want: want)
      return nil
    }
    if let failure { evidence.findUnlessExplained(modes.finding(of: failure, parting: nil)) }
  }

  /// Whether the network's own definition makes nothing but NaN of a clip.
  private func isNothingByDefinition(_ clip: Tensor) -> Bool {
    (try? network.oracle.forward(clip.widened))?.isNaN ?? false
  }
}

extension DenseTensor where Scalar == Double {
  /// Whether all elements are NaN.
  fileprivate var isNaN: Bool { scalars.allSatisfy(\.isNaN) }
}
