import Continual
import Tensors
import TextLayout

/// CV8: the network against what PyTorch computed.
///
/// Two questions, kept apart. *Is the architecture the user's?* The network's own float64 oracle
/// against a float64 output of PyTorch: both are exact up to 1e-15 or so, and must agree to 1e-11 of
/// the rms of the channel. *Does each mode compute it?* The float32 output of each mode against the
/// same, within some times the noise: how far the oracle moves where each module is off by what rounding
/// can do to it. The modes have no part in that, so that one that is wrong does not widen it.
struct ReferenceCheck: Check {
  static let codes: Set<CheckCode> = [
    .referenceDiffers, .referenceMissing, .architecture, .referenceSteps,
  ]

  let network: NetworkUnderTest

  /// What PyTorch computed; nil where nobody gave it.
  let reference: PyTorchReference?

  /// Whether the verdict stays open where nobody gave it.
  var isRequired = false

  /// The clip of which it computed that.
  let input: Tensor?

  /// Whether weights were rounded to float32, so that they are not quite PyTorch's.
  let roundsWeights: Bool

  /// How many seconds single changes of the network may be tried for, where it is another one.
  var causeSeconds = 10.0

  /// Whether it is kept how far each frame is off, for a page that shows it.
  var seesFrames = false

  private enum Case {
    static let missing = Requirement(.referenceMissing)
    static let index = Requirement(.referenceSteps)
    static func architecture(_ tensor: String) -> Requirement {
      Requirement(.architecture, profile: tensor)
    }
    static func mode(_ mode: Mode, _ tensor: String) -> Requirement {
      Requirement(.referenceDiffers, mode: mode, profile: tensor)
    }
  }

  var work: Double {
    guard reference != nil else { return 0 }
    let modes = 2 * Double(network.clipLength) * network.plan.frameCost
    return modes + 2 * network.judgingCost * LayerCheck.costOfDouble
  }

  func plan(_ evidence: inout Evidence) {
    guard let reference else {
      if isRequired {
        evidence.require(Case.missing)
        evidence.doubt(Case.missing, "there is no output of PyTorch's, and --strict asks for one")
      }
      return evidence.note(
        "no reference: nothing shows that the architecture is the user's; give PyTorch's output "
          + "with --expect")
    }
    guard let input else {
      evidence.require(Case.missing)
      return evidence.doubt(
        Case.missing, "an expected output says nothing without its input")
    }
    if reference.forward == nil && reference.steps == nil {
      evidence.require(Case.missing)
      evidence.doubt(Case.missing, "neither forward nor steps is given")
    }
    if let count = reference.channelCount {
      evidence.note(
        "PyTorch's output is there for the first \(count) of \(network.plan.output.frame[1]) channels, those of the "
          + "first outputs; the others are forward_1, forward_2, …")
    }
    if reference.forward != nil {
      evidence.require(Case.architecture("forward"))
      evidence.require(Case.mode(.clip, "forward"))
      if !network.partsAtThisLength || network.onlyFrame != nil {
        evidence.require(Case.mode(.steps, "forward"))
        let (count, length) = (
          network.plan.outputCount(ofSteps: input.shape[2]),
          network.plan.outputLength(ofClip: input.shape[2]) ?? 0
        )
        if count > 0, !reference.isLastFrame || count == length {
          evidence.require(Case.mode(.step, "forward"))
        }
      }
    }
    if reference.steps != nil {
      // What comes of frames that do not belong together has no definition but the steps themselves.
      if network.misalignments.isEmpty { evidence.require(Case.architecture("steps")) }
      evidence.require(Case.mode(.step, "steps"))
    }
    if reference.stepsIndex != nil { evidence.require(Case.index) }
  }

  func run(_ evidence: inout Evidence) throws(VerificationError) {
    guard let reference, let input else { return }
    evidence.tell("PyTorch's output")
    let both = try network.run(JudgedClip(name: "input", clip: input))
    let steps = both.steps
    let clip = whatIsKnown(of: both.clip.output.widened)
    // The definition, and with rounding: once where that takes long and there are many numbers, else twice.
    let isOnce = network.isCostly && clip.shape.count > 100
    if isOnce {
      evidence.note(
        "how far rounding moves the output was tried once instead of twice: the definition takes long"
      )
    }
    let defined = concurrently(isOnce ? 2 : 3, if: network.isCostly) { number in
      Result { () throws(VerificationError) in
        number == 0
          ? try network.oracle.forward(input.widened)
          : try network.oracle.forward(
            input.widened, roundedBy: network.seed + UInt64(number - 1))
      }.map(whatIsKnown(of:))
    }
    let exact = defined[0]
    let noise = noise(defined.dropFirst(), of: exact)
    let all = steps.output.widened
    let stepped = all.frames(0..<steps.outputSteps.count)
    if let expected = reference.forward {
      judgeArchitecture("forward", exact, expected, noise: noise, &evidence)
      judge(.clip, "forward", clip, expected, noise: noise, &evidence)
      let made = PyTorchReference.Output(
        network.whatStepsMake(of: expected.values), isFloat32: expected.isFloat32)
      judge(.steps, "forward", whatIsKnown(of: all), made, noise: noise, &evidence)
      let count = min(stepped.shape[2], made.values.shape[2])
      let first = PyTorchReference.Output(
        made.values.frames(0..<count), isFloat32: expected.isFloat32)
      judge(.step, "forward", whatIsKnown(of: stepped), first, noise: noise, &evidence)
    }
    // PyTorch has stepped through the network as it is written.
    let written =
      network.misalignments.isEmpty ? nil : network.plan.steppedAsWritten(through: input)
    if let expected = reference.steps, let written {
      judge(.step, "steps", written.output.widened, expected, noise: noise, &evidence)
    } else if let expected = reference.steps {
      let count = expected.values.shape[2]
      let exact = Result { () throws(VerificationError) in
        let output = try network.oracle.steps(input.widened)
        return output.frames(0..<min(count, output.shape[2]))
      }
      judgeArchitecture("steps", exact, expected, noise: noise, &evidence)
      judge(.step, "steps", stepped, expected, noise: noise, &evidence)
    }
    if seesFrames {
      evidence.seen.add(trace(reference, clip, steps: written?.output.widened ?? all, evidence))
    }
    if let expected = reference.stepsIndex {
      let found = written?.steps ?? steps.outputSteps
      evidence.judge(
        Case.index, differing: Problem.differences(found, expected),
        of: max(expected.count, found.count),
        finding: Finding(.outputSteps(found: found, expected: expected), mode: .step))
    }
  }

  /// The element of the output that is farthest from PyTorch's, over time.
  private func trace(
    _ reference: PyTorchReference, _ clip: Tensor64, steps: Tensor64, _ evidence: Evidence
  ) -> Trace? {
    guard let expected = (reference.forward ?? reference.steps)?.values else { return nil }
    var clips: [(Trace.Source, Tensor64)] = [
      (.clip, clip),
      (network.misalignments.isEmpty ? .step : .written, whatIsKnown(of: steps)),
    ]
    if let forward = reference.forward { clips.append((.pytorch, forward.values)) }
    if let steps = reference.steps { clips.append((.pytorchSteps, steps.values)) }
    let rows = evidence.endToEnd.filter { $0.shape != nil }
    let worst = rows.max {
      $0.comparison.worst * $1.comparison.allowed < $1.comparison.worst * $0.comparison.allowed
    }
    return Trace(
      profile: "input", offset: worst?.comparison.worstOffset,
      of: worst?.shape ?? expected.shape, error: worst?.comparison.worst ?? 0,
      allowed: worst?.comparison.allowed ?? 0, clips)
  }

  /// Of an output, what PyTorch's is compared with: all frames, or the last one, of all channels or the first ones.
  private func whatIsKnown(of output: Tensor64) -> Tensor64 {
    let output = reference?.channelCount.map(output.channels) ?? output
    let frames = output.shape[2]
    guard reference?.isLastFrame ?? false, frames > 0 else { return output }
    return output.frames(frames - 1..<frames)
  }

  /// How far rounding moves the output; nil where the network has no definition.
  private func noise(
    _ moved: some Sequence<Result<Tensor64, VerificationError>>,
    of exact: Result<Tensor64, VerificationError>
  ) -> ReferenceNoise? {
    guard case .success(let exact) = exact else { return nil }
    return ReferenceNoise(of: moved.compactMap { try? $0.get() }, from: exact)
  }
}

extension Tensor64 {
  /// The first so many channels, as far as there are any.
  fileprivate func channels(_ count: Int) -> Tensor64 {
    guard shape.rank > 1, count < shape[1], shape[0] > 0 else { return self }
    let (whole, own) = (self.shape.count / shape[0], self.shape.count / shape[0] / shape[1] * count)
    return Tensor64(
      Shape([shape[0], count] + shape.axes.dropFirst(2)),
      (0..<shape[0]).flatMap { scalars[$0 * whole..<$0 * whole + own] })
  }
}

// MARK: - Judging

extension ReferenceCheck {
  /// Whether PyTorch's output or our weights were rounded to float32, so that agreement to 1e-9
  /// cannot be asked for.
  private func isRounded(_ expected: PyTorchReference.Output) -> Bool {
    expected.isFloat32 || roundsWeights
  }

  /// Compares the network in float64 with a tensor of PyTorch's.
  private func judgeArchitecture(
    _ tensor: String, _ exact: Result<Tensor64, VerificationError>,
    _ expected: PyTorchReference.Output, noise: ReferenceNoise?, _ evidence: inout Evidence
  ) {
    let requirement = Case.architecture(tensor)
    let got: Tensor64
    switch exact {
    case .success(let output): got = output
    case .failure(let error):
      evidence.doubt(requirement, error.description)
      return evidence.find(
        Finding(
          .architectureUndecided(reason: error.reason), module: error.path, profiles: [tensor]))
    }
    // Rounded weights move the output about as far as rounded arithmetic does.
    let limits = ReferenceNoise.limits(for: expected.values) { channel, rms in
      let noise = noise?[channel] ?? 0
      return isRounded(expected) ? 1e-7 * rms + 8 * noise : 1e-11 * rms + 0x1p-25 * noise
    }
    if isRounded(expected) {
      let reason =
        expected.isFloat32 ? "PyTorch's output is float32" : "weights were rounded to float32"
      evidence.note(
        "\(tensor): \(reason), so the architecture is judged to "
          + "\(Number.short(limits.max() ?? 0)) instead of "
          + "\(Number.short(1e-11 * expected.values.rms))")
    }
    let rms = expected.values.rms
    let comparison = evidence.judge(requirement, got, expected.values, limits: limits) { found in
      let cause =
        tensor == "forward"
        ? cause(
          of: expected.values,
          within: isRounded(expected) && rms > 0 ? (limits.max() ?? 0) / rms : 1e-11) : nil
      let path = cause?.path ?? ""
      return Finding(
        .architecture(found, cause), module: path,
        moduleDescription: path.isEmpty ? "" : network.oracle.module(at: path)?.description ?? "",
        mode: requirement.mode, profiles: [tensor])
    }
    guard let comparison else { return }
    evidence.add(EndToEnd(pair: "f64/PyTorch", profile: tensor, comparison: comparison))
  }

  /// Why PyTorch's output is another one; nil where that is not looked for.
  private func cause(of truth: Tensor64, within tolerance: Double) -> ReferenceCause? {
    guard let input, truth.shape.rank == network.plan.output.frame.rank + 1,
      !(reference?.isLastFrame ?? false), reference?.channelCount == nil
    else { return nil }
    return CauseSearch(
      oracle: network.oracle, input: input.widened, truth: truth,
      layers: reference?.layers ?? [], samples: reference?.samples ?? [], tolerance: tolerance,
      seconds: causeSeconds
    ).cause()
  }

  /// Compares a mode with a tensor of PyTorch's, where that is in the plan.
  private func judge(
    _ mode: Mode, _ tensor: String, _ got: Tensor64, _ expected: PyTorchReference.Output,
    noise: ReferenceNoise?, _ evidence: inout Evidence
  ) {
    let requirement = Case.mode(mode, tensor)
    guard evidence.requires(requirement) else { return }
    let rms = expected.values.rms
    let worst = noise?.largest ?? 0
    let widest = rms == 0 ? .infinity : 1e-3 * rms
    // Where rounding could be more than this, the difference has to be less all the same.
    let isDecided =
      worst <= widest || got.shape != expected.values.shape
      || Comparison(got, expected.values, within: Tolerance(allowed: widest)).exceeding.isEmpty
    guard isDecided else {
      evidence.doubt(
        requirement,
        "rounding noise of \(Number.short(worst)) is more than a thousandth of the rms "
          + Number.short(rms))
      return evidence.find(Finding(.referenceUndecided(noise: worst, rms: rms), mode: mode))
    }
    let limits = ReferenceNoise.limits(for: expected.values) { channel, own in
      min(
        1e-6 * own + (noise?[channel] ?? 1e-5 * own) * (isRounded(expected) ? 8 : 4),
        widest)
    }
    judge(
      requirement, pair: "\(mode.rawValue)/PyTorch", got, expected, limits: limits, &evidence
    ) { .reference(mode, $0) }
    evidence.resolved(
      againstPyTorch: Report.Resolution(
        absolute: limits.max() ?? 0, relative: rms == 0 ? 0 : (limits.max() ?? 0) / rms))
  }

  private func judge(
    _ requirement: Requirement, pair: String, _ got: Tensor64,
    _ expected: PyTorchReference.Output, limits: [Double], _ evidence: inout Evidence,
    problem: (Problem.Discrepancy) -> Problem
  ) {
    let profile = requirement.profile ?? ""
    let comparison = evidence.judge(
      requirement, got, expected.values, limits: limits,
      finding: { Finding(problem($0), mode: requirement.mode, profiles: [profile]) })
    guard let comparison else { return }
    if seesFrames {
      evidence.see(pair: pair, profile: profile, got, expected.values) { limits[$0] }
    }
    evidence.add(
      EndToEnd(
        pair: pair, profile: profile, comparison: comparison, shape: expected.values.shape))
  }
}
