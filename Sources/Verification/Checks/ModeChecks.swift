import Continual
import Tensors

/// The clip and the steps differ end to end.
struct ModeFailure {
  let mode: Mode
  let profile: String
  let comparison: Comparison?
  let got: Tensor64
  let want: Tensor64
  /// The step that yielded each output before the end padding.
  let outputSteps: [Int]
  /// Why there was no end padding.
  let unequalEnds: ModuleError?
}

/// CV4: the modes against each other, end to end.
///
/// `steps` with end padding has to yield all frames of `forward`; `step` the first ones of them.
extension VerificationRun {
  mutating func planModes() {
    var silent: Set<Int> = []
    for clipCase in cases {
      ledger.require(Requirement(.modes, mode: .steps, profile: clipCase.name))
      if plan.outputCount(ofSteps: clipCase.length) > 0 {
        ledger.require(Requirement(.modes, mode: .step, profile: clipCase.name))
      } else {
        silent.insert(clipCase.length)
      }
    }
    for length in silent.sorted() {
      notes.append(
        "no step of \(Number.count(length, "frame")) yields an output before the end padding: the "
          + "network needs \(plan.timing.warmUp + 1)")
    }
    if !divergences.isEmpty { ledger.require(Requirement(.meaning)) }
  }

  /// Compares both modes on one clip, and returns what has to be explained.
  mutating func compareModes(_ run: CaseRun, input: Tensor) -> [ModeFailure] {
    var failures: [ModeFailure] = []
    let whole = run.clip.output.widened
    let all = run.steps.output.widened
    let count = run.steps.outputSteps.count
    let scale = input.largestMagnitude
    if let failure = compare(.steps, run, all, whole, scale: scale) { failures.append(failure) }
    if ledger.requires(Requirement(.modes, mode: .step, profile: run.name)) {
      let common = min(count, whole.shape[2])
      let got = all.frames(0..<count)
      let want = whole.frames(0..<common)
      if let failure = compare(.step, run, got, want, scale: scale) { failures.append(failure) }
    }
    if !divergences.isEmpty {
      let worst = failures.map { $0.comparison?.worst ?? .infinity }.max() ?? 0
      ledger.record(
        Requirement(.meaning),
        Measurement(elements: whole.shape.count, worst: failures.isEmpty ? 0 : worst))
    }
    return failures
  }

  private mutating func compare(
    _ mode: Mode, _ run: CaseRun, _ got: Tensor64, _ want: Tensor64, scale: Double
  ) -> ModeFailure? {
    let requirement = Requirement(.modes, mode: mode, profile: run.name)
    let failure = { (comparison: Comparison?) in
      ModeFailure(
        mode: mode, profile: run.name, comparison: comparison, got: got, want: want,
        outputSteps: run.steps.outputSteps,
        unequalEnds: mode == .steps ? run.steps.unequalEnds : nil)
    }
    guard got.shape == want.shape else {
      ledger.record(
        requirement,
        Measurement(elements: max(got.shape.count, want.shape.count, 1), worst: .infinity))
      return failure(nil)
    }
    let comparison = Comparison(got, want, within: Tolerance(for: want, scale: scale))
    ledger.record(requirement, comparison.measurement)
    endToEnd.append(
      Report.EndToEndRow(
        pair: "clip/\(mode.rawValue)", profile: run.name, elements: comparison.elements,
        maxAbs: comparison.worst, rms: comparison.rms, allowed: comparison.allowed))
    switch comparison.measurement.verdict {
    case .ok: return nil
    case .fail: return failure(comparison)
    case .inconclusive:
      find(
        Finding(
          .nonFinite, verdict: .inconclusive, mode: mode, profiles: [run.name],
          message: "the output is nothing but NaN in both modes, so nothing was compared",
          hint: "look for weights that are not finite: coverify inspect --stats"))
      return nil
    }
  }

  /// Makes a finding of a difference end to end: a cause that is known, else a shift, a wrong fill,
  /// or just where the modes part.
  mutating func explain(_ failure: ModeFailure, parting: Parting?) {
    if let parting {
      let place = plan.modules[parting.index]
      if let cause = divergences.first(where: { $0.path == place.path }) {
        return explain(failure, by: cause)
      }
    } else if divergences.count == 1 {
      return explain(failure, by: divergences[0])
    }
    var finding = Finding(
      .modes, mode: failure.mode, profiles: [failure.profile], message: "",
      replay: replay(profile: failure.profile))
    if let parting {
      let place = plan.modules[parting.index]
      finding.module = place.path
      finding.moduleDescription = place.module.description
    }
    guard let comparison = failure.comparison else {
      finding.code = .lengths
      finding.message =
        "\(failure.mode == .steps ? "steps with end padding make" : "steps make") "
        + "\(failure.got.shape[2]) frames of the clip, and forward makes \(failure.want.shape[2])"
      if let error = failure.unequalEnds { finding.pattern = "the end padding stops: \(error)" }
      finding.error = .infinity
      return find(finding)
    }
    finding.error = comparison.worst
    finding.allowed = comparison.allowed
    let steps = failure.outputSteps
    finding.locate(comparison, got: failure.got, want: failure.want) {
      $0 < steps.count ? steps[$0] : nil
    }
    let difference = Difference(comparison, got: failure.got, want: failure.want)
    finding.pattern = difference.pattern
    finding.hint = difference.hint
    if let shift = Shift.find(failure.got, failure.want, allowed: comparison.allowed) {
      finding.code = .shift
      finding.message =
        "output of steps equals output of the clip \(Number.count(abs(shift.frames), "frame")) "
        + "\(shift.frames > 0 ? "later" : "earlier") (k = \(shift.frames), residual error "
        + "\(Number.short(shift.residual)))"
    } else if difference.hint?.contains("frames") == true {
      finding.code = .padding
      finding.message = "steps and clip differ in frames that see the padding only"
    } else {
      finding.message =
        "steps and clip differ by \(Number.short(comparison.worst))"
        + Number.ratio(comparison.worst, comparison.allowed)
    }
    find(finding)
  }

  private mutating func explain(_ failure: ModeFailure, by cause: Divergence) {
    let others = divergences.count - 1
    find(
      Finding(
        .meaning, module: cause.path, moduleDescription: cause.description,
        profiles: [failure.profile],
        message: "means something else in steps: \(cause.reason)",
        error: failure.comparison?.worst ?? .infinity, allowed: failure.comparison?.allowed,
        pattern: failure.comparison == nil
          ? "steps make \(failure.got.shape[2]) frames of the clip, and forward makes "
            + "\(failure.want.shape[2])"
          : nil,
        hint: "no error of the computation: each mode does what PyTorch's does"
          + (others > 0 ? "; \(others) more such modules" : "")))
  }
}
