import Continual
import Tensors

/// CV6: inputs that are not well behaved.
///
/// Both modes have to treat them alike, and each module as its definition in float64 says, with NaN and
/// infinities at the same places.
struct RobustnessCheck: Check {
  static let codes: Set<CheckCode> = [.nonFinite, .burst, .denormal, .layer, .layerUndecided]

  let network: NetworkUnderTest

  /// Judges modules; nil to compare the modes only.
  var layers: LayerCheck?

  /// About how many numbers may be recorded at a time.
  var recordingBudget = 1 << 24

  /// An input that is not well behaved.
  private enum Input: String, CaseIterable {
    case frameOfNaN = "one frame NaN"
    case infinities = "frames of Inf and -Inf"
    case burst
    case large = "burst x 30"
    case small = "normal x 1e-3"
    case zeros
    case denormal

    var code: CheckCode {
      switch self {
      case .frameOfNaN, .infinities: .nonFinite
      case .burst, .large: .burst
      case .small, .zeros, .denormal: .denormal
      }
    }

    var profile: InputProfile {
      switch self {
      case .frameOfNaN, .infinities, .small: .normal
      case .burst, .large: .burst
      case .zeros: .zeros
      case .denormal: .denormal
      }
    }

    /// What the numbers of the profile are multiplied by.
    var factor: Float {
      switch self {
      case .large: 30
      case .small: 1e-3
      default: 1
      }
    }

    /// Whether modules are compared with their definitions.
    var isJudgedByLayers: Bool {
      switch self {
      case .frameOfNaN, .infinities, .large, .small: true
      case .burst, .zeros, .denormal: false
      }
    }

    var requirement: Requirement { Requirement(code, profile: rawValue) }
  }

  func plan(_ evidence: inout Evidence) {
    guard !network.partsAtThisLength else {
      return evidence.note(
        "NaN, burst and denormal inputs were not compared: clip and steps mean different things")
    }
    for input in Input.allCases {
      evidence.require(input.requirement)
      if input.isJudgedByLayers { layers?.plan(profile: input.rawValue, &evidence) }
    }
  }

  func run(_ evidence: inout Evidence) throws(VerificationError) {
    guard !network.partsAtThisLength else { return }
    for input in Input.allCases where !evidence.isOver {
      evidence.tell("robustness, \(input.rawValue)")
      try judge(input, &evidence)
    }
  }

  private func judge(_ input: Input, _ evidence: inout Evidence) throws(VerificationError) {
    let clip = made(input)
    let layers = input.isJudgedByLayers ? layers : nil
    for (number, group) in network.groups(frames: clip.shape[2], budget: recordingBudget)
      .enumerated() where number == 0 || layers != nil
    {
      let wires = layers == nil ? [] : group.wires
      var stream = network.plan.makeStream()
      let run = CaseRun(
        name: input.rawValue, clip: try network.forward(clip, recording: wires),
        steps: try network.steps(clip, through: &stream, recording: wires))
      if number == 0 { judge(input, run, clip, &evidence) }
      guard let layers else { continue }
      for outcomes in concurrently(
        group.modules.count, if: network.isCostly,
        { layers.outcomes(group.modules[$0], run, countsNaN: true) })
      {
        for outcome in outcomes { layers.enter(outcome, &evidence) }
      }
    }
  }

  /// Compares both modes.
  private func judge(
    _ input: Input, _ run: CaseRun, _ clip: Tensor, _ evidence: inout Evidence
  ) {
    let (whole, steps) = (run.clip.output.widened, run.steps.output.widened)
    guard steps.shape == whole.shape else {
      return evidence.doubt(input.requirement, "the modes make different numbers of frames")
    }
    switch input {
    case .frameOfNaN, .infinities:
      judgeFinite(input, steps, whole, &evidence) { .nonFinite(count: $0) }
    case .burst, .large: judgeFinite(input, steps, whole, &evidence) { .burst(count: $0) }
    case .zeros, .denormal, .small:
      let tolerance = network.toleranceBetweenModes(for: whole, of: clip)
      evidence.judge(input.requirement, steps, whole, within: tolerance) { discrepancy in
        guard case .values(let deviation) = discrepancy else { return nil }
        return Finding(.denormal(deviation), mode: .steps, profiles: [input.rawValue])
      }
    }
  }

  private func made(_ input: Input) -> Tensor {
    var clip = network.clip(input.profile, number: 9)
    if input.factor != 1 {
      clip = Tensor(clip.shape, clip.scalars.map { $0 * input.factor })
    }
    guard input == .frameOfNaN || input == .infinities else { return clip }
    var frames = clip.allFrames
    func fill(_ place: Int, _ value: Float) {
      frames[place] = [Float](repeating: value, count: network.frame.count)
    }
    if input == .frameOfNaN {
      fill(frames.count / 2, .nan)
    } else {
      fill(frames.count / 3, .infinity)
      fill(frames.count - 1, -.infinity)
    }
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
