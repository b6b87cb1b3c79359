import Continual
import Tensors

/// CV3 and CV4: every clip in both modes, each module against its definition and the modes against
/// each other.
///
/// The two families share their recordings: a clip is computed once for each group of modules that
/// fits in memory.
struct CaseCheck: Check {
  static let codes = LayerCheck.codes.union(ModeCheck.codes)

  let network: NetworkUnderTest

  /// The clips.
  let cases: [ClipCase]

  /// Judges modules; nil to leave them out.
  let layers: LayerCheck?

  /// Judges the modes; nil to leave them out.
  let modes: ModeCheck?

  /// About how many numbers may be recorded at a time.
  let recordingBudget: Int

  func plan(_ evidence: inout Evidence) {
    layers?.plan(cases, &evidence)
    modes?.plan(cases, &evidence)
  }

  func run(_ evidence: inout Evidence) throws(VerificationError) {
    guard layers != nil || modes != nil else { return }
    for (index, clipCase) in cases.enumerated() {
      evidence.tell("input \(clipCase.name)")
      let isBeyondBudget = index >= layers?.caseCount(of: cases) ?? 0
      try judge(clipCase, isBeyondBudget ? nil : layers, &evidence)
    }
    if let layers { try judgeLongStream(layers, &evidence) }
    try modes?.judgeLongClip(&evidence)
  }

  private func groups(_ clipCase: ClipCase) -> [(modules: [Int], wires: Set<Wire>)] {
    network.plan.groups(of: network.judged, frames: clipCase.length, budget: recordingBudget).map {
      ($0, $0.reduce(into: Set<Wire>()) { $0.formUnion(network.plan.wires(ofModule: $1)) })
    }
  }

  private func judge(
    _ clipCase: ClipCase, _ layers: LayerCheck?, _ evidence: inout Evidence
  ) throws(VerificationError) {
    let clip = clipCase.second
    var stream = network.plan.makeStream()
    _ = try network.steps(clipCase.first, through: &stream)
    var failures: [ModeFailure] = []
    var parting: Parting?
    for (number, group) in groups(clipCase).enumerated() {
      // Without oracles, layers only matter for finding where the modes part.
      if number > 0 && layers == nil && (failures.isEmpty || parting != nil) { break }
      stream.reset()
      let run = CaseRun(
        name: clipCase.name, clip: try network.forward(clip, recording: group.wires),
        steps: try network.steps(clip, through: &stream, recording: group.wires))
      if number == 0, let modes { failures = modes.judge(run, input: clip, &evidence) }
      for index in group.modules {
        layers?.judge(index, run, &evidence)
        let place = network.plan.modules[index]
        let error = run.difference(on: place.output)
        for mode in [Mode.clip, .step] {
          evidence.add(modesDifference: error, to: LayerKey(index: index, mode: mode))
        }
        if parting == nil { parting = Parting(at: place, in: network.plan, of: run) }
      }
    }
    guard let modes else { return }
    for failure in failures { evidence.find(modes.finding(of: failure, parting: parting)) }
  }

  /// Judges the steps of all modules over a stream that is longer than the clips, where outputs come
  /// before the end padding only in such a one.
  private func judgeLongStream(
    _ layers: LayerCheck, _ evidence: inout Evidence
  ) throws(VerificationError) {
    guard let clipCase = layers.longStream else { return }
    evidence.tell("input \(clipCase.name)")
    let clip = clipCase.second
    var stream = network.plan.makeStream()
    _ = try network.steps(clipCase.first, through: &stream)
    for group in groups(clipCase) {
      stream.reset()
      let steps = try network.steps(clip, through: &stream, recording: group.wires)
      for index in group.modules { layers.judgeSteps(index, steps, clipCase.name, &evidence) }
    }
  }
}
