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
    /// Both in one clip, where two would take long.
    case nonFinite = "frames of NaN, Inf and -Inf"
    case burst
    case large = "burst x 30"
    case small = "normal x 1e-3"
    case zeros
    case denormal

    var code: CheckCode {
      switch self {
      case .frameOfNaN, .infinities, .nonFinite: .nonFinite
      case .burst, .large: .burst
      case .small, .zeros, .denormal: .denormal
      }
    }

    var profile: InputProfile {
      switch self {
      case .frameOfNaN, .infinities, .nonFinite, .small: .normal
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

    var requirement: Requirement { Requirement(code, profile: rawValue) }
  }

  var work: Double {
    let modes = 2 * Double(inputs.count * network.clipLength) * network.plan.frameCost
    let judged = Double(layers == nil ? 0 : inputs.count(where: judgesLayers))
    return modes + judged * network.judgingCost * LayerCheck.costOfDouble
  }

  func plan(_ evidence: inout Evidence) {
    guard !network.partsAtThisLength else {
      return evidence.note(
        "NaN, burst and denormal inputs were not compared: clip and steps mean different things")
    }
    for input in inputs {
      evidence.require(input.requirement)
      if judgesLayers(input) { layers?.plan(profile: input.rawValue, &evidence) }
    }
    if let layers, !layers.affordsAllInputs {
      evidence.note(
        "with inputs \(layers.hasOtherSizes ? "" : "x 30 and ")x 1e-3, layers were not compared with "
          + "float64: that would take too long; the modes were compared")
    }
  }

  func run(_ evidence: inout Evidence) throws(VerificationError) {
    guard !network.partsAtThisLength else { return }
    for input in inputs where !evidence.isOver {
      evidence.tell("robustness, \(input.rawValue)")
      try judge(input, &evidence)
    }
  }

  private func judge(_ input: Input, _ evidence: inout Evidence) throws(VerificationError) {
    let judged = JudgedClip(name: input.rawValue, clip: made(input))
    let layers = judgesLayers(input) ? layers : nil
    let both = BothModes(
      network: network, layers: layers, recordingBudget: recordingBudget, countsNaN: true)
    let whole = try network.run(judged, fingerprinting: layers != nil)
    judge(input, whole, judged.clip, &evidence)
    guard layers != nil else { return }
    _ = try both.judgeModules(judged, whole, isExplained: true, &evidence)
  }

  private var inputs: [Input] {
    let isAfforded = layers?.affordsAllInputs ?? true
    return Input.allCases.filter {
      switch $0 {
      case .frameOfNaN, .infinities: isAfforded
      case .nonFinite: !isAfforded
      case .burst, .large, .small, .zeros, .denormal: true
      }
    }
  }

  /// Whether modules are compared with their definitions: where that takes long, only on what is not finite.
  private func judgesLayers(_ input: Input) -> Bool {
    switch input {
    case .frameOfNaN, .infinities, .nonFinite: true
    case .large, .small: layers?.affordsAllInputs ?? false
    case .burst, .zeros, .denormal: false
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
    case .frameOfNaN, .infinities, .nonFinite:
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
    let clip = network.clip(input.profile, number: 9).multiplied(by: input.factor)
    guard input.code == .nonFinite else { return clip }
    var frames = clip.allFrames
    func fill(_ place: Int, _ value: Float) {
      frames[place] = [Float](repeating: value, count: network.frame.count)
    }
    if input != .infinities { fill(frames.count / 2, .nan) }
    if input != .frameOfNaN {
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
