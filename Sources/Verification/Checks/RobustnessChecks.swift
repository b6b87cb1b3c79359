import Continual
import Tensors

/// CV6: inputs that are not well behaved. Both modes have to treat them alike.
extension VerificationRun {
  private enum Case {
    static let notANumber = Requirement(.nonFinite, profile: "one frame NaN")
    static let burst = Requirement(.burst, profile: "burst")
    static let zeros = Requirement(.denormal, profile: "zeros")
    static let denormal = Requirement(.denormal, profile: "denormal")
    static let all = [notANumber, burst, zeros, denormal]
  }

  mutating func planRobustness() {
    guard !partsAtThisLength else {
      return notes.append(
        "NaN, burst and denormal inputs were not compared: clip and steps mean different things")
    }
    for requirement in Case.all { ledger.require(requirement) }
  }

  mutating func checkRobustness() throws(VerificationError) {
    guard ledger.requires(Case.burst) else { return }
    tell("robustness")
    let frames = subject.clipLength
    for requirement in Case.all {
      let profile = InputProfile(rawValue: requirement.profile ?? "") ?? .normal
      var clip = profile.clip(of: subject.frame, frames: frames, seed: options.seed, clip: 9)
      if requirement == Case.notANumber { clip = poisoned(clip, frame: frames / 2) }
      let whole = try forward(clip).output.widened
      var stream = plan.makeStream()
      let steps = try steps(clip, through: &stream).output.widened
      guard steps.shape == whole.shape else {
        ledger.doubt(requirement, "the modes make different numbers of frames")
        continue
      }
      if requirement.check == .denormal {
        try compare(requirement, steps, whole, scale: clip.largestMagnitude)
      } else {
        countNonFinite(requirement, steps, whole)
      }
    }
  }

  private func poisoned(_ clip: Tensor, frame bad: Int) -> Tensor {
    let frames = (0..<clip.shape[2]).map { time in
      time == bad
        ? [Float](repeating: .nan, count: subject.frame.count) : clip.frame(time).scalars
    }
    return Tensor(frames: frames, of: subject.frame)
  }

  /// What is finite in one mode has to be finite in the other.
  private mutating func countNonFinite(
    _ requirement: Requirement, _ steps: Tensor64, _ whole: Tensor64
  ) {
    let count = zip(steps.scalars, whole.scalars).count { $0.isFinite != $1.isFinite }
    ledger.record(
      requirement, Measurement(elements: whole.scalars.count, worst: Double(count)))
    guard count > 0 else { return }
    find(
      Finding(
        requirement.check, mode: .steps, profiles: requirement.profile.map { [$0] } ?? [],
        message: "\(Number.grouped(count)) elements are finite in one mode only",
        error: Double(count), allowed: 0,
        hint: requirement == Case.notANumber
          ? "a NaN reaches other outputs in steps than in the clip" : nil))
  }

  private mutating func compare(
    _ requirement: Requirement, _ steps: Tensor64, _ whole: Tensor64, scale: Double
  ) throws(VerificationError) {
    let comparison = Comparison(steps, whole, within: Tolerance(for: whole, scale: scale))
    ledger.record(requirement, comparison.measurement)
    guard comparison.measurement.verdict == .fail else { return }
    var finding = Finding(
      requirement.check, mode: .steps, profiles: requirement.profile.map { [$0] } ?? [],
      message: "steps and clip differ by \(Number.short(comparison.worst))",
      error: comparison.worst, allowed: comparison.allowed,
      pattern: Difference(comparison, got: steps, want: whole).pattern)
    finding.locate(comparison, got: steps, want: whole) { _ in nil }
    find(finding)
  }
}
