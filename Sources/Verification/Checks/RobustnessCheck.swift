import Continual
import Tensors

/// CV6: inputs that are not well behaved.
///
/// Both modes have to treat them alike.
struct RobustnessCheck: Check {
  static let codes: Set<CheckCode> = [.nonFinite, .burst, .denormal]

  let network: NetworkUnderTest

  /// An input that is not well behaved.
  private enum Input: String, CaseIterable {
    case frameOfNaN = "one frame NaN"
    case burst
    case zeros
    case denormal

    var code: CheckCode {
      switch self {
      case .frameOfNaN: .nonFinite
      case .burst: .burst
      case .zeros, .denormal: .denormal
      }
    }

    var profile: InputProfile {
      switch self {
      case .frameOfNaN: .normal
      case .burst: .burst
      case .zeros: .zeros
      case .denormal: .denormal
      }
    }

    var requirement: Requirement { Requirement(code, profile: rawValue) }
  }

  func plan(_ evidence: inout Evidence) {
    guard !network.partsAtThisLength else {
      return evidence.note(
        "NaN, burst and denormal inputs were not compared: clip and steps mean different things")
    }
    for input in Input.allCases { evidence.require(input.requirement) }
  }

  func run(_ evidence: inout Evidence) throws(VerificationError) {
    guard !network.partsAtThisLength else { return }
    evidence.tell("robustness")
    for input in Input.allCases {
      let clip = made(input)
      let whole = try network.forward(clip).output.widened
      let steps = try network.steps(clip).output.widened
      guard steps.shape == whole.shape else {
        evidence.doubt(input.requirement, "the modes make different numbers of frames")
        continue
      }
      switch input {
      case .frameOfNaN: judgeFinite(input, steps, whole, &evidence) { .nonFinite(count: $0) }
      case .burst: judgeFinite(input, steps, whole, &evidence) { .burst(count: $0) }
      case .zeros, .denormal:
        let tolerance = Tolerance(for: whole, scale: clip.largestMagnitude)
        evidence.judge(input.requirement, steps, whole, within: tolerance) { discrepancy in
          guard case .values(let deviation) = discrepancy else { return nil }
          return Finding(.denormal(deviation), mode: .steps, profiles: [input.rawValue])
        }
      }
    }
  }

  private func made(_ input: Input) -> Tensor {
    let clip = network.clip(input.profile, number: 9)
    guard input == .frameOfNaN else { return clip }
    var frames = (0..<clip.shape[2]).map { clip.frame($0).scalars }
    frames[frames.count / 2] = [Float](repeating: .nan, count: network.frame.count)
    return Tensor(frames: frames, of: network.frame)
  }

  /// What is finite in one mode has to be finite in the other.
  private func judgeFinite(
    _ input: Input, _ steps: Tensor64, _ whole: Tensor64, _ evidence: inout Evidence,
    problem: (Int) -> Problem
  ) {
    let count = zip(steps.scalars, whole.scalars).count { $0.isFinite != $1.isFinite }
    evidence.judge(
      input.requirement, differing: count, of: whole.scalars.count,
      finding: Finding(problem(count), mode: .steps, profiles: [input.rawValue]))
  }
}
