import Continual
import Tensors

extension VerificationRun {
  /// What came to light, as data.
  func report() -> Report {
    var findings = findings
    let found = Set(findings.map(\.code))
    // Nothing that keeps the verdict open stays unsaid.
    for entry in ledger.entries {
      guard let doubt = entry.doubt, !found.contains(entry.requirement.check) else { continue }
      let requirement = entry.requirement
      let isKnown = findings.contains {
        $0.code == requirement.check && $0.message == doubt
          || $0.module == requirement.module && $0.verdict == .inconclusive
            && $0.code == .layerUndecided
      }
      guard !isKnown else { continue }
      findings.append(
        Finding(
          requirement.check, verdict: .inconclusive, module: requirement.module,
          mode: requirement.mode, profiles: requirement.profile.map { [$0] } ?? [], message: doubt))
    }
    let rows = layerRows()
    return Report(
      toolVersion: options.toolVersion,
      model: Report.Model(
        typeName: subject.module.typeName, moduleCount: moduleCount(subject.module),
        parameterCount: parameterCount(subject.module), scalarType: subject.weights,
        loading: subject.loading),
      time: Report.Time(
        declared: plan.timing, measuredWarmUp: measuredWarmUp, measuredStride: measuredStride,
        measuredReceptiveField: measuredReceptiveField),
      configuration: Report.Configuration(
        seed: options.seed, profiles: cases.map(\.name), frame: subject.frame,
        clipLength: subject.clipLength),
      plan: ledger.entries, checks: checkRows(), layers: rows, endToEnd: endToEnd,
      findings: findings.sorted(by: VerificationRun.comesBefore), reference: reference,
      notes: notes, resolution: resolution, seconds: nil, verdict: ledger.verdict)
  }

  /// What could have stayed unseen in the layer where most could.
  private var resolution: Report.Resolution? {
    guard let largest = layers.values.map(\.resolution).filter(\.isFinite).max(),
      let relative = layers.values.map(\.relativeResolution).filter(\.isFinite).max()
    else { return nil }
    return Report.Resolution(absolute: largest, relative: relative)
  }

  /// Differences come before doubts, and otherwise in the order of their codes.
  private static func comesBefore(_ left: Finding, _ right: Finding) -> Bool {
    (left.verdict == .fail ? 0 : 1, left.code.rawValue)
      < (right.verdict == .fail ? 0 : 1, right.code.rawValue)
  }

  private var reference: Report.Reference {
    guard let expected = options.reference else { return .none }
    var tensors: [String] = []
    if expected.forward != nil { tensors.append("forward") }
    if expected.steps != nil { tensors.append("steps") }
    if expected.stepsIndex != nil { tensors.append("steps_index") }
    return .given(source: expected.source, tensors: tensors)
  }

  private func moduleCount(_ module: any Module) -> Int {
    module.children.reduce(1) { $0 + moduleCount($1.module) }
  }

  private func parameterCount(_ module: any Module) -> Int {
    module.children.reduce(module.parameterCount) { $0 + parameterCount($1.module) }
  }

  private func layerRows() -> [Report.LayerRow] {
    var rows: [Report.LayerRow] = []
    for index in judged {
      for mode in [Mode.clip, .step] {
        guard let tally = layers[LayerKey(index: index, mode: mode)] else { continue }
        let place = plan.modules[index]
        rows.append(
          Report.LayerRow(
            path: place.path, typeName: place.module.typeName, mode: mode, cases: tally.cases,
            elements: tally.elements, nonFinite: tally.nonFinite, maxAbs: tally.maxAbs,
            meanAbs: tally.elements == 0 ? 0 : tally.sum / Double(tally.elements), rms: tally.rms,
            allowed: tally.allowed, modesMaxAbs: tally.modesMaxAbs, verdict: tally.verdict))
      }
    }
    return rows
  }

  private func checkRows() -> [Report.CheckRow] {
    var rows: [Report.CheckRow] = []
    func add(_ family: CheckFamily, _ name: String, unit: String = "", mode: Mode? = nil) {
      let entries = ledger.entries.filter {
        $0.requirement.check.family == family && (mode == nil || $0.requirement.mode == mode)
      }
      if let row = row(family, name, unit, entries) { rows.append(row) }
    }
    add(.load, "load, names, shapes", unit: "-")
    add(.time, "time alignment", unit: "steps")
    add(.layers, "layers against f64, clip", mode: .clip)
    add(.layers, "layers against f64, step", mode: .step)
    add(.modes, "modes agree end to end")
    add(.state, "state and isolation", unit: "bits")
    add(.robustness, "NaN, burst, denormal", unit: "-")
    add(.reference, "against PyTorch")
    return rows
  }

  private func row(
    _ family: CheckFamily, _ name: String, _ unit: String, _ entries: [Ledger.Entry]
  ) -> Report.CheckRow? {
    guard !entries.isEmpty else { return nil }
    // The measurement that comes closest to what is allowed, or goes farthest beyond. How far apart
    // two meanings are is no number of steps.
    let comparable = entries.filter { $0.requirement.check != .meaning }
    let worst = comparable.flatMap(\.measurements).filter { !$0.worst.isNaN }.max {
      $0.worst * $1.allowed < $1.worst * $0.allowed
        || ($0.allowed == 0 && $1.allowed == 0 && $0.worst < $1.worst)
    }
    let verdicts = Set(entries.map(\.verdict))
    let verdict: Verdict =
      verdicts.contains(.fail) ? .fail : (verdicts.contains(.inconclusive) ? .inconclusive : .ok)
    return Report.CheckRow(
      family: family, name: name, cases: entries.count, worst: worst?.worst,
      allowed: worst?.allowed, unit: unit, verdict: verdict)
  }
}
