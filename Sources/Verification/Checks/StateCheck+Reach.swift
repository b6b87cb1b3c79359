import Continual
import Tensors

// How far a frame reaches: not into outputs that are due before it, and not into outputs whose window
// begins after it.

// MARK: - Causality

extension StateCheck {
  /// The number of outputs that are due before the frames that are changed, and the first of these
  /// frames; nil where a clip yields too few outputs.
  private var causalityCut: (outputs: Int, frame: Int)? {
    let count = plan.outputCount(ofSteps: network.clipLength)
    guard count >= 2, !network.partsAtThisLength else { return nil }
    // Where a step yields several outputs, a cut is before all of them or behind.
    let middle = plan.step(ofOutput: max(1, count / 2), of: plan.output)
    for cut in [middle, middle + 1] where cut < network.clipLength {
      let kept = plan.outputCount(ofSteps: cut)
      if kept > 0 { return (kept, cut) }
    }
    return nil
  }

  func planCausality(_ evidence: inout Evidence) {
    if causalityCut != nil {
      evidence.require(Case.causality)
    } else {
      evidence.note(
        "causality of the clip was not judged: "
          + (network.partsAtThisLength
            ? "the clip means another thing than the steps"
            : "\(network.clipLength) frames yield fewer than two outputs"))
    }
  }

  /// Changes the future of a clip: outputs that are due before must keep their bits.
  func judgeCausality(_ evidence: inout Evidence) throws(VerificationError) {
    guard let (kept, cut) = causalityCut else { return }
    let clips = [network.clip(number: 6), network.clip(number: 7)]
    let frames = (0..<network.clipLength).map { clips[$0 < cut ? 0 : 1].frame($0).scalars }
    let changed = Tensor(frames: frames, of: network.frame)
    let outputs = (try network.forward(clips[0]).output, try network.forward(changed).output)
    guard outputs.0.shape[2] >= kept, outputs.1.shape[2] >= kept else {
      return evidence.doubt(
        Case.causality, "the clip has fewer frames than its steps yield outputs")
    }
    let want = outputs.0.frames(0..<kept)
    judge(
      Case.causality, .causality(from: cut),
      differing: outputs.1.frames(0..<kept).elementsDiffering(from: want), of: want.shape.count,
      &evidence)
  }
}

// MARK: - Memory

extension StateCheck {
  /// Which frames are made NaN, each alone, to measure the memory, and how many steps show all they can
  /// reach.
  ///
  /// Where outputs come of `down` frames each, one frame is enough: an output whose window begins with
  /// it makes the measure exact. Where more outputs than one come of some frames, the frames of one period
  /// stand for all others.
  private var memoryProbe: (frames: Range<Int>, length: Int) {
    let timing = plan.timing
    if timing.rate.up == 1 {
      let index = (timing.warmUp + timing.padding + timing.stride - 1) / timing.stride
      let frame = max(index * timing.stride - timing.padding, 0)
      return (
        frame..<frame + 1, frame + timing.receptiveField + 3 * timing.stride + timing.warmUp
      )
    }
    let period = plan.period ?? timing.rate.down
    let frame = timing.warmUp + timing.padding
    return (
      frame..<frame + period,
      frame + 2 * (timing.receptiveField + timing.warmUp + timing.padding + 2 * period)
    )
  }

  func planMemory(_ evidence: inout Evidence) {
    let probe = memoryProbe
    if let endless = plan.modules.first(where: { $0.remembersEverything }) {
      evidence.note(
        "\(endless.path.isEmpty ? endless.module.typeName : endless.path) remembers all frames, so "
          + "the receptive field has no end")
    } else if !network.canAfford(frames: probe.length, times: probe.frames.count) {
      evidence.note(
        "the receptive field was not measured: \(probe.length) steps take too long")
    } else {
      evidence.require(Case.memory)
    }
  }

  /// Makes one frame NaN: outputs whose window does not hold it must not see it, and those that depend on it
  /// by definition have to.
  func judgeMemory(_ evidence: inout Evidence) throws(VerificationError) {
    guard evidence.requires(Case.memory) else { return }
    let (probed, length) = memoryProbe
    let clip = network.clip(frames: length, number: 8)
    let clean = try network.steps(clip).stepOutput
    // An output that is NaN anyway tells nothing.
    let told = (0..<clean.shape[2]).filter { !clean.hasNaN(inFrame: $0) }
    var reached: [(frame: Int, outputs: ClosedRange<Int>)] = []
    for bad in probed {
      var frames = clip.allFrames
      frames[bad] = [Float](repeating: .nan, count: network.frame.count)
      let probe = Tensor(frames: frames, of: network.frame)
      let output = try network.steps(probe).stepOutput
      let hit = told.filter { output.hasNaN(inFrame: $0) }
      judgeMissed(told.filter(definedReach(of: probe)), hit, frame: bad, &evidence)
      if let first = hit.first, let last = hit.last { reached.append((bad, first...last)) }
    }
    let reaches = reached.map { memoryReach(of: $0.frame, $0.outputs, among: reached) }
    guard let worst = reaches.max(by: { $0.begin - $0.frame < $1.begin - $1.frame }) else {
      evidence.record(Case.memory, Measurement(elements: told.count, worst: 0))
      return evidence.note(
        "a frame of NaN reaches no output, so the receptive field was not measured")
    }
    let beyond = worst.begin - worst.frame
    evidence.measured(receptiveField: plan.timing.receptiveField + beyond)
    evidence.judge(
      Case.memory, differing: max(beyond, 0), of: told.count, finding: Finding(.memory(worst)))
  }

  /// Whether an output sees the NaN of a clip by the definitions of the layers; none where there are no
  /// definitions, or where they take long.
  private func definedReach(of probe: Tensor) -> (_ output: Int) -> Bool {
    guard network.oracle.missing.isEmpty, network.divergences.isEmpty, !network.isCostly,
      let defined = try? network.oracle.forward(probe.widened)
    else { return { _ in false } }
    return { $0 < defined.shape[2] && defined.hasNaN(inFrame: $0) }
  }

  private func judgeMissed(
    _ defined: [Int], _ hit: [Int], frame: Int, _ evidence: inout Evidence
  ) {
    let seen = Set(hit)
    let missed = defined.filter { !seen.contains($0) }
    guard let last = missed.last else { return }
    evidence.judge(
      Case.memory, differing: missed.count, of: max(defined.count, 1),
      finding: Finding(.shortMemory(frame: frame, output: last, missed: missed.count)))
  }

  /// How far a frame reaches: to its last output, and to the frame with which the declared window of
  /// that output begins.
  private func memoryReach(
    of frame: Int, _ outputs: ClosedRange<Int>,
    among reached: [(frame: Int, outputs: ClosedRange<Int>)]
  ) -> Problem.MemoryReach {
    let timing = plan.timing
    let period = plan.period ?? timing.rate.down
    let outputsOfPeriod = period / timing.rate.down * timing.rate.up
    let begin: Int
    if timing.rate.up == 1 {
      begin = outputs.upperBound * timing.stride - timing.padding
    } else {
      // The newest frame that the output sees: those of later periods reach as much later.
      let newest = reached.map { other in
        let later = outputs.upperBound - other.outputs.lowerBound
        let periods = later >= 0 ? later / outputsOfPeriod : (later + 1) / outputsOfPeriod - 1
        return other.frame + periods * period
      }
      begin = (newest.max() ?? frame) - timing.receptiveField + 1
    }
    return Problem.MemoryReach(
      frame: frame, output: outputs.upperBound, receptiveField: timing.receptiveField,
      begin: begin)
  }
}

extension DenseTensor where Scalar: FloatingPoint {
  /// Whether a frame of a clip (B, C, T, S…) holds a NaN.
  fileprivate func hasNaN(inFrame index: Int) -> Bool {
    frame(index).scalars.contains(where: \.isNaN)
  }
}

extension PlacedModule {
  /// Whether the module can remember all frames it has seen.
  fileprivate var remembersEverything: Bool {
    (module as? any Referenced)?.remembersEverything ?? false
  }
}
