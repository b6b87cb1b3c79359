import Continual
import Tensors

/// CV3 and CV4: every clip in both modes, each module against its definition and the modes against
/// each other.
///
/// A clip is computed in both modes, and then at once again, while the modules are judged that had the
/// same bits in both; so most of a clip is never held. The others are judged by recordings of both modes, of
/// as many of them at a time as fit in memory.
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

  /// What judges streams and clips that are longer than the others, where outputs come before the end
  /// padding only in such; nil for clips that are judged besides those of the run.
  var long: (layers: LayerCheck?, modes: ModeCheck?)?

  func plan(_ evidence: inout Evidence) {
    layers?.plan(cases, &evidence)
    long?.layers?.planLongStream(&evidence)
    modes?.plan(cases, &evidence)
    if modes != nil { long?.modes?.planLongClip(cases, &evidence) }
  }

  func run(_ evidence: inout Evidence) throws(VerificationError) {
    guard layers != nil || modes != nil else { return }
    for (index, clipCase) in cases.enumerated() {
      if evidence.isOver { return }
      evidence.tell("input \(clipCase.name)")
      let isBeyondBudget = index >= layers?.caseCount(of: cases) ?? 0
      try judge(clipCase, isBeyondBudget ? nil : layers, &evidence)
    }
    if let layers = long?.layers { try judgeLongStream(layers, &evidence) }
    try long?.modes?.judgeLongClip(&evidence)
  }

  private func judge(
    _ clipCase: ClipCase, _ layers: LayerCheck?, _ evidence: inout Evidence
  ) throws(VerificationError) {
    let clip = clipCase.second
    let whole = try run(clipCase, clip, fingerprinting: true)
    let failures = modes?.judge(whole, input: clip, &evidence) ?? []
    let alike = whole.alike(network.judged, of: network.plan)
    var left = network.judged.filter { !alike.contains($0) }
    if let layers {
      let refused = try layers.judgeInPassing(
        network.judged.filter(alike.contains), clip, clipCase.name, budget: recordingBudget
      ) { layers.enter($0, &evidence) }
      left = (left + refused).sorted()
    }
    for index in alike.subtracting(left) {
      evidence.add(modesDifference: 0, to: LayerKey(index: index, mode: .clip))
      evidence.add(modesDifference: 0, to: LayerKey(index: index, mode: .step))
    }
    let parting = try judgeRecorded(
      left, clipCase, clip, layers, isExplained: failures.isEmpty, &evidence)
    guard let modes else { return }
    for failure in failures { evidence.find(modes.finding(of: failure, parting: parting)) }
  }

  /// Judges modules whose inputs or outputs differ between the modes, or with which something is wrong, by
  /// what both modes put on their wires.
  ///
  /// - Returns: the first module where the modes part.
  private func judgeRecorded(
    _ modules: [Int], _ clipCase: ClipCase, _ clip: Tensor, _ layers: LayerCheck?,
    isExplained: Bool, _ evidence: inout Evidence
  ) throws(VerificationError) -> Parting? {
    guard !modules.isEmpty else { return nil }
    var parting: Parting?
    let groups = network.groups(
      of: modules, frames: clipCase.length, budget: recordingBudget)
    for (number, group) in groups.enumerated() {
      // Without oracles, layers only matter for finding where the modes part.
      if number > 0 && layers == nil && (isExplained || parting != nil) { break }
      let run = try run(clipCase, clip, group.wires)
      let places = group.modules.map { network.plan.modules[$0] }
      let seen = concurrently(group.modules.count) { number in
        let error = run.difference(on: places[number].output)
        return (layers?.outcomes(group.modules[number], run) ?? [], error)
      }
      for ((outcomes, error), (index, place)) in zip(seen, zip(group.modules, places)) {
        for outcome in outcomes { layers?.enter(outcome, &evidence) }
        for mode in [Mode.clip, .step] {
          evidence.add(modesDifference: error, to: LayerKey(index: index, mode: mode))
        }
        if parting == nil, error > 0 { parting = Parting(at: place, in: network.plan, of: run) }
      }
    }
    return parting
  }

  /// Computes a clip in both modes, at the same time; the steps behind those of another clip.
  private func run(
    _ clipCase: ClipCase, _ clip: Tensor, _ wires: Set<Wire> = [], fingerprinting: Bool = false
  ) throws(VerificationError) -> CaseRun {
    let made = concurrently(2) { mode in
      Result { () throws(VerificationError) in
        guard mode == 1 else {
          return try network.forward(clip, recording: wires, fingerprinting: fingerprinting)
        }
        var stream = network.plan.makeStream()
        try network.pass(clipCase.first, through: &stream)
        stream.reset()
        return try network.steps(
          clip, through: &stream, recording: wires, fingerprinting: fingerprinting,
          goesOn: false)
      }
    }
    return CaseRun(
      name: clipCase.name, clip: try made[0].get(), steps: try made[1].get(),
      keepsBits: network.keepsBits)
  }

  /// Judges the steps of all modules over a stream that is longer than the clips, where outputs come
  /// before the end padding only in such a one.
  private func judgeLongStream(
    _ layers: LayerCheck, _ evidence: inout Evidence
  ) throws(VerificationError) {
    guard let clipCase = layers.longStream else { return }
    evidence.tell("input \(clipCase.name)")
    let network = layers.network
    let clip = clipCase.second
    var stream = network.plan.makeStream()
    _ = try network.steps(network.clip(number: 0), through: &stream)
    for group in network.groups(frames: clipCase.length, budget: recordingBudget) {
      stream.reset()
      let steps = try network.steps(clip, through: &stream, recording: group.wires)
      let outcomes = concurrently(group.modules.count) { number in
        layers.stepOutcome(group.modules[number], steps, clipCase.name)
      }
      for outcome in outcomes { layers.enter(outcome, &evidence) }
    }
  }
}
