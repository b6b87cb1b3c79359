import Continual
import Tensors

/// A clip on which both modes are judged.
struct JudgedClip: Sendable {
  /// The name of the input.
  let name: String

  /// (B, C, T, S…).
  let clip: Tensor

  /// What the stream gets first, before it is reset; nil for a fresh stream.
  var before: Tensor?
}

/// Computes clips in both modes, and judges the modules on them.
///
/// A clip is computed in both modes, and then at once again, while the modules are judged that had the
/// same bits in both; so most of a clip is never held. The others are judged by recordings of both modes, of
/// as many of them at a time as fit in memory.
struct BothModes {
  let network: NetworkUnderTest

  /// Judges modules; nil to leave them out.
  var layers: LayerCheck?

  /// About how many numbers may be recorded at a time.
  let recordingBudget: Int

  /// Whether a NaN where there should be one counts as compared, as with inputs that are made to have some.
  var countsNaN = false

  /// Judges all modules.
  ///
  /// - Parameters:
  ///   - judged: the clip.
  ///   - whole: both modes on it, with fingerprints.
  ///   - isExplained: whether nobody asks where the modes part.
  ///   - evidence: gets what was seen.
  /// - Returns: the first module where the modes part.
  /// - Throws: ``VerificationError`` where the clip cannot be computed.
  func judgeModules(
    _ judged: JudgedClip, _ whole: CaseRun, isExplained: Bool, _ evidence: inout Evidence
  ) throws(VerificationError) -> Parting? {
    let alike = whole.alike(network.judged, of: network.plan)
    var left = network.judged.filter { !alike.contains($0) }
    if let layers {
      let refused = try layers.judgeInPassing(
        network.judged.filter(alike.contains), judged.clip, judged.name, countsNaN: countsNaN,
        budget: recordingBudget
      ) { layers.enter($0, &evidence) }
      left = (left + refused).sorted()
    }
    if !countsNaN {
      for index in alike.subtracting(left) { enter(difference: 0, of: index, &evidence) }
    }
    return try judgeRecorded(left, judged, isExplained: isExplained, &evidence)
  }

  /// Judges modules whose inputs or outputs differ between the modes, or with which something is wrong, by
  /// what both modes put on their wires.
  private func judgeRecorded(
    _ modules: [Int], _ judged: JudgedClip, isExplained: Bool, _ evidence: inout Evidence
  ) throws(VerificationError) -> Parting? {
    guard !modules.isEmpty else { return nil }
    var parting: Parting?
    let groups = network.groups(
      of: modules, frames: judged.clip.shape[2], budget: recordingBudget)
    for (number, group) in groups.enumerated() {
      // Without oracles, layers only matter for finding where the modes part.
      if number > 0 && layers == nil && (isExplained || parting != nil) { break }
      let run = try network.run(judged, recording: group.wires)
      let places = group.modules.map { network.plan.modules[$0] }
      let seen = concurrently(group.modules.count) { number in
        let outcomes = layers?.outcomes(group.modules[number], run, countsNaN: countsNaN) ?? []
        return (outcomes, countsNaN ? 0 : run.difference(on: places[number].output))
      }
      for ((outcomes, error), (index, place)) in zip(seen, zip(group.modules, places)) {
        for outcome in outcomes { layers?.enter(outcome, &evidence) }
        guard !countsNaN else { continue }
        enter(difference: error, of: index, &evidence)
        if parting == nil, error > 0 { parting = Parting(at: place, in: network.plan, of: run) }
      }
    }
    return parting
  }

  private func enter(difference: Double, of index: Int, _ evidence: inout Evidence) {
    for mode in [Mode.clip, .step] {
      evidence.add(modesDifference: difference, to: LayerKey(index: index, mode: mode))
    }
  }
}

extension NetworkUnderTest {
  /// Computes a clip in both modes, at the same time.
  func run(
    _ judged: JudgedClip, recording wires: Set<Wire> = [], fingerprinting: Bool = false
  ) throws(VerificationError) -> CaseRun {
    let made = concurrently(2) { mode in
      Result { () throws(VerificationError) in
        guard mode == 1 else {
          return try forward(
            judged.clip, recording: wires, fingerprinting: fingerprinting)
        }
        var stream = plan.makeStream()
        if let before = judged.before {
          try pass(before, through: &stream)
          stream.reset()
        }
        return try steps(
          judged.clip, through: &stream, recording: wires, fingerprinting: fingerprinting,
          goesOn: false)
      }
    }
    return CaseRun(
      name: judged.name, clip: try made[0].get(), steps: try made[1].get(),
      keepsBits: keepsBits)
  }
}
