import Continual
import Tensors

// How far a frame reaches: not into outputs that are due before it, and not into outputs whose window
// begins after it.

// MARK: - Causality

extension StateCheck {
  /// The number of outputs before the frames that are changed, and the first of these frames; nil
  /// where a clip yields too few outputs.
  private var causalityCut: (outputs: Int, frame: Int)? {
    let count = plan.outputCount(ofSteps: network.clipLength)
    guard count >= 2, !network.partsAtThisLength else { return nil }
    let kept = max(1, count / 2)
    return (kept, plan.step(ofOutput: kept, of: plan.output))
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
  /// Which frame is made NaN to measure the memory, and how many steps show all it can reach.
  private var memoryProbe: (frame: Int, length: Int) {
    let timing = plan.timing
    // An output whose window begins with the frame makes the measure exact.
    let index = (timing.warmUp + timing.padding + timing.stride - 1) / timing.stride
    let frame = max(index * timing.stride - timing.padding, 0)
    return (frame, frame + timing.receptiveField + 3 * timing.stride + timing.warmUp)
  }

  func planMemory(_ evidence: inout Evidence) {
    if let endless = plan.modules.first(where: { $0.remembersEverything }) {
      evidence.note(
        "\(endless.path.isEmpty ? endless.module.typeName : endless.path) remembers all frames, so "
          + "the receptive field has no end")
    } else if !network.canAfford(frames: memoryProbe.length) {
      evidence.note(
        "the receptive field was not measured: \(memoryProbe.length) steps take too long")
    } else {
      evidence.require(Case.memory)
    }
  }

  /// Makes one frame NaN: outputs whose window does not hold it must not see it.
  func judgeMemory(_ evidence: inout Evidence) throws(VerificationError) {
    guard evidence.requires(Case.memory) else { return }
    let timing = plan.timing
    let (bad, length) = memoryProbe
    let clip = network.clip(frames: length, number: 8)
    var frames = (0..<length).map { clip.frame($0).scalars }
    frames[bad] = [Float](repeating: .nan, count: network.frame.count)
    let clean = try network.steps(clip).stepOutput
    let output = try network.steps(Tensor(frames: frames, of: network.frame)).stepOutput
    // An output that is NaN anyway tells nothing.
    let told = (0..<clean.shape[2]).filter { index in
      !clean.frame(index).scalars.contains { $0.isNaN }
    }
    let hit = told.filter { index in output.frame(index).scalars.contains { $0.isNaN } }
    guard let last = hit.last else {
      evidence.record(Case.memory, Measurement(elements: told.count, worst: 0))
      return evidence.note(
        "a frame of NaN reaches no output, so the receptive field was not measured")
    }
    // Output `last` begins at this frame; if that is after the bad one, it saw what it must not.
    let begin = last * timing.stride - timing.padding
    evidence.measured(receptiveField: timing.receptiveField + begin - bad)
    evidence.judge(
      Case.memory, differing: max(begin - bad, 0), of: told.count,
      finding: Finding(
        .memory(
          .init(
            frame: bad, output: last, receptiveField: timing.receptiveField, begin: begin))))
  }
}

extension PlacedModule {
  /// Whether the module can remember all frames it has seen.
  fileprivate var remembersEverything: Bool {
    (module as? any Referenced)?.remembersEverything ?? false
  }
}
