import Continual
import Tensors

/// What the checks of a run required, measured and found.
struct Evidence {
  /// What is required, and what came of it.
  private(set) var ledger = Ledger()

  /// What is wrong, and what keeps the verdict open.
  private(set) var findings: [Finding] = []

  /// What a reader should know and no finding says.
  private(set) var notes: [String] = []

  /// What was seen of each module in each mode.
  private(set) var layers: [LayerKey: LayerTally] = [:]

  /// Two modes, or a mode and a reference, end to end.
  private(set) var endToEnd: [EndToEnd] = []

  /// What streams were seen to do.
  private(set) var timing = MeasuredTiming()

  /// What a page shows of frames; empty where none is asked for.
  var seen = SeenFrames()

  /// What could have stayed unseen against PyTorch's output; nil where there is none.
  private(set) var pytorchResolution: Report.Resolution?

  /// Findings that are only said where nothing else explains them.
  private var lesser: [Finding] = []

  /// Told how far a check is; nil where nobody asks.
  private let progress: (@Sendable (_ activity: String, _ fraction: Double) -> Void)?

  /// When the time is over; nil for never.
  private let deadline: ContinuousClock.Instant?

  /// Which requirements are asked of how far it is; nil for all.
  private var own: Range<Int>?

  /// Whether the time that was given is over.
  var isOver: Bool { deadline.map { ContinuousClock.now > $0 } ?? false }

  /// Starts with nothing.
  ///
  /// - Parameter deadline: when the time is over; nil for never.
  init(deadline: ContinuousClock.Instant? = nil) {
    self.deadline = deadline
    progress = nil
  }

  /// Starts with a plan, of which nothing has been measured, for one check that runs beside others.
  ///
  /// - Parameters:
  ///   - whole: has the plan, and ``add(_:)-(Evidence)`` takes up what comes of it.
  ///   - own: the requirements of the check.
  ///   - progress: called with what is being done, and the part of these requirements that is done.
  init(
    of whole: Evidence, own: Range<Int>,
    progress: @escaping @Sendable (_ activity: String, _ fraction: Double) -> Void
  ) {
    ledger = whole.ledger.blank
    deadline = whole.deadline
    self.own = own
    self.progress = progress
  }

  /// Takes up what came of a check that ran beside others.
  mutating func add(_ part: Evidence) {
    ledger.add(part.ledger)
    for finding in part.findings { find(finding) }
    lesser += part.lesser
    notes += part.notes
    for (key, tally) in part.layers { layers[key, default: LayerTally()].add(tally) }
    endToEnd += part.endToEnd
    timing.add(part.timing)
    seen.add(part.seen)
    if let resolution = part.pytorchResolution { resolved(againstPyTorch: resolution) }
  }
}

// MARK: - The plan

extension Evidence {
  /// Adds a comparison to the plan.
  mutating func require(_ requirement: Requirement) { ledger.require(requirement) }

  /// Whether a comparison is in the plan.
  func requires(_ requirement: Requirement) -> Bool { ledger.requires(requirement) }

  /// Tells how far the run has come.
  func tell(_ activity: String) {
    guard let progress else { return }
    let entries = ledger.entries[own ?? ledger.entries.indices]
    let done = entries.count { !$0.measurements.isEmpty || !$0.undecided.isEmpty }
    progress(activity, Double(done) / Double(max(entries.count, 1)))
  }
}

// MARK: - Comparing

extension Evidence {
  /// Compares two clips (B, C, T, S…) and enters what came of it; where they differ, makes a finding.
  ///
  /// - Parameters:
  ///   - requirement: the comparison, which is in the plan.
  ///   - got: what was computed.
  ///   - want: what should have been.
  ///   - tolerance: how far they may be apart.
  ///   - other: what the other mode computed, for showing it.
  ///   - step: the step that yielded an output frame, for showing it.
  ///   - finding: what to say of a difference; nil to say nothing.
  /// - Returns: the comparison; nil where the shapes differ.
  @discardableResult
  mutating func judge(
    _ requirement: Requirement, _ got: Tensor64, _ want: Tensor64, within tolerance: Tolerance,
    other: Tensor? = nil, step: (_ frame: Int) -> Int? = { _ in nil },
    finding: (Problem.Discrepancy) -> Finding?
  ) -> Comparison? {
    judge(
      requirement, got, want, other: other, step: step,
      compared: { Comparison(got, want, within: tolerance) }, finding: finding)
  }

  /// Compares two clips as ``judge(_:_:_:within:other:step:finding:)`` does, each element within a limit of
  /// its own.
  @discardableResult
  mutating func judge(
    _ requirement: Requirement, _ got: Tensor64, _ want: Tensor64, limits: [Double],
    finding: (Problem.Discrepancy) -> Finding?
  ) -> Comparison? {
    judge(
      requirement, got, want, other: nil, step: { _ in nil },
      compared: { Comparison(got, want, limits: limits) }, finding: finding)
  }

  private mutating func judge(
    _ requirement: Requirement, _ got: Tensor64, _ want: Tensor64, other: Tensor?,
    step: (_ frame: Int) -> Int?, compared: () -> Comparison,
    finding: (Problem.Discrepancy) -> Finding?
  ) -> Comparison? {
    guard got.shape == want.shape else {
      let elements = max(got.shape.count, want.shape.count, 1)
      ledger.record(requirement, Measurement(elements: elements, worst: .infinity))
      find(finding(.shapes(got: got.shape, want: want.shape)))
      return nil
    }
    let comparison = compared()
    ledger.record(requirement, comparison.measurement)
    if comparison.measurement.verdict == .fail {
      let deviation = Deviation(comparison, got: got, want: want, other: other, step: step)
      find(finding(.values(deviation)))
    }
    return comparison
  }

  /// Enters a count of what must not be; where it is not zero, makes a finding.
  ///
  /// - Parameters:
  ///   - requirement: the comparison, which is in the plan.
  ///   - differing: how many elements, frames or steps are wrong.
  ///   - elements: how many were looked at.
  ///   - finding: what to say of a count above zero.
  mutating func judge(
    _ requirement: Requirement, differing: Int, of elements: Int,
    finding: @autoclosure () -> Finding
  ) {
    ledger.record(requirement, Measurement(elements: elements, worst: Double(differing)))
    if differing > 0 { find(finding()) }
  }

  /// Enters what was measured otherwise.
  mutating func record(_ requirement: Requirement, _ measurement: Measurement) {
    ledger.record(requirement, measurement)
  }

  /// Enters that a comparison could not be made or decided.
  mutating func doubt(_ requirement: Requirement, _ reason: String) {
    ledger.doubt(requirement, reason)
  }
}

// MARK: - Findings and facts

extension Evidence {
  /// Enters a finding; of several for the same check, module and mode, the one that is farthest
  /// beyond what is allowed is kept.
  mutating func find(_ finding: Finding?) {
    guard let finding else { return }
    let same = findings.firstIndex {
      $0.code == finding.code && $0.module == finding.module
        // Where the two modes part is one matter, whichever way the steps were made.
        && ($0.mode == finding.mode || finding.code.isBetweenModes)
    }
    guard let same else { return findings.append(finding) }
    let profiles =
      findings[same].profiles
      + finding.profiles.filter { !findings[same].profiles.contains($0) }
    if finding.excess > findings[same].excess { findings[same] = finding }
    findings[same].profiles = profiles
  }

  /// Keeps a finding between the modes, to be said only if no layer and no other input shows anything.
  mutating func findUnlessExplained(_ finding: Finding) { lesser.append(finding) }

  /// Decides on findings that wait for others.
  mutating func settle() {
    let isExplained = findings.contains { $0.code.isBetweenModes || $0.code == .layer }
    if !isExplained { for finding in lesser { find(finding) } }
    lesser = []
    guard isOver else { return }
    for entry in ledger.entries where entry.measurements.isEmpty && entry.undecided.isEmpty {
      ledger.doubt(entry.requirement, "was not compared: the time that was given is over")
    }
  }

  /// Adds something that a reader should know.
  mutating func note(_ text: String) { notes.append(text) }

  /// Adds a comparison to the list of those from end to end.
  mutating func add(_ row: EndToEnd) { endToEnd.append(row) }

  /// Adds what was seen of a module in one mode.
  mutating func add(_ comparison: Comparison?, to key: LayerKey) {
    layers[key, default: LayerTally()].add(comparison)
  }

  /// Adds that a module could not be judged in one mode.
  mutating func addDoubt(to key: LayerKey) {
    layers[key, default: LayerTally()].verdict = .inconclusive
  }

  /// Adds how far the modes are apart at a module that was compared.
  mutating func add(modesDifference error: Double, to key: LayerKey) {
    guard let seen = layers[key]?.modesMaxAbs else {
      layers[key]?.modesMaxAbs = max(0, error)
      return
    }
    layers[key]?.modesMaxAbs = max(seen, error)
  }

  /// Enters what could have stayed unseen against PyTorch's output.
  mutating func resolved(againstPyTorch resolution: Report.Resolution) {
    guard resolution.absolute > pytorchResolution?.absolute ?? -1 else { return }
    pytorchResolution = resolution
  }

  /// Enters when outputs came.
  mutating func measured(warmUp: Int?, rate: Rate?) {
    timing.warmUp = warmUp
    timing.rate = rate
  }

  /// Enters how many frames one frame was seen to reach.
  mutating func measured(receptiveField: Int) { timing.receptiveField = receptiveField }
}

extension CheckCode {
  /// Whether it is a difference between clip and steps, end to end.
  fileprivate var isBetweenModes: Bool {
    [CheckCode.modes, .shift, .padding, .meaning].contains(self)
  }
}

/// What streams were seen to do; nil where it was not measured.
struct MeasuredTiming {
  /// The step that yielded the first output.
  var warmUp: Int?
  /// How many outputs came of how many steps.
  var rate: Rate?
  /// The number of frames that one frame was seen to reach.
  var receptiveField: Int?

  /// Takes up what another check has seen.
  fileprivate mutating func add(_ other: MeasuredTiming) {
    warmUp = other.warmUp ?? warmUp
    rate = other.rate ?? rate
    receptiveField = other.receptiveField ?? receptiveField
  }
}

/// Two modes, or a mode and a reference, compared end to end.
struct EndToEnd {
  /// What is compared, as in `clip/step`.
  let pair: String
  let profile: String
  let comparison: Comparison
  /// The shape of what was compared, where a page may show an element of it.
  var shape: Shape?
}
