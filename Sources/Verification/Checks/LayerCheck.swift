import Continual
import Tensors
import TextLayout

/// CV3: each module against its definition in float64, on the very input that it received.
///
/// Because every module starts from its own input, errors of the modules before it do not add up, and
/// a bug is named where it is, however deep the network.
struct LayerCheck {
  static let codes: Set<CheckCode> = [.layer, .layerUndecided]

  /// What a multiplication in `Double` costs, with all that is compared along, in those of the modes.
  static let costOfDouble = 3.0

  let network: NetworkUnderTest

  /// About how many multiplications in `Double` the definitions may cost.
  let budget: Double

  /// The file that a command shows findings of again; empty where there is none.
  let path: String

  /// Whether modules are judged on frames of other sizes as well, so that one of the clips can be enough.
  var hasOtherSizes = false

  /// Whether it is kept how far each frame is off, for a page that shows it.
  var seesFrames = false

  private var plan: Plan { network.plan }

  /// With how many of the clips modules are judged: as many as the budget allows, and so many that there
  /// are at least two inputs, of which other sizes are one.
  func caseCount(of cases: [ClipCase]) -> Int {
    let inputs = max(2, Int(min(budget / max(network.judgingCost, 1), 1e6)))
    return min(cases.count, hasOtherSizes ? inputs - 1 : inputs)
  }

  /// Whether the budget allows for ten clips and more.
  var affordsAllInputs: Bool { network.judgingCost * 10 <= budget }

  /// A stream that is long enough for outputs to come before the end padding, where the clips of the
  /// run are not; nil where they are, or where it would take too long.
  var longStream: ClipCase? {
    guard plan.outputCount(ofSteps: network.clipLength) < 2 else { return nil }
    let length = network.streamLength(outputs: 3)
    guard network.canAfford(frames: length, times: 4) else { return nil }
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
    if count < cases.count {
      evidence.note(
        "layers are compared with float64 on \(count) of \(cases.count) inputs ("
          + cases.prefix(count).map(\.name).joined(separator: ", ")
          + ")\(hasOtherSizes ? " and on frames of other sizes" : ""); the others would take too long, and are compared between the modes only"
      )
    }
  }

  /// Adds the longer stream to the plan, where there is one.
  func planLongStream(_ evidence: inout Evidence) {
    guard let stream = longStream else {
      guard plan.outputCount(ofSteps: network.clipLength) < 2 else { return }
      return evidence.note(
        "the steps of layers were judged with their end padding only: a stream that is long enough for "
          + "outputs before it takes too long")
    }
    for index in network.judged { evidence.require(requirement(index, .step, stream.name)) }
  }

  /// Adds an input to the plan, for all modules in both modes.
  func plan(profile: String, _ evidence: inout Evidence) {
    for index in network.judged {
      for mode in [Mode.clip, .step] { evidence.require(requirement(index, mode, profile)) }
    }
  }

  private func requirement(_ index: Int, _ mode: Mode, _ profile: String) -> Requirement {
    Requirement(.layer, module: plan.modules[index].path, mode: mode, profile: profile)
  }
}

// MARK: - Outcomes

/// What came of comparing one module with its definition, in one mode on one input.
struct LayerOutcome: Sendable {
  enum Result: Sendable {
    /// It was compared.
    case compared(Comparison)
    /// It made another shape.
    case shapes(got: Shape, want: Shape)
    /// It could not be compared.
    case undecided(String)
  }

  let index: Int
  let mode: Mode
  let profile: String
  let result: Result
  /// What is said of a difference.
  var finding: Finding?
  /// Whether a NaN where there should be one counts as compared, as with inputs that are made to have some.
  var countsNaN = false
  /// How far each frame is off; empty where nobody asks.
  var frames: [FrameError] = []
  /// The worst element over time, where it differs and somebody asks.
  var trace: Trace?

  /// The same of the steps, which have the same bits.
  var ofSteps: LayerOutcome {
    LayerOutcome(index: index, mode: .step, profile: profile, result: result, frames: frames)
  }

  /// Whether nothing is wrong and nothing open.
  var isOK: Bool {
    guard case .compared(let comparison) = result else { return false }
    return comparison.measurement.verdict == .ok
  }
}

extension LayerCheck {
  /// Compares one module with its definition, in both modes.
  ///
  /// - Parameters:
  ///   - index: the module.
  ///   - run: both modes on one input.
  ///   - countsNaN: whether a NaN where there should be one counts as compared.
  /// - Returns: an outcome for each mode.
  func outcomes(_ index: Int, _ run: CaseRun, countsNaN: Bool = false) -> [LayerOutcome] {
    let outcomes = outcomes(of: index, run)
    guard countsNaN else { return outcomes }
    return outcomes.map { outcome in
      var outcome = outcome
      outcome.countsNaN = true
      return outcome
    }
  }

  private func outcomes(of index: Int, _ run: CaseRun) -> [LayerOutcome] {
    let place = plan.modules[index]
    // Where a module means the same in both modes and got the same bits, the definition need not be
    // asked again.
    let isSame =
      place.module.divergence(frame: place.input.frame) == nil
      && (place.inputs + place.inside.map { plan.modules[$0].output }).allSatisfy {
        recorded($0, run.steps).hasSameBits(as: recorded($0, run.clip))
      }
    let asked = Result { () throws(VerificationError) in
      try definition(index, run.clip, isSteps: false)
    }
    let clip = outcome(index, .clip, run.clip, run.name, asked, other: run.steps)
    if isSame, clip.isOK, run.steps.unequalEnds == nil,
      recorded(place.output, run.steps).hasSameBits(as: recorded(place.output, run.clip))
    {
      return [clip, clip.ofSteps]
    }
    return [
      clip, stepOutcome(index, run.steps, run.name, known: isSame ? asked : nil, other: run.clip),
    ]
  }

  /// Compares the clip mode of one module with its definition.
  func clipOutcome(_ index: Int, _ clip: Recording, _ name: String) -> LayerOutcome {
    let asked = Result { () throws(VerificationError) in
      try definition(index, clip, isSteps: false)
    }
    return outcome(index, .clip, clip, name, asked, other: nil)
  }

  /// Compares the steps of one module with its definition.
  ///
  /// - Parameters:
  ///   - index: the module.
  ///   - steps: what a stream put on the wires.
  ///   - name: the name of the input.
  ///   - known: what the definition says, if it was asked before.
  ///   - other: the clip mode on the same input.
  /// - Returns: the outcome.
  func stepOutcome(
    _ index: Int, _ steps: Recording, _ name: String,
    known: Result<Definition, VerificationError>? = nil, other: Recording? = nil
  ) -> LayerOutcome {
    let asked =
      known
      ?? Result { () throws(VerificationError) in try definition(index, steps, isSteps: true) }
    return outcome(index, .step, steps, name, asked, other: other)
  }

  /// Enters what came of a comparison.
  func enter(_ outcome: LayerOutcome, _ evidence: inout Evidence) {
    let key = LayerKey(index: outcome.index, mode: outcome.mode)
    let requirement = requirement(outcome.index, outcome.mode, outcome.profile)
    switch outcome.result {
    case .compared(let comparison):
      let measured = comparison.measurement
      evidence.record(
        requirement,
        Measurement(
          elements: outcome.countsNaN
            ? max(comparison.elements, comparison.nonFinite) : measured.elements,
          worst: measured.worst, allowed: measured.allowed))
      if !outcome.countsNaN {
        evidence.add(comparison, to: key)
        evidence.see(outcome, most: SeenFrames.mostCells(ofModules: network.judged.count))
      }
      if let bound = comparison.openBound {
        doubt(outcome, doubtWords(comparison, bound, plan.modules[outcome.index]), &evidence)
      }
    case .shapes(let got, let want):
      evidence.record(
        requirement,
        Measurement(elements: max(got.count, want.count, 1), worst: .infinity))
      evidence.add(nil, to: key)
    case .undecided(let reason): doubt(outcome, reason, &evidence)
    }
    evidence.find(outcome.finding)
  }

  private func doubtWords(
    _ comparison: Comparison, _ bound: Double, _ place: PlacedModule
  ) -> String {
    let products = (place.module as? any Referenced)?.operationsPerElement ?? 0
    return
      "a difference of \(Number.short(comparison.worst)) is more than rounding usually makes, and less "
      + "than it can: the bound on the rounding"
      + (products > 1 ? " of sums of \(Number.count(products, "product"))" : "") + " is "
      + "\(Number.short(bound)), more than a thousandth of the rms \(Number.short(comparison.rms))"
  }

  private func doubt(_ outcome: LayerOutcome, _ reason: String, _ evidence: inout Evidence) {
    let (index, mode, profile) = (outcome.index, outcome.mode, outcome.profile)
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
}

// MARK: - One comparison

extension LayerCheck {
  /// What a module should have made of what it received.
  private func definition(
    _ index: Int, _ recording: Recording, isSteps: Bool
  ) throws(VerificationError) -> Definition {
    let place = plan.modules[index]
    if let reduce = place.module as? Reduce {
      return try Combination.definition(
        of: place.inputs.map { recorded($0, recording).widened }, by: reduce.reduction,
        isSteps: isSteps)
    }
    guard let module = plan.moduleToJudge(at: index) as? any Referenced else {
      throw VerificationError(.oracle(.type(place.module.typeName)))
    }
    return try module.definition(
      recorded(place.input, recording).widened, inside: ObservedInside(plan, place, recording),
      isSteps: isSteps)
  }

  private func recorded(_ wire: Wire, _ recording: Recording) -> Tensor {
    guard let clip = recording.wires[wire] else {
      preconditionFailure("a judged module was not recorded")
    }
    return clip
  }

  /// Compares what a module made in one mode with what it should have made.
  ///
  /// - Parameters:
  ///   - index: the module.
  ///   - mode: which of the two recordings is judged.
  ///   - recording: what was put on the wires.
  ///   - profile: the name of the input.
  ///   - asked: what the definition says.
  ///   - other: the other mode on the same input, for showing what it made.
  /// - Returns: the outcome.
  private func outcome(
    _ index: Int, _ mode: Mode, _ recording: Recording, _ profile: String,
    _ asked: Result<Definition, VerificationError>, other: Recording?
  ) -> LayerOutcome {
    func made(_ result: LayerOutcome.Result, _ finding: Finding? = nil) -> LayerOutcome {
      LayerOutcome(index: index, mode: mode, profile: profile, result: result, finding: finding)
    }
    let place = plan.modules[index]
    var definition: Definition
    switch asked {
    case .success(let known): definition = known
    case .failure(let error): return made(.undecided(error.reason))
    }
    if mode == .step && recording.unequalEnds != nil {
      // The end padding did not run; the frames before it are the first of those of the definition.
      let count = plan.outputCount(of: place.output, ofSteps: recording.length)
      definition = definition.first(min(count, definition.values.shape[2]))
    }
    let got = recorded(place.output, recording)
    let want = definition.values
    guard got.shape == want.shape else {
      return made(
        .shapes(got: got.shape, want: want.shape),
        finding(.layer(.shapes(got: got.shape, want: want.shape)), index, mode, profile))
    }
    let comparison = comparison(
      got, definition, of: place.module, recorded(place.input, recording))
    let frames =
      seesFrames
      ? self.frames(
        comparison, got, definition, of: place.module, recorded(place.input, recording), profile)
      : []
    guard comparison.measurement.verdict == .fail else {
      var outcome = made(.compared(comparison))
      outcome.frames = frames
      return outcome
    }
    let stepped = mode == .step ? recording.stepped[place.output] ?? 0 : 0
    let deviation = Deviation(
      comparison, got: got.widened, want: want, other: other?.wires[place.output],
      step: { $0 < stepped ? plan.step(ofOutput: $0, of: place.output) : nil })
    var outcome = made(
      .compared(comparison),
      finding(
        .layer(.values(deviation)), index, mode, profile,
        replay: network.replay(path, profile: profile)))
    outcome.frames = frames
    if seesFrames {
      outcome.trace = trace(
        comparison, of: place.path, mode, got, want, other: other?.wires[place.output], profile)
    }
    return outcome
  }

  /// The comparison of a module with its definition, by what it says of its rounding.
  private func comparison(
    _ got: Tensor, _ definition: Definition, of module: any Module, _ input: Tensor
  ) -> Comparison {
    let want = definition.values
    switch definition.rounding {
    case .none: return Comparison(got, want, within: .exact)
    case .part(let part, let least):
      return Comparison(got, want, part: part, least: least)
        .openWhereTooWide(got, want) { part * abs(want.scalars[$0]) + least }
    case .within(let limits):
      return Comparison(got, want, limits: limits).openWhereTooWide(got, want) {
        Double(limits[$0])
      }
    case .usual(let deviations):
      let screened = Comparison(
        got, want, limits: deviations, times: Comparison.usualDeviations)
      return refined(screened, got, want, deviations, of: module, input)
    case .unknown(let largest):
      let screened = Comparison(got, want, within: Tolerance(for: want, scale: largest))
      return refined(screened, got, want, nil, of: module, input)
    }
  }

  /// The comparison, where elements beyond the screen are judged by the module's own bounds.
  private func refined(
    _ screened: Comparison, _ got: Tensor, _ want: Tensor64, _ deviations: [Float]?,
    of module: any Module, _ input: Tensor
  ) -> Comparison {
    guard !screened.exceeding.isEmpty else { return screened }
    var comparison = screened
    let wide = got.widened
    if let bounded = module as? any RoundingBounded,
      let bound = try? bounded.roundingBound(input.widened), bound.shape.rank == got.shape.rank
    {
      comparison = comparison.judged(
        by: bound,
        deviation: deviations.map { Tensor64(got.shape, $0.map(Double.init)) }
          ?? (try? bounded.roundingDeviation(input.widened)), got: wide, want: want)
    }
    if !comparison.exceeding.isEmpty, let measured = module as? any NoiseMeasured,
      let noise = try? measured.noise(input.widened)
    {
      let bound = Tensor64(
        got.shape,
        got.scalars.indices.map {
          Tolerance.ofNoise * noise + Comparison.usualDeviations * Double(deviations?[$0] ?? 0)
        })
      comparison = comparison.judged(by: bound, got: wide, want: want)
    }
    return comparison
  }
}

extension Definition {
  /// The first frames of a clip.
  fileprivate func first(_ frames: Int) -> Definition {
    let shape = values.shape
    return Definition(
      values: values.frames(0..<frames),
      rounding: rounding.mapped { Tensor(shape, $0).frames(0..<frames).scalars })
  }
}
