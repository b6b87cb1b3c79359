import Continual
import Tensors
import TextLayout

/// CV3: each module against its definition in float64, on the very input that it received.
///
/// Because every module starts from its own input, errors of the modules before it do not add up, and
/// a bug is named where it is, however deep the network.
struct LayerCheck {
  static let codes: Set<CheckCode> = [.layer, .layerUndecided]

  let network: NetworkUnderTest

  /// About how many multiplications in `Double` the definitions may cost.
  let budget: Double

  /// The file that a command shows findings of again; empty where there is none.
  let path: String

  private var plan: Plan { network.plan }

  /// With how many of the clips modules are judged: as many as the budget allows, at least one.
  func caseCount(of cases: [ClipCase]) -> Int {
    let cost = network.frameCost * Double(network.clipLength)
    return min(cases.count, max(1, Int(budget / max(cost, 1))))
  }

  /// A stream that is long enough for outputs to come before the end padding, where the clips of the
  /// run are not; nil where they are, or where it would take too long.
  var longStream: ClipCase? {
    guard plan.outputCount(ofSteps: network.clipLength) < 2 else { return nil }
    let length = network.streamLength(outputs: 3)
    guard network.canAfford(frames: length) else { return nil }
    return ClipCase(
      .normal, frame: network.frame, frames: length, seed: network.seed, name: "stream")
  }

  func plan(_ cases: [ClipCase], _ evidence: inout Evidence) {
    let count = caseCount(of: cases)
    for clipCase in cases.prefix(count) {
      for index in network.judged {
        for mode in [Mode.clip, .step] { evidence.require(requirement(index, mode, clipCase.name)) }
      }
    }
    if let stream = longStream {
      for index in network.judged { evidence.require(requirement(index, .step, stream.name)) }
    }
    if count < cases.count {
      evidence.note(
        "layers are compared with float64 on \(count) of \(cases.count) inputs ("
          + cases.prefix(count).map(\.name).joined(separator: ", ")
          + "); the others would take too long, and are compared between the modes only")
    }
  }

  private func requirement(_ index: Int, _ mode: Mode, _ profile: String) -> Requirement {
    Requirement(.layer, module: plan.modules[index].path, mode: mode, profile: profile)
  }
}

// MARK: - Judging

extension LayerCheck {
  /// Compares one module with its oracle, in both modes.
  func judge(_ index: Int, _ run: CaseRun, _ evidence: inout Evidence) {
    let place = plan.modules[index]
    var known: Tensor64?
    do throws(VerificationError) {
      let want = try oracleOutput(index, run.clip, isSteps: false)
      known = want
      judge(index, .clip, run.clip, run.name, want, other: run.steps, &evidence)
    } catch {
      doubt(index, .clip, run.name, error.reason, &evidence)
    }
    // Where a module means the same in both modes and got the same bits, the oracle need not be
    // asked again.
    let isSame =
      place.inside.isEmpty && place.inputs.count == 1
      && place.module.divergence(frame: place.input.frame) == nil
      && recorded(place.input, run.steps).hasSameBits(as: recorded(place.input, run.clip))
    judgeSteps(
      index, run.steps, run.name, known: isSame ? known : nil, other: run.clip, &evidence)
  }

  /// Compares the steps of one module with its oracle.
  ///
  /// - Parameters:
  ///   - index: the module.
  ///   - steps: what a stream put on the wires.
  ///   - name: the name of the input.
  ///   - known: what the oracle says, if it was asked before.
  ///   - other: the clip mode on the same input.
  ///   - evidence: gets the result.
  func judgeSteps(
    _ index: Int, _ steps: Recording, _ name: String, known: Tensor64? = nil,
    other: Recording? = nil, _ evidence: inout Evidence
  ) {
    do throws(VerificationError) {
      let want: Tensor64
      if let known {
        want = known
      } else {
        want = try oracleOutput(index, steps, isSteps: true)
      }
      judge(index, .step, steps, name, want, other: other, &evidence)
    } catch {
      doubt(index, .step, name, error.reason, &evidence)
    }
  }

  /// What a module should have made of what it received.
  private func oracleOutput(
    _ index: Int, _ recording: Recording, isSteps: Bool
  ) throws(VerificationError) -> Tensor64 {
    let place = plan.modules[index]
    if let reduce = place.module as? Reduce {
      let clips = place.inputs.map { recorded($0, recording).widened }
      return isSteps
        ? try Combination.combineSteps(clips, by: reduce.reduction)
        : try Combination.combine(clips, by: reduce.reduction)
    }
    guard let module = plan.moduleToJudge(at: index) as? any Referenced else {
      throw VerificationError(.noOracle, "\(place.module.typeName) has no oracle in float64")
    }
    let inside = ObservedInside(plan, place, recording)
    let input = recorded(place.input, recording).widened
    return isSteps
      ? try module.referenceSteps(input, inside: inside)
      : try module.reference(input, inside: inside)
  }

  private func recorded(_ wire: Wire, _ recording: Recording) -> Tensor {
    guard let clip = recording.wires[wire] else {
      preconditionFailure("a judged module was not recorded")
    }
    return clip
  }

  private func doubt(
    _ index: Int, _ mode: Mode, _ profile: String, _ reason: String, _ evidence: inout Evidence
  ) {
    evidence.doubt(requirement(index, mode, profile), reason)
    evidence.addDoubt(to: LayerKey(index: index, mode: mode))
    evidence.find(finding(.layerUndecided(reason: reason), index, mode, profile))
  }

  private func finding(
    _ problem: Problem, _ index: Int, _ mode: Mode, _ profile: String, replay: Replay? = nil
  ) -> Finding {
    let place = plan.modules[index]
    return Finding(
      problem, module: place.path, moduleDescription: place.module.description, mode: mode,
      profiles: [profile], replay: replay)
  }

  /// Compares what a module made in one mode with what it should have made.
  ///
  /// - Parameters:
  ///   - index: the module.
  ///   - mode: which of the two recordings is judged.
  ///   - recording: what was put on the wires.
  ///   - profile: the name of the input.
  ///   - want: what the oracle says.
  ///   - other: the other mode on the same input, for showing what it made.
  ///   - evidence: gets the result.
  private func judge(
    _ index: Int, _ mode: Mode, _ recording: Recording, _ profile: String, _ want: Tensor64,
    other: Recording?, _ evidence: inout Evidence
  ) {
    let place = plan.modules[index]
    let input = recorded(place.input, recording)
    let got = recorded(place.output, recording).widened
    var want = want
    if mode == .step && recording.unequalEnds != nil {
      // The end padding did not run; the frames before it are the first of those of the oracle.
      let count = plan.outputCount(of: place.output, ofSteps: recording.length)
      want = want.frames(0..<min(count, want.shape[2]))
    }
    let scale = (place.module as? any Referenced)?.largestTerm(input) ?? input.largestMagnitude
    let stepped = mode == .step ? recording.stepped[place.output] ?? 0 : 0
    let comparison = evidence.judge(
      requirement(index, mode, profile), got, want, within: Tolerance(for: want, scale: scale),
      other: other?.wires[place.output],
      step: { $0 < stepped ? plan.step(ofOutput: $0, of: place.output) : nil },
      refine: { refined($0, got, want, of: place.module, input) },
      finding: { discrepancy in
        var replay: Replay?
        if case .values = discrepancy { replay = network.replay(path, profile: profile) }
        return finding(.layer(discrepancy), index, mode, profile, replay: replay)
      })
    evidence.add(comparison, to: LayerKey(index: index, mode: mode))
    if let comparison, let bound = comparison.openBound {
      doubt(
        index, mode, profile,
        "a difference of \(Number.short(comparison.worst)) is more than rounding usually makes, and less "
          + "than it can: the bound on the rounding of sums of "
          + "\(Number.count((place.module as? any Referenced)?.operationsPerElement ?? 0, "product")) is "
          + "\(Number.short(bound)), more than a thousandth of the rms \(Number.short(comparison.rms))",
        &evidence)
    }
  }

  /// The comparison, where elements beyond the screen are judged by the module's own bounds.
  private func refined(
    _ screened: Comparison, _ got: Tensor64, _ want: Tensor64, of module: any Module,
    _ input: Tensor
  ) -> Comparison {
    var comparison = screened
    if !comparison.exceeding.isEmpty, let bounded = module as? any RoundingBounded,
      let bound = try? bounded.roundingBound(input.widened), bound.shape.rank == got.shape.rank
    {
      comparison = comparison.judged(
        by: bound, deviation: try? bounded.roundingDeviation(input.widened), got: got, want: want)
    }
    if !comparison.exceeding.isEmpty, let measured = module as? any NoiseMeasured,
      let noise = try? measured.noise(input.widened)
    {
      let bound = Tensor64(got.shape, repeating: Tolerance.ofNoise * noise)
      comparison = comparison.judged(by: bound, got: got, want: want)
    }
    return comparison
  }
}
