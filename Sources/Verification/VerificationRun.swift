import Continual
import Tensors

/// One run of a verifier: what is judged, the plan of comparisons, and what came to light.
///
/// The checks are in extensions, one a file. Each has a `plan…` part, which writes down what is
/// required, and a `check…` part, which does it.
struct VerificationRun {
  let subject: Subject
  let options: Verifier.Options
  let plan: Plan
  let oracle: NetworkOracle

  /// The modules whose steps can mean something else than their clip.
  let divergences: [Divergence]

  /// The clips that layers and modes are compared with.
  let cases: [ClipCase]

  /// The indices in ``Plan/modules`` of those that are compared with their oracle.
  let judged: [Int]

  /// How many of ``cases`` layers are judged with.
  let layerCases: Int

  /// The network for a batch of at least two; nil where it cannot be made for one.
  let lanePlan: Plan?

  /// Whether clip and steps mean different things at the length of the clips.
  let partsAtThisLength: Bool

  /// The most multiplications that a single check of time or memory may cost.
  private static let longestClipCost = 40e9

  /// The most numbers that a made-up clip may have: a gigabyte.
  private static let largestClip = Double(1 << 28)

  var ledger = Ledger()
  var findings: [Finding] = []
  var notes: [String] = []
  var layers: [LayerKey: LayerTally] = [:]
  var endToEnd: [Report.EndToEndRow] = []
  /// What clips of other lengths brought to light; said only if the usual length shows nothing.
  var lengthFailures: [ModeFailure] = []
  var measuredWarmUp: Int?
  var measuredStride: Int?
  var measuredReceptiveField: Int?

  /// Progress, by the number of comparisons that have been made.
  private let progress: (Verifier.Progress) -> Void

  /// A module whose steps can mean something else than its clip.
  struct Divergence {
    let path: String
    let description: String
    let reason: String
  }

  init(
    _ subject: Subject, options: Verifier.Options,
    progress: @escaping (Verifier.Progress) -> Void
  ) throws(VerificationError) {
    self.subject = subject
    self.options = options
    self.progress = progress
    guard subject.clipLength > 0 else {
      throw VerificationError(
        .option, "clips of \(subject.clipLength) frames; at least 1 is needed")
    }
    let plan: Plan
    do {
      plan = try Plan(subject.module, frame: subject.frame, clipLength: subject.clipLength)
    } catch {
      throw VerificationError(.notRunnable, error)
    }
    self.plan = plan
    oracle = NetworkOracle(subject.module)
    divergences = plan.modules.compactMap { place in
      place.module.divergence(frame: place.input.frame).map {
        Divergence(path: place.path, description: place.module.description, reason: $0)
      }
    }
    // A layer that pools a whole clip means the same where the clip is as long as its window.
    let same = plan.wholeClips(ofClip: subject.clipLength).filter { $0.found == $0.window }
    let isSame = Set(same.map(\.path))
    partsAtThisLength = divergences.contains { !isSame.contains($0.path) }
    lanePlan = VerificationRun.lanePlan(subject, plan)
    cases = try ClipCase.all(subject, options)
    let judged = plan.judgedModules
    self.judged = judged
    let costs = judged.map { plan.oracleCost(ofModule: $0) * Double(subject.clipLength) }
    let cost = costs.reduce(0, +)
    layerCases = min(cases.count, max(1, Int(options.layerBudget / max(cost, 1))))
    let longest = streamLength(outputs: 5)
    guard isHeld(frames: longest) else {
      throw VerificationError(
        .option,
        "clips of \(Number.grouped(longest)) frames \(subject.frame) would be needed to see "
          + "outputs; that is more than can be held at once")
    }
    planAll()
    noteDivergences()
  }

  /// Whether a clip of so many frames fits in memory.
  private func isHeld(frames: Int) -> Bool {
    Double(frames) * Double(subject.frame.count) <= VerificationRun.largestClip
  }

  /// Whether a single check can afford a clip of so many frames.
  func canAfford(frames: Int) -> Bool {
    isHeld(frames: frames) && Double(frames) * frameCost <= VerificationRun.longestClipCost
  }

  private static func lanePlan(_ subject: Subject, _ plan: Plan) -> Plan? {
    guard subject.frame[0] < 2 else { return plan }
    let frame = Shape([2] + subject.frame.axes.dropFirst())
    return try? Plan(subject.module, frame: frame, clipLength: subject.clipLength)
  }

  /// The multiplications that a frame of input costs in all layers together.
  var frameCost: Double { judged.reduce(0) { $0 + plan.oracleCost(ofModule: $1) } }

  private mutating func noteDivergences() {
    guard !partsAtThisLength else { return }
    for cause in divergences {
      notes.append(
        "clip and steps agree for clips of \(subject.clipLength) frames: "
          + "\(cause.path.isEmpty ? cause.description : cause.path) \(cause.reason)")
    }
  }

  private mutating func planAll() {
    planLoading()
    if wants(.time) { planTime() }
    if wants(.layers) { planLayers() }
    if wants(.modes) { planModes() }
    if wants(.state) { planState() }
    if wants(.robustness) { planRobustness() }
    if wants(.reference) { planReference() }
    let left = CheckFamily.allCases.filter { !wants($0) }
    if !left.isEmpty {
      notes.append("left out as asked: " + left.map(\.code).joined(separator: ", "))
    }
  }

  mutating func makeAllChecks() throws(VerificationError) {
    checkLoading()
    if wants(.time) { try checkTime() }
    try checkCases()
    explainLengthFailures()
    if wants(.state) { try checkState() }
    if wants(.robustness) { try checkRobustness() }
    if wants(.reference) { try checkReference() }
  }

  /// Whether a family of checks is to be made.
  func wants(_ family: CheckFamily) -> Bool { options.families.contains(family) }

  /// Tells how far the run has come.
  func tell(_ activity: String) {
    let total = max(ledger.entries.count, 1)
    let done = ledger.entries.count { !$0.measurements.isEmpty || !$0.undecided.isEmpty }
    progress(Verifier.Progress(activity: activity, fraction: Double(done) / Double(total)))
  }

  /// Enters a finding; of several for the same check, module and mode, the one that is farthest
  /// beyond what is allowed is kept.
  mutating func find(_ finding: Finding) {
    let same = findings.firstIndex {
      $0.code == finding.code && $0.module == finding.module
        // Where the two modes part is one matter, whichever way the steps were made.
        && ($0.mode == finding.mode || finding.code.isBetweenModes)
    }
    guard let same else { return findings.append(finding) }
    let profiles =
      findings[same].profiles
      + finding.profiles.filter {
        !findings[same].profiles.contains($0)
      }
    if finding.excess > findings[same].excess { findings[same] = finding }
    findings[same].profiles = profiles
  }

  /// Computes a clip at once; an error ends the run, for then there is nothing to judge.
  func forward(
    _ clip: Tensor, recording wires: Set<Wire> = []
  ) throws(VerificationError) -> Recording {
    do {
      return try Recording(plan, forward: clip, wires: wires)
    } catch {
      throw VerificationError(.notRunnable, error)
    }
  }

  /// Runs a clip through a stream.
  func steps(
    _ clip: Tensor, through stream: inout LiveStream, recording wires: Set<Wire> = []
  ) throws(VerificationError) -> Recording {
    do {
      return try Recording(&stream, steps: clip, wires: wires)
    } catch {
      throw VerificationError(.notRunnable, error)
    }
  }
}

extension VerificationError {
  /// What the network said, at the module that said it.
  init(_ code: Code, _ error: ModuleError) {
    self.init(code, error.reason, path: error.path.joined(separator: "."))
  }
}

extension Module {
  /// The module as PyTorch prints it, as in `Conv1d(64, 64, kernel_size=(9,))`.
  var description: String { typeName + "(" + summary + ")" }
}
