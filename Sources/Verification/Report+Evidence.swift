import Continual
import Tensors

extension Report {
  /// Lays out what the checks of a run measured and found.
  init(
    _ evidence: Evidence, _ network: NetworkUnderTest, _ subject: Subject,
    _ options: Verifier.Options, _ cases: [ClipCase]
  ) {
    let entries = evidence.ledger.entries
    let layers = evidence.layers
    let module = network.plan.network
    let truth = options.reference?.truth ?? .pytorch
    var findings = Report.sorted(evidence.findings + Report.open(entries, evidence.findings))
    for index in findings.indices { findings[index].truth = truth }
    self.init(
      toolVersion: options.toolVersion,
      model: Report.Model(
        typeName: module.typeName, moduleCount: module.moduleCount,
        parameterCount: module.allParameterCount, scalarType: subject.weights,
        loading: subject.loading),
      time: Report.Time(
        declared: network.plan.timing, measuredWarmUp: evidence.timing.warmUp,
        measuredRate: evidence.timing.rate,
        measuredReceptiveField: evidence.timing.receptiveField),
      configuration: Report.Configuration(
        seed: options.seed, profiles: cases.map(\.name), frame: network.frame,
        clipLength: network.clipLength),
      plan: entries, checks: CheckRow.all(of: entries, truth),
      layers: Report.layerRows(layers, network),
      endToEnd: evidence.endToEnd.map(EndToEndRow.init),
      findings: findings,
      reference: Reference(options.reference), notes: evidence.notes,
      resolution: Resolution(layers.values), pytorchResolution: evidence.pytorchResolution,
      onlyForFrames: network.divergences.isEmpty ? nil : network.clipLength, seconds: nil,
      verdict: evidence.ledger.verdict)
    self.truth = truth
  }

  /// Findings of what keeps the verdict open and no finding says: nothing of that stays unsaid.
  private static func open(_ entries: [Ledger.Entry], _ findings: [Finding]) -> [Finding] {
    let found = Set(findings.map(\.code))
    let undecided = Set(findings.filter { $0.code == .layerUndecided }.map(\.module))
    var open: [Finding] = []
    for entry in entries {
      let requirement = entry.requirement
      guard let reason = entry.doubt, !found.contains(requirement.check),
        !undecided.contains(requirement.module)
      else { continue }
      let problem = Problem.open(requirement.check, reason: reason)
      guard !open.contains(where: { $0.problem == problem }) else { continue }
      open.append(
        Finding(
          problem, module: requirement.module, mode: requirement.mode,
          profiles: requirement.profile.map { [$0] } ?? []))
    }
    return open
  }

  /// Differences come before doubts, doubts before warnings, and otherwise in the order of their codes; what
  /// names the module that differs from PyTorch comes before the outputs that differ for it.
  private static func sorted(_ findings: [Finding]) -> [Finding] {
    func place(_ finding: Finding) -> (Int, Int, String) {
      let code = finding.code
      return (
        finding.verdict.place, code.family.rawValue,
        code == .architecture ? "" : code.rawValue
      )
    }
    return findings.sorted { place($0) < place($1) }
  }

  private static func layerRows(
    _ layers: [LayerKey: LayerTally], _ network: NetworkUnderTest
  ) -> [LayerRow] {
    var rows: [LayerRow] = []
    for index in network.judged {
      for mode in [Mode.clip, .step] {
        guard let tally = layers[LayerKey(index: index, mode: mode)] else { continue }
        let place = network.plan.modules[index]
        rows.append(
          LayerRow(
            path: place.path, typeName: place.module.typeName, mode: mode, cases: tally.cases,
            elements: tally.elements, nonFinite: tally.nonFinite, maxAbs: tally.maxAbs,
            meanAbs: tally.elements == 0 ? 0 : tally.sum / Double(tally.elements), rms: tally.rms,
            allowed: tally.allowed, modesMaxAbs: tally.modesMaxAbs, verdict: tally.verdict))
      }
    }
    return rows
  }
}

// MARK: - Parts

extension Verdict {
  /// Where findings of it stand among others.
  var place: Int {
    switch self {
    case .fail: 0
    case .inconclusive: 1
    case .warning, .ok: 2
    }
  }
}

extension Report.CheckRow {
  /// The rows of a plan.
  static func all(of plan: [Ledger.Entry], _ truth: Truth) -> [Report.CheckRow] {
    CheckCatalog.rows.compactMap { Report.CheckRow($0, plan, truth) }
  }

  /// Adds up the comparisons of a row; nil where none is in the plan.
  fileprivate init?(_ row: CheckCatalog.Row, _ plan: [Ledger.Entry], _ truth: Truth) {
    let entries = plan.filter {
      $0.requirement.check.family == row.family
        && (row.mode == nil || $0.requirement.mode == row.mode)
    }
    guard !entries.isEmpty else { return nil }
    // The measurement that comes closest to what is allowed, or goes farthest beyond. How far apart
    // two meanings are is not a number of steps.
    let comparable = entries.filter {
      ![.meaning, .library, .stepless].contains($0.requirement.check)
    }
    let worst = comparable.flatMap(\.measurements).filter { !$0.worst.isNaN }.max {
      $0.worst * $1.allowed < $1.worst * $0.allowed
        || ($0.allowed == 0 && $1.allowed == 0 && $0.worst < $1.worst)
    }
    let verdicts = Set(entries.map(\.verdict))
    self.init(
      family: row.family, name: truth.told(row.name), cases: entries.count, worst: worst?.worst,
      allowed: worst?.allowed, unit: row.unit,
      verdict: [.fail, .inconclusive, .warning].first(where: verdicts.contains) ?? .ok)
  }
}

extension Report.EndToEndRow {
  fileprivate init(_ row: EndToEnd) {
    let comparison = row.comparison
    self.init(
      pair: row.pair, profile: row.profile, elements: comparison.elements,
      maxAbs: comparison.worst, rms: comparison.rms, allowed: comparison.allowed)
  }
}

extension Report.Resolution {
  /// What could have stayed unseen in the layer where most could; nil where none was compared.
  fileprivate init?(_ layers: some Sequence<LayerTally>) {
    guard let largest = layers.map(\.resolution).filter(\.isFinite).max(),
      let relative = layers.map(\.relativeResolution).filter(\.isFinite).max()
    else { return nil }
    self.init(absolute: largest, relative: relative)
  }
}

extension Report.Reference {
  fileprivate init(_ expected: PyTorchReference?) {
    guard let expected else {
      self = .none
      return
    }
    var tensors: [String] = []
    if expected.forward != nil { tensors.append("forward") }
    if expected.steps != nil { tensors.append("steps") }
    if expected.stepsIndex != nil { tensors.append("steps_index") }
    self = .given(source: expected.source, tensors: tensors)
  }
}

extension Module {
  /// The number of modules, this one included.
  fileprivate var moduleCount: Int { children.reduce(1) { $0 + $1.module.moduleCount } }

  /// The number of parameters, those of the modules inside included.
  fileprivate var allParameterCount: Int {
    children.reduce(parameterCount) { $0 + $1.module.allParameterCount }
  }
}
