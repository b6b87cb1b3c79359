import Continual
import Tensors
import TextLayout

/// The clip and the steps differ end to end.
struct ModeFailure {
  let mode: Mode
  let profile: String
  let discrepancy: Problem.Discrepancy
  let got: Tensor64
  let want: Tensor64
  /// Why there was no end padding.
  var unequalEnds: ModuleError?
}

/// CV4: the modes against each other, end to end.
///
/// `steps` with end padding has to yield all frames of `forward`; `step` the first ones of them. Where no
/// step of any clip yields an output before the end padding, a longer clip is made up for single steps.
struct ModeCheck {
  static let codes: Set<CheckCode> = [
    .modes, .shift, .padding, .lengths, .meaning, .nonFinite,
  ]

  let network: NetworkUnderTest

  /// The file that a command shows findings of again; empty where there is none.
  let path: String

  /// Whether it is kept how far each frame is off, for a page that shows it.
  var seesFrames = false

  func plan(_ cases: [ClipCase], _ evidence: inout Evidence) {
    for clipCase in cases {
      evidence.require(Requirement(.modes, mode: .steps, profile: clipCase.name))
      if network.plan.outputCount(ofSteps: clipCase.length) > 0 {
        evidence.require(Requirement(.modes, mode: .step, profile: clipCase.name))
      }
    }
    if !network.divergences.isEmpty { evidence.require(Requirement(.meaning)) }
  }

  /// Adds a longer clip to the plan where no step of the others yields an output, and says so.
  func planLongClip(_ cases: [ClipCase], _ evidence: inout Evidence) {
    let silent = Set(cases.map(\.length)).filter { network.plan.outputCount(ofSteps: $0) == 0 }
    for length in silent.sorted() {
      evidence.note(
        "no step of \(Number.count(length, "frame")) yields an output before the end padding: the "
          + "network needs \(network.plan.timing.warmUp + 1)")
    }
    // At another length, what looks at whole clips means something else.
    guard network.divergences.isEmpty, !cases.isEmpty,
      cases.allSatisfy({ silent.contains($0.length) })
    else { return }
    evidence.require(ModeCheck.longClip)
    if longClipLength == nil {
      evidence.doubt(
        ModeCheck.longClip,
        "no step was compared with the clip: the first output comes in step "
          + "\(Number.grouped(network.plan.timing.warmUp)), and a clip as long as that takes too long"
      )
    }
  }

  /// The clip in which single steps yield outputs, where they do not in the others.
  private static let longClipName = "long clip"
  private static let longClip = Requirement(.modes, mode: .step, profile: longClipName)

  /// The made-up clip of it is told apart from others by its number.
  private static let longClipNumber = 6

  /// The length of a clip of which steps yield a few outputs; nil where it would take too long.
  private var longClipLength: Int? {
    let frames = network.streamLength(outputs: 3)
    return network.canAfford(frames: frames) ? frames : nil
  }

  /// Compares the single steps of a longer clip, where that is in the plan.
  func judgeLongClip(_ evidence: inout Evidence) throws(VerificationError) {
    guard evidence.requires(ModeCheck.longClip), let frames = longClipLength else { return }
    let clip = network.clip(frames: frames, number: ModeCheck.longClipNumber)
    let run = CaseRun(
      name: ModeCheck.longClipName, clip: try network.forward(clip),
      steps: try network.steps(clip))
    var failures: [ModeFailure] = []
    judgeSteps(
      run, run.steps.output.widened, network.whatStepsMake(of: run.clip.output.widened),
      input: clip,
      &failures, &evidence)
    for failure in failures { evidence.find(finding(of: failure, parting: nil)) }
  }

  /// Compares both modes on one clip.
  ///
  /// - Returns: the differences, which are explained once it is known where the modes part.
  func judge(_ run: CaseRun, input: Tensor, _ evidence: inout Evidence) -> [ModeFailure] {
    var failures: [ModeFailure] = []
    let whole = network.whatStepsMake(of: run.clip.output.widened)
    let all = run.steps.output.widened
    judge(.steps, run, all, whole, input: input, &failures, &evidence)
    if evidence.requires(Requirement(.modes, mode: .step, profile: run.name)) {
      judgeSteps(run, all, whole, input: input, &failures, &evidence)
    }
    if !network.divergences.isEmpty {
      let worst = failures.map(\.error).max() ?? 0
      evidence.record(
        Requirement(.meaning), Measurement(elements: whole.shape.count, worst: worst))
    }
    return failures
  }

  /// Compares the outputs of single steps with the first ones of the clip.
  private func judgeSteps(
    _ run: CaseRun, _ all: Tensor64, _ whole: Tensor64, input: Tensor,
    _ failures: inout [ModeFailure], _ evidence: inout Evidence
  ) {
    let count = run.steps.outputSteps.count
    judge(
      .step, run, all.frames(0..<count), whole.frames(0..<min(count, whole.shape[2])),
      input: input, &failures, &evidence)
  }

  private func judge(
    _ mode: Mode, _ run: CaseRun, _ got: Tensor64, _ want: Tensor64, input: Tensor,
    _ failures: inout [ModeFailure], _ evidence: inout Evidence
  ) {
    let steps = run.steps.outputSteps
    var failure: ModeFailure?
    let comparison = evidence.judge(
      Requirement(.modes, mode: mode, profile: run.name), got, want,
      within: network.toleranceBetweenModes(for: want, of: input),
      step: { $0 < steps.count ? steps[$0] : nil },
      finding: { discrepancy in
        failure = ModeFailure(
          mode: mode, profile: run.name, discrepancy: discrepancy, got: got, want: want,
          unequalEnds: mode == .steps ? run.steps.unequalEnds : nil)
        return nil
      })
    if let failure { failures.append(failure) }
    guard let comparison else { return }
    if seesFrames { see(mode, run.name, got, want, comparison, input: input, &evidence) }
    evidence.add(
      EndToEnd(pair: "clip/\(mode.rawValue)", profile: run.name, comparison: comparison))
    if comparison.measurement.verdict == .inconclusive {
      evidence.find(Finding(.nothingButNaN, mode: mode, profiles: [run.name]))
    }
  }
}

// MARK: - Showing

extension ModeCheck {
  /// Keeps each frame, and the worst element over time.
  private func see(
    _ mode: Mode, _ profile: String, _ got: Tensor64, _ want: Tensor64, _ comparison: Comparison,
    input: Tensor, _ evidence: inout Evidence
  ) {
    let allowed = network.toleranceBetweenModes(for: want, of: input).allowed
    evidence.see(pair: "clip/\(mode.rawValue)", profile: profile, got, want) { _ in allowed }
    evidence.seen.add(
      Trace(
        profile: profile, offset: comparison.worstOffset, of: want.shape, error: comparison.worst,
        allowed: comparison.allowed, [(.clip, want), (.step, got)]))
  }
}

// MARK: - Explaining

extension ModeCheck {
  /// What a difference end to end is: a cause that is known, else a shift, a wrong fill, or just a
  /// difference where the modes part.
  func finding(of failure: ModeFailure, parting: Parting?) -> Finding {
    if let cause = cause(of: parting) {
      return Finding(
        .meaning(
          reason: cause.reason, failure.gap, others: network.divergences.count - 1),
        module: cause.path, moduleDescription: cause.description, profiles: [failure.profile])
    }
    return Finding(
      problem(of: failure), module: parting?.path ?? "",
      moduleDescription: parting?.description ?? "", mode: failure.mode,
      profiles: [failure.profile], replay: network.replay(path, profile: failure.profile))
  }

  private func cause(of parting: Parting?) -> NetworkUnderTest.Divergence? {
    if let parting { return network.divergences.first { $0.path == parting.path } }
    return network.divergences.count == 1 ? network.divergences[0] : nil
  }

  private func problem(of failure: ModeFailure) -> Problem {
    switch failure.discrepancy {
    case .shapes(let got, let want):
      return .modeLengths(
        failure.mode, found: got[2], expected: want[2], unequalEnds: failure.unequalEnds)
    case .values(let deviation):
      if let shift = Shift.find(failure.got, failure.want, allowed: deviation.allowed) {
        return .shift(shift, deviation)
      }
      if case .edges = deviation.difference.cause { return .padding(deviation) }
      return .modes(deviation)
    }
  }
}

extension ModeFailure {
  /// The largest difference; infinite where the numbers of frames differ.
  fileprivate var error: Double {
    guard case .values(let deviation) = discrepancy else { return .infinity }
    return deviation.error
  }

  fileprivate var gap: Problem.Gap {
    switch discrepancy {
    case .shapes(let got, let want): .frames(found: got[2], expected: want[2])
    case .values(let deviation): .values(error: deviation.error, allowed: deviation.allowed)
    }
  }
}

extension NetworkUnderTest {
  /// What shows a finding again; nil for a network without a file, and for the user's own clip, which
  /// is named on the command line already.
  func replay(_ path: String, profile: String) -> Replay? {
    guard !path.isEmpty, profile != "input" else { return nil }
    return Replay(model: path, seed: seed, batch: frame[0], frames: clipLength)
  }
}
