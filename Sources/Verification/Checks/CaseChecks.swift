import Continual
import Tensors

/// The two modes on one clip, while it is being judged.
struct CaseRun {
  let name: String
  let clip: Recording
  let steps: Recording
}

/// The first module where the two modes part: its inputs are the same in both, its outputs are not.
struct Parting {
  let index: Int
  let error: Double
}

extension VerificationRun {
  /// Layers and modes share their recordings: every clip is computed in both modes, once for each
  /// group of modules that fits in memory.
  mutating func checkCases() throws(VerificationError) {
    guard wants(.layers) || wants(.modes) else { return }
    for (index, clipCase) in cases.enumerated() {
      tell("input \(clipCase.name)")
      let withOracles = wants(.layers) && index < layerCases
      try check(clipCase, withOracles: withOracles)
    }
    if wants(.layers) { try checkLongStream() }
  }

  private mutating func check(
    _ clipCase: ClipCase, withOracles: Bool
  ) throws(VerificationError) {
    let clip = clipCase.second
    var stream = plan.makeStream()
    _ = try steps(clipCase.first, through: &stream)
    var failures: [ModeFailure] = []
    var parting: Parting?
    let groups = plan.groups(
      of: judged, frames: clipCase.length, budget: options.recordingBudget)
    for (number, group) in groups.enumerated() {
      // Without oracles, layers only matter for finding where the modes part.
      if number > 0 && !withOracles && (failures.isEmpty || parting != nil) { break }
      let wires = group.reduce(into: Set<Wire>()) { $0.formUnion(plan.wires(ofModule: $1)) }
      stream.reset()
      let run = CaseRun(
        name: clipCase.name, clip: try forward(clip, recording: wires),
        steps: try steps(clip, through: &stream, recording: wires))
      if number == 0 && wants(.modes) { failures = compareModes(run, input: clip) }
      for index in group {
        if withOracles { judge(index, run) }
        let error = modesDifference(index, run)
        note(index, modesDifference: error)
        if parting == nil, parts(index, run, error) {
          parting = Parting(index: index, error: error)
        }
      }
    }
    for failure in failures { explain(failure, parting: parting) }
  }

  /// Whether the modes part at a module: it gets the same in both, and makes something else.
  private func parts(_ index: Int, _ run: CaseRun, _ error: Double) -> Bool {
    let place = plan.modules[index]
    guard let clip = run.clip.wires[place.output] else { return false }
    let tolerance = Tolerance(for: clip.widened, scale: clip.largestMagnitude)
    guard !(error <= tolerance.allowed) else { return false }
    let inputs = place.inputs + place.inside.map { plan.modules[$0].output }
    return inputs.allSatisfy { wire in
      let difference = difference(on: wire, run)
      guard let clip = run.clip.wires[wire] else { return false }
      return difference <= Tolerance(for: clip.widened, scale: clip.largestMagnitude).allowed
    }
  }

  /// The largest difference between what both modes made of a clip at a module; infinite where they
  /// made different numbers of frames.
  private func modesDifference(_ index: Int, _ run: CaseRun) -> Double {
    difference(on: plan.modules[index].output, run)
  }

  private func difference(on wire: Wire, _ run: CaseRun) -> Double {
    guard let clip = run.clip.wires[wire], var steps = run.steps.wires[wire] else {
      return .infinity
    }
    var want = clip
    if run.steps.unequalEnds != nil {
      // Without end padding, the steps are the first frames of the clip.
      let count = min(steps.shape[2], clip.shape[2])
      (want, steps) = (clip.frames(0..<count), steps.frames(0..<count))
    }
    guard want.shape == steps.shape else { return .infinity }
    if want.hasSameBits(as: steps) { return 0 }
    return Comparison(steps.widened, want.widened, within: .exact).worst
  }
}
