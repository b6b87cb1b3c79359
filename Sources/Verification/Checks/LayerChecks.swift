import Continual
import Tensors

/// A module in one mode.
struct LayerKey: Hashable {
  let index: Int
  let mode: Mode
}

/// What has been seen of a module in one mode, over all inputs.
struct LayerTally {
  var cases = 0
  var elements = 0
  var nonFinite = 0
  var maxAbs = 0.0
  var sum = 0.0
  var rms = 0.0
  var allowed = 0.0
  /// The smallest difference that was not allowed with every input.
  var resolution = Double.infinity
  /// The same, as a part of the rms of the output.
  var relativeResolution = Double.infinity
  var modesMaxAbs: Double?
  var verdict = Verdict.ok
}

/// CV3: each module against its definition in float64, on the very input that it received.
///
/// Because every module starts from its own input, errors of the modules before it do not add up, and
/// a bug is named where it is, however deep the network.
extension VerificationRun {
  mutating func planLayers() {
    for clipCase in cases.prefix(layerCases) {
      for index in judged {
        for mode in [Mode.clip, .step] { ledger.require(requirement(index, mode, clipCase.name)) }
      }
    }
    if let stream = longStream {
      for index in judged { ledger.require(requirement(index, .step, stream.name)) }
    }
    if layerCases < cases.count {
      notes.append(
        "layers are compared with float64 on \(layerCases) of \(cases.count) inputs ("
          + cases.prefix(layerCases).map(\.name).joined(separator: ", ")
          + "); the others would take too long, and are compared between the modes only")
    }
  }

  private func requirement(_ index: Int, _ mode: Mode, _ profile: String) -> Requirement {
    Requirement(.layer, module: plan.modules[index].path, mode: mode, profile: profile)
  }

  /// Compares one module with its oracle, in both modes.
  mutating func judge(_ index: Int, _ run: CaseRun) {
    let place = plan.modules[index]
    var known: Tensor64?
    do throws(VerificationError) {
      let want = try oracleOutput(index, run.clip, isSteps: false)
      known = want
      compare(index, .clip, run.clip, run.name, want, other: run.steps)
    } catch {
      doubt(index, .clip, run.name, error.reason)
    }
    // Where a module means the same in both modes and got the same bits, the oracle need not be
    // asked again.
    let isSame =
      place.inside.isEmpty && place.inputs.count == 1
      && place.module.divergence(frame: place.input.frame) == nil
      && recorded(place.input, run.steps).hasSameBits(as: recorded(place.input, run.clip))
    judgeSteps(index, run.steps, run.name, known: isSame ? known : nil, other: run.clip)
  }

  /// Compares the steps of one module with its oracle.
  ///
  /// - Parameters:
  ///   - index: the module.
  ///   - steps: what a stream put on the wires.
  ///   - name: the name of the input.
  ///   - known: what the oracle says, if it was asked before.
  ///   - other: the clip mode on the same input.
  private mutating func judgeSteps(
    _ index: Int, _ steps: Recording, _ name: String, known: Tensor64?, other: Recording?
  ) {
    do throws(VerificationError) {
      let want: Tensor64
      if let known {
        want = known
      } else {
        want = try oracleOutput(index, steps, isSteps: true)
      }
      compare(index, .step, steps, name, want, other: other)
    } catch {
      doubt(index, .step, name, error.reason)
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

  /// A stream that is long enough for outputs to come before the end padding, where the clips of the
  /// run are not; nil where they are, or where it would take too long.
  var longStream: ClipCase? {
    guard plan.outputCount(ofSteps: subject.clipLength) < 2 else { return nil }
    let length = streamLength(outputs: 3)
    guard canAfford(frames: length) else { return nil }
    return ClipCase(
      .normal, frame: subject.frame, frames: length, seed: options.seed, name: "stream")
  }

  /// Compares the steps of all modules over a long stream with their oracles.
  mutating func checkLongStream() throws(VerificationError) {
    guard let clipCase = longStream else { return }
    tell("input \(clipCase.name)")
    let clip = clipCase.second
    var stream = plan.makeStream()
    _ = try steps(clipCase.first, through: &stream)
    let groups = plan.groups(
      of: judged, frames: clipCase.length, budget: options.recordingBudget)
    for group in groups {
      let wires = group.reduce(into: Set<Wire>()) { $0.formUnion(plan.wires(ofModule: $1)) }
      stream.reset()
      let run = try steps(clip, through: &stream, recording: wires)
      for index in group { judgeSteps(index, run, clipCase.name, known: nil, other: nil) }
    }
  }

  private mutating func doubt(_ index: Int, _ mode: Mode, _ profile: String, _ reason: String) {
    let place = plan.modules[index]
    ledger.doubt(requirement(index, mode, profile), reason)
    layers[LayerKey(index: index, mode: mode), default: LayerTally()].verdict = .inconclusive
    find(
      Finding(
        .layerUndecided, verdict: .inconclusive, module: place.path,
        moduleDescription: place.module.description, mode: mode, profiles: [profile],
        message: "could not be compared with float64: \(reason)"))
  }

  /// - Parameters:
  ///   - index: the module.
  ///   - mode: which of the two recordings is judged.
  ///   - recording: what was put on the wires.
  ///   - profile: the name of the input.
  ///   - want: what the oracle says.
  ///   - other: the other mode on the same input, for showing what it made.
  private mutating func compare(
    _ index: Int, _ mode: Mode, _ recording: Recording, _ profile: String, _ want: Tensor64,
    other: Recording?
  ) {
    let place = plan.modules[index]
    let input = recorded(place.input, recording)
    var (got, want) = (recorded(place.output, recording).widened, want)
    if mode == .step && recording.unequalEnds != nil {
      // The end padding did not run; the frames before it are the first of those of the oracle.
      let count = plan.outputCount(of: place.output, ofSteps: recording.length)
      want = want.frames(0..<min(count, want.shape[2]))
    }
    guard got.shape == want.shape else {
      let count = max(got.shape.count, want.shape.count, 1)
      ledger.record(
        requirement(index, mode, profile), Measurement(elements: count, worst: .infinity))
      layers[LayerKey(index: index, mode: mode), default: LayerTally()].verdict = .fail
      find(
        Finding(
          .layer, module: place.path, moduleDescription: place.module.description, mode: mode,
          profiles: [profile],
          message: "makes a clip of shape \(got.shape), and should make \(want.shape)",
          error: .infinity,
          hint: got.shape[2] == want.shape[2] ? nil : "frames are missing or too many"))
      return
    }
    let scale = (place.module as? any Referenced)?.largestTerm(input) ?? input.largestMagnitude
    let screen = Tolerance(for: want, scale: scale)
    var comparison = Comparison(got, want, within: screen)
    if !comparison.exceeding.isEmpty, let bounded = place.module as? any RoundingBounded,
      let bound = try? bounded.roundingBound(input.widened), bound.shape.rank == got.shape.rank
    {
      comparison = comparison.judged(by: bound, got: got, want: want)
    }
    if !comparison.exceeding.isEmpty, let measured = place.module as? any NoiseMeasured,
      let noise = try? measured.noise(input.widened)
    {
      let bound = Tensor64(got.shape, repeating: Tolerance.ofNoise * noise)
      comparison = comparison.judged(by: bound, got: got, want: want)
    }
    record(
      index, mode, recording, profile, comparison, got: got, want: want,
      other: other.flatMap { $0.wires[place.output] })
  }

  private mutating func record(
    _ index: Int, _ mode: Mode, _ steps: Recording, _ profile: String,
    _ comparison: Comparison, got: Tensor64, want: Tensor64, other: Tensor?
  ) {
    let measurement = comparison.measurement
    ledger.record(requirement(index, mode, profile), measurement)
    let key = LayerKey(index: index, mode: mode)
    layers[key, default: LayerTally()].add(comparison)
    guard measurement.verdict == .fail else { return }
    let place = plan.modules[index]
    let description = Difference(comparison, got: got, want: want)
    var finding = Finding(
      .layer, module: place.path, moduleDescription: place.module.description, mode: mode,
      profiles: [profile],
      message: "differs from its definition in float64 by \(Number.short(comparison.worst))"
        + Number.ratio(comparison.worst, comparison.allowed),
      error: comparison.worst, allowed: comparison.allowed, pattern: description.pattern,
      hint: description.hint)
    let isStep = mode == .step
    finding.locate(comparison, got: got, want: want) { frame in
      guard isStep, frame < (steps.stepped[place.output] ?? 0) else { return nil }
      return plan.timing(of: place.output).step(ofOutput: frame)
    }
    if let offset = comparison.worstOffset, let other, other.shape == got.shape {
      finding.otherMode = Double(other.scalars[offset])
    }
    finding.replay = replay(profile: profile)
    find(finding)
  }

  /// Notes how far the modes are apart at a module.
  mutating func note(_ index: Int, modesDifference error: Double) {
    for mode in [Mode.clip, .step] {
      let key = LayerKey(index: index, mode: mode)
      guard var tally = layers[key] else { continue }
      tally.modesMaxAbs = max(tally.modesMaxAbs ?? 0, error)
      layers[key] = tally
    }
  }

  /// The command that shows a finding again.
  func replay(profile: String) -> String? {
    // The user's own clip is named on the command line already.
    guard !subject.loading.path.isEmpty, profile != "input" else { return nil }
    let model =
      subject.loading.path.contains(" ")
      ? "'\(subject.loading.path)'" : subject.loading.path
    return "coverify verify \(model) --seed \(options.seed) --batch \(subject.frame[0]) --frames "
      + String(subject.clipLength)
  }
}

extension LayerTally {
  /// Adds what came of one input.
  fileprivate mutating func add(_ comparison: Comparison) {
    cases += 1
    elements += comparison.elements
    nonFinite += comparison.nonFinite
    resolution = min(resolution, comparison.screen)
    if comparison.rms > 0 {
      relativeResolution = min(relativeResolution, comparison.screen / comparison.rms)
    }
    sum += comparison.mean * Double(comparison.elements)
    // The row shows the input that comes closest to what is allowed, or goes farthest beyond.
    let isWorse =
      cases == 1 || comparison.worst * allowed >= maxAbs * comparison.allowed
    if isWorse {
      maxAbs = comparison.worst
      allowed = comparison.allowed
      rms = comparison.rms
    }
    switch comparison.measurement.verdict {
    case .fail: verdict = .fail
    case .inconclusive where verdict == .ok: verdict = .inconclusive
    case .ok, .inconclusive: break
    }
  }
}
