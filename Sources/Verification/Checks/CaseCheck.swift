import Continual
import Tensors

/// CV3 and CV4: every clip in both modes, each module against its definition and the modes against
/// each other.
struct CaseCheck: Check {
  static let codes = LayerCheck.codes.union(ModeCheck.codes).union([.isolation])

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

  /// The network for a batch of one, where it would take long to judge the modules on batches; else nil.
  ///
  /// Each entry of a batch then has to be what it is alone. Where it does not have the same bits, which
  /// kernels need not promise, the modules are judged all the same.
  var alone: NetworkUnderTest?

  var plans: [Plan] {
    [network.plan] + [long?.layers?.network.plan, alone?.plan].compactMap(\.self)
  }

  var work: Double {
    let modes = 2 * Double(cases.count * network.clipLength) * network.plan.frameCost
    let stream = Double(long?.layers?.longStream?.length ?? 0) * network.plan.frameCost
    let judged = alone == nil ? Double(layers?.caseCount(of: cases) ?? 0) : 0
    return modes + stream + judged * network.judgingCost * LayerCheck.costOfDouble
  }

  func plan(_ evidence: inout Evidence) {
    if alone == nil {
      layers?.plan(cases, &evidence)
    } else {
      for clipCase in cases { evidence.require(CaseCheck.entries(clipCase)) }
    }
    long?.layers?.planLongStream(&evidence)
    modes?.plan(cases, &evidence)
    if modes != nil { long?.modes?.planLongClip(cases, &evidence) }
  }

  func run(_ evidence: inout Evidence) throws(VerificationError) {
    guard layers != nil || modes != nil || alone != nil else { return }
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
    var both = BothModes(network: network, layers: layers, recordingBudget: recordingBudget)
    let judged = JudgedClip(
      name: clipCase.name, clip: clipCase.second, before: clipCase.first)
    let whole = try network.run(judged, fingerprinting: true)
    if let alone {
      let output = whole.clip.output
      let isAlike = try alone.makesEntries(of: output, from: judged.clip)
      let leaked = isAlike ? 0 : try leaks(into: output, of: clipCase)
      evidence.judge(
        CaseCheck.entries(clipCase), differing: leaked, of: output.shape.count,
        finding: Finding(
          .state(.lanes, differing: leaked, elements: output.shape.count), mode: .clip,
          profiles: [clipCase.name]))
      if isAlike {
        both.layers = nil
      } else {
        layers?.plan([clipCase], &evidence)
      }
    }
    let failures = modes?.judge(whole, input: judged.clip, &evidence) ?? []
    let parting = try both.judgeModules(
      judged, whole, isExplained: failures.isEmpty, &evidence)
    guard let modes else { return }
    for failure in failures { evidence.find(modes.finding(of: failure, parting: parting)) }
  }

  /// How many elements of the other entries change with the first one.
  private func leaks(
    into output: Tensor, of clipCase: ClipCase
  ) throws(VerificationError) -> Int {
    let others = Array(1..<network.frame[0])
    let clean = try network.forward(clipCase.unspoilt.second).output
    return output.selecting(others, along: 0)
      .elementsDiffering(from: clean.selecting(others, along: 0))
  }

  private static func entries(_ clipCase: ClipCase) -> Requirement {
    Requirement(.isolation, mode: .clip, profile: clipCase.name)
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

extension NetworkUnderTest {
  /// Whether each entry of a batch alone makes, bit for bit, the entry of an output.
  fileprivate func makesEntries(
    of output: Tensor, from clip: Tensor
  ) throws(VerificationError) -> Bool {
    for entry in 0..<clip.shape[0] {
      let made = try forward(clip.selecting([entry], along: 0)).output
      guard made.hasSameBits(as: output.selecting([entry], along: 0)) else { return false }
    }
    return true
  }
}
