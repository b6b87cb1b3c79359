import Continual
import Tensors

/// CV2: when outputs come, and how many.
///
/// What a network declares (warm-up, stride, the length of its output) is compared with what its
/// streams do, and the number of frames of a clip with a count that the oracles make for themselves.
extension VerificationRun {
  /// The made-up clips of these checks are told apart from those of the cases by their number.
  private static let clipNumber = 2

  private func requirement(length: Int) -> Requirement {
    Requirement(.lengths, profile: "T = \(length)")
  }

  private func valueRequirement(length: Int) -> Requirement {
    Requirement(.modes, mode: .steps, profile: "T = \(length)")
  }

  /// How many steps show at least `outputs` outputs, and at least a whole clip.
  func streamLength(outputs: Int) -> Int {
    max(subject.clipLength, plan.timing.step(ofOutput: outputs - 1) + 1)
  }

  mutating func planTime() {
    ledger.require(Requirement(.delay))
    ledger.require(Requirement(.stridePhase))
    for length in lengths {
      ledger.require(requirement(length: length))
      if wants(.modes), (plan.outputLength(ofClip: length) ?? 0) > 0, !partsAtThisLength {
        ledger.require(valueRequirement(length: length))
      }
    }
    if !divergences.isEmpty {
      notes.append(
        "only clips of \(Number.count(subject.clipLength, "frame")) are judged: clip and steps mean "
          + "different things at other lengths")
    } else if let left = lengthsLeftOut {
      notes.append(left)
    }
  }

  /// The lengths of clip that are tried: one frame, around the receptive field, and an odd number.
  private var lengths: [Int] {
    guard divergences.isEmpty else { return [subject.clipLength] }
    return wantedLengths.filter { canAfford(frames: $0) }
  }

  private var wantedLengths: [Int] {
    let field = plan.timing.receptiveField
    let odd = subject.clipLength | 1
    return Set([1, field - 1, field, field + 1, odd]).filter { $0 > 0 }.sorted()
  }

  private var lengthsLeftOut: String? {
    let left = wantedLengths.filter { !lengths.contains($0) }
    guard !left.isEmpty else { return nil }
    return
      "clips of \(left.map(String.init).joined(separator: ", ")) frames were left out: too long"
  }

  mutating func checkTime() throws(VerificationError) {
    tell("time")
    try checkSchedule()
    try checkLengths()
  }

  /// When outputs come.
  private mutating func checkSchedule() throws(VerificationError) {
    let timing = plan.timing
    let clip = InputProfile.normal.clip(
      of: subject.frame, frames: streamLength(outputs: 4), seed: options.seed,
      clip: VerificationRun.clipNumber)
    var stream = plan.makeStream()
    let steps = try steps(clip, through: &stream).outputSteps
    measuredWarmUp = steps.first
    let late = steps.first.map { abs(Double($0 - timing.warmUp)) } ?? .infinity
    ledger.record(Requirement(.delay), Measurement(elements: 1, worst: late))
    if late > 0 {
      let found = steps.first.map { "step \($0)" } ?? "none of \(clip.shape[2]) steps"
      find(
        Finding(
          .delay,
          message: "the first output comes in \(found), and is declared for step "
            + "\(timing.warmUp)",
          error: late, allowed: 0,
          hint: "delay, padding or fill of a layer is not what it declares"))
    }
    let gaps = zip(steps, steps.dropFirst()).map { $1 - $0 }
    measuredStride = gaps.first
    let early = steps.enumerated().map { abs(Double($1 - timing.step(ofOutput: $0))) - late }
    let wrong = max(early.max() ?? 0, rateError(after: clip.shape[2]))
    ledger.record(Requirement(.stridePhase), Measurement(elements: gaps.count, worst: wrong))
    if wrong > 0 {
      let shown = steps.prefix(6).map(String.init).joined(separator: ", ")
      find(
        Finding(
          .stridePhase,
          message: "outputs come in steps \(shown), and every "
            + "\(timing.stride) steps are declared", error: wrong, allowed: 0))
    }
  }

  /// How many outputs more or less than declared a longer clip has, by the definitions of the modules.
  private func rateError(after frames: Int) -> Double {
    let rate = plan.timing.rate
    // What goes down and up again has a rate of one, and comes in whole periods all the same.
    var period = 1
    for down in Set(plan.nodes.map(\.timing.rate.down)) where period < 1 << 16 {
      let common = (1...min(down, period)).last { down % $0 == 0 && period % $0 == 0 } ?? 1
      period *= min(down / common, 1 << 16)
    }
    guard oracle.missing.isEmpty, divergences.isEmpty, period < 1 << 16,
      let before = oracle.outputLength(ofClip: frames),
      let after = oracle.outputLength(ofClip: frames + 4 * period)
    else { return 0 }
    return abs(Double(after - before - 4 * period / rate.down * rate.up))
  }

  /// How many outputs there are, of clips and steps of several lengths.
  private mutating func checkLengths() throws(VerificationError) {
    guard let longest = lengths.max() else { return }
    let clip = InputProfile.normal.clip(
      of: subject.frame, frames: longest, seed: options.seed, clip: VerificationRun.clipNumber)
    var stream = plan.makeStream()
    var outputs: [[Float]] = []
    for time in 0..<longest {
      let step: Tensor
      do { step = try stream.forwardSteps(clip.frames(time..<time + 1)) } catch {
        throw VerificationError(.notRunnable, error)
      }
      outputs += (0..<step.shape[2]).map { step.frame($0).scalars }
      guard lengths.contains(time + 1) else { continue }
      var ending = stream
      let end: Tensor?
      do { end = try ending.forwardSteps(clip.frames(0..<0), padEnd: true) } catch { end = nil }
      check(clip.frames(0..<time + 1), stepped: outputs, end: end)
    }
  }

  /// Judges one length.
  ///
  /// - Parameters:
  ///   - clip: of that length.
  ///   - stepped: what its steps yielded.
  ///   - end: what its end padding yielded; nil where branches end at different times.
  private mutating func check(_ clip: Tensor, stepped: [[Float]], end: Tensor?) {
    let length = clip.shape[2]
    let whole = try? plan.forward(clip)
    // Where clip and steps mean different things, lengths can depend on more than the number of frames.
    let isCountable = oracle.missing.isEmpty && divergences.isEmpty
    let wanted =
      isCountable ? oracle.outputLength(ofClip: length) : plan.outputLength(ofClip: length)
    var problems: [String] = []
    var worst = 0.0
    func expect(_ what: String, _ found: Int, _ expected: Int) {
      guard found != expected else { return }
      worst = max(worst, abs(Double(found - expected)))
      problems.append("\(what) \(Number.count(found, "frame")), expected \(expected)")
    }
    expect("forward makes", whole?.shape[2] ?? 0, wanted ?? 0)
    expect("steps make", stepped.count, plan.outputCount(ofSteps: length))
    if let end, !partsAtThisLength {
      expect("steps with end padding make", stepped.count + end.shape[2], whole?.shape[2] ?? 0)
    }
    ledger.record(requirement(length: length), Measurement(elements: 3, worst: worst))
    if !problems.isEmpty {
      find(
        Finding(
          .lengths, profiles: ["T = \(length)"],
          message: "of a clip of \(Number.count(length, "frame")), "
            + problems.joined(separator: "; "),
          error: worst, allowed: 0))
    }
    let values = valueRequirement(length: length)
    guard ledger.requires(values) else { return }
    guard let whole, let end else {
      return ledger.doubt(values, "a clip of \(length) frames cannot be computed in both modes")
    }
    let frames = stepped + (0..<end.shape[2]).map { end.frame($0).scalars }
    let got = Tensor(frames: frames, of: plan.output.frame).widened
    guard got.shape == whole.shape else {
      return ledger.record(values, Measurement(elements: whole.shape.count, worst: .infinity))
    }
    let want = whole.widened
    let comparison = Comparison(
      got, want, within: Tolerance(for: want, scale: clip.largestMagnitude))
    if comparison.elements == 0, isNothingByDefinition(clip) {
      // As where the only window of a dilated max pool has no place but padding.
      notes.append(
        "of \(Number.count(length, "frame")), both modes make nothing but NaN, and so does the "
          + "definition in float64")
      return ledger.record(values, Measurement(elements: want.shape.count, worst: 0))
    }
    ledger.record(values, comparison.measurement)
    if comparison.measurement.verdict == .fail {
      lengthFailures.append(
        ModeFailure(
          mode: .steps, profile: "T = \(length)", comparison: comparison, got: got, want: want,
          outputSteps: [], unequalEnds: nil))
    }
  }

  /// Whether the network's own definition makes nothing but NaN of a clip.
  private func isNothingByDefinition(_ clip: Tensor) -> Bool {
    guard let output = try? oracle.forward(clip.widened) else { return false }
    return output.scalars.allSatisfy(\.isNaN)
  }

  /// Makes findings of what only clips of other lengths show.
  mutating func explainLengthFailures() {
    guard !findings.contains(where: { $0.code.isBetweenModes || $0.code == .layer }) else { return }
    for failure in lengthFailures { explain(failure, parting: nil) }
  }
}
