import Continual
import OrderedCollections
import PlainData
import Tensors

/// A report for programs: the schema `coverify.report/1`.
///
/// Keys come in a fixed order. Readers must ignore keys that they do not know. ``lines(_:)-(Report)``
/// gives the same as one object a line: findings first, the summary last.
public struct JSONFormat: Sendable {
  /// Makes the format.
  public init() {}

  /// The name of the schema.
  public static let schema = "coverify.report/1"

  /// The whole report as one document, with a line end at the end.
  public func render(_ report: Report) -> String { document(report).json(.indented) + "\n" }

  /// The report as lines: one for the model, one for each check, layer and finding, and the summary.
  public func lines(_ report: Report) -> String {
    values(report).map { $0.json(.compact) + "\n" }.joined()
  }

  /// What is in the lines.
  func values(_ report: Report) -> [PlainValue] {
    var values: [PlainValue] = [
      tagged("model", model(report)), tagged("time", time(report)),
      tagged("config", configuration(report)),
    ]
    values += report.checks.map { tagged("check", check($0)) }
    values += report.layers.map { tagged("layer", layer($0)) }
    values += report.findings.map { tagged("finding", finding($0)) }
    values.append(tagged("summary", summary(report)))
    return values
  }

  func tagged(_ kind: String, _ value: PlainValue) -> PlainValue {
    guard case .object(var members) = value else { return value }
    members.updateValue(.string(kind), forKey: "kind", insertingAt: 0)
    return .object(members)
  }

  func tool(_ version: String) -> PlainValue {
    .members(("name", .string("coverify")), ("version", .string(version)))
  }

  func document(_ report: Report) -> PlainValue {
    .members(
      ("schema", .string(JSONFormat.schema)), ("tool", tool(report.toolVersion)),
      ("model", model(report)),
      ("time", time(report)),
      ("config", configuration(report)),
      ("reference", reference(report)),
      ("plan", .list(report.plan.map(plan))),
      ("checks", .list(report.checks.map(check))),
      ("layers", .list(report.layers.map(layer))),
      ("findings", .list(report.findings.map(finding))),
      ("end_to_end", .list(report.endToEnd.map(endToEnd))),
      ("state", .list(report.plan.filter { $0.requirement.check.family == .state }.map(state))),
      ("notes", .strings(report.notes)),
      (
        "resolution",
        .members(
          ("max", .optional(report.resolution?.absolute)),
          ("max_relative", .optional(report.resolution?.relative)),
          ("pytorch", .optional(report.pytorchResolution?.absolute)),
          ("pytorch_relative", .optional(report.pytorchResolution?.relative)))
      ),
      ("known", report.known.isEmpty ? nil : .list(report.known.map(known))),
      ("summary", summary(report)))
  }

  private func known(_ known: Report.Known) -> PlainValue {
    let difference = known.difference
    return .members(
      ("code", .string(difference.code.rawValue)), ("module", .optional(difference.module)),
      ("model", .optional(difference.model)), ("reason", .string(difference.reason)),
      ("expires", .optional(difference.expires)), ("hits", .int(known.hits)))
  }

  private func model(_ report: Report) -> PlainValue {
    let model = report.model
    return .members(
      ("path", .string(model.loading.path)), ("bytes", .optional(model.loading.byteCount)),
      ("sha256", .optional(model.loading.sha256)), ("format", .optional(model.loading.format)),
      ("architecture", .optional(model.loading.architecture)),
      ("class", .string(model.typeName)), ("modules", .int(model.moduleCount)),
      ("parameters", .int(model.parameterCount)), ("dtype", .string(model.scalarType.name)),
      ("tensors", .int(model.loading.tensorCount)),
      ("assumptions", .strings(model.loading.assumptions)),
      ("assumptions_accepted", .bool(model.loading.acceptsAssumptions)),
      ("stepless", .strings(model.loading.stepless.map { "\($0.place): \($0.reason)" })))
  }

  private func time(_ report: Report) -> PlainValue {
    let declared = report.time.declared
    return .members(
      ("receptive_field", .int(declared.receptiveField)), ("delay", .int(declared.delay)),
      rate(declared.rate), ("padding", .int(declared.padding)),
      ("warm_up", .int(declared.warmUp)),
      (
        "measured",
        .members(
          ("receptive_field", .optional(report.time.measuredReceptiveField)),
          report.time.measuredRate.map(rate) ?? ("stride", .null),
          ("warm_up", .optional(report.time.measuredWarmUp)))
      ))
  }

  /// A rate as a member: the stride, or where several outputs come of so many frames, both numbers.
  private func rate(_ rate: Rate) -> (String, PlainValue) {
    rate.up == 1
      ? ("stride", .int(rate.down))
      : ("rate", .members(("up", .int(rate.up)), ("down", .int(rate.down))))
  }

  private func configuration(_ report: Report) -> PlainValue {
    let configuration = report.configuration
    return .members(
      ("seed", .unsigned(configuration.seed)), ("profiles", .strings(configuration.profiles)),
      ("frame", .integers(configuration.frame.axes)),
      ("batch", .int(configuration.frame[0])), ("frames", .int(configuration.clipLength)))
  }

  private func reference(_ report: Report) -> PlainValue {
    switch report.reference {
    case .none: .members(("given", .bool(false)))
    case .given(let source, let tensors):
      .members(
        ("given", .bool(true)), ("source", .string(source)), ("tensors", .strings(tensors)))
    }
  }

  private func plan(_ entry: Ledger.Entry) -> PlainValue {
    let requirement = entry.requirement
    return .members(
      ("check", .string(requirement.check.rawValue)), ("module", .string(requirement.module)),
      ("mode", .optional(requirement.mode?.rawValue)),
      ("profile", .optional(requirement.profile)), ("required", .bool(true)),
      ("verdict", .string(entry.verdict.rawValue)), ("reason", .optional(entry.doubt)),
      ("known", entry.acceptance.map { .string($0.reason) }))
  }

  private func check(_ row: Report.CheckRow) -> PlainValue {
    .members(
      ("code", .string(row.family.code)), ("name", .string(row.name)),
      ("verdict", .string(row.verdict.rawValue)), ("cases", .int(row.cases)),
      ("worst", .optional(row.worst)), ("allowed", .optional(row.allowed)),
      ("unit", .string(row.unit == "-" ? "" : row.unit)))
  }

  private func layer(_ row: Report.LayerRow) -> PlainValue {
    .members(
      ("name", .string(row.path)), ("class", .string(row.typeName)),
      ("mode", .string(row.mode.rawValue)), ("cases", .int(row.cases)),
      ("max_abs", .number(row.maxAbs)), ("mean_abs", .number(row.meanAbs)),
      ("rms", .number(row.rms)), ("allowed", .number(row.allowed)),
      ("ratio", row.allowed > 0 ? .number(row.maxAbs / row.allowed) : .null),
      ("modes_max_abs", .optional(row.modesMaxAbs)), ("elements", .int(row.elements)),
      ("non_finite", .int(row.nonFinite)), ("verdict", .string(row.verdict.rawValue)))
  }

  private func finding(_ finding: Finding) -> PlainValue {
    .members(
      ("code", .string(finding.code.rawValue)),
      ("severity", .string(finding.verdict.severity)),
      ("module", .string(finding.module)), ("class", .string(finding.moduleDescription)),
      ("mode", .optional(finding.mode?.rawValue)), ("profiles", .strings(finding.profiles)),
      ("message", .string(finding.message)), ("at", place(finding.deviation?.place)),
      ("got", .optional(finding.deviation?.got)), ("want", .optional(finding.deviation?.want)),
      ("other_mode", .optional(finding.deviation?.otherMode)), ("error", .optional(finding.error)),
      ("allowed", .optional(finding.allowed)), ("pattern", .optional(finding.pattern)),
      ("hint", .optional(finding.hint)), ("replay", .optional(finding.replay?.command)),
      ("known", finding.acceptance.map { .string($0.reason) }))
  }

  private func place(_ place: Deviation.Place?) -> PlainValue {
    guard let place else { return .null }
    return .members(
      ("step", .optional(place.step)), ("clip_frame", .int(place.frame)),
      ("batch", .int(place.batch)), ("channel", .int(place.channel)),
      ("index", .integers(place.space)))
  }

  private func endToEnd(_ row: Report.EndToEndRow) -> PlainValue {
    .members(
      ("pair", .string(row.pair)), ("profile", .string(row.profile)),
      ("elements", .int(row.elements)), ("max_abs", .number(row.maxAbs)),
      ("rms", .number(row.rms)), ("allowed", .number(row.allowed)))
  }

  private func state(_ entry: Ledger.Entry) -> PlainValue {
    .members(
      ("check", .string(entry.requirement.check.rawValue)),
      ("name", .string(entry.requirement.check.title)),
      ("mode", .optional(entry.requirement.mode?.rawValue)),
      ("differing", .optional(entry.measurements.map(\.worst).max())),
      ("elements", .int(entry.measurements.reduce(0) { $0 + $1.elements })),
      ("verdict", .string(entry.verdict.rawValue)))
  }

  private func summary(_ report: Report) -> PlainValue {
    var members: [(name: String, value: PlainValue?)] = [
      ("verdict", .string(report.verdict.word.rawValue)),
      ("passed", .int(report.rows(.ok))), ("failed", .int(report.rows(.fail))),
      ("inconclusive", .int(report.rows(.inconclusive))),
      ("cases", .int(report.caseCount)), ("elements", .int(report.elementCount)),
    ]
    if report.acceptedCount > 0 { members.append(("accepted", .int(report.acceptedCount))) }
    if let frames = report.onlyForFrames { members.append(("clip_frames", .int(frames))) }
    if let seconds = report.seconds { members.append(("seconds", .number(seconds))) }
    members.append(("exit", .int(report.status)))
    return .members(members)
  }
}

extension Verdict {
  /// The word for a finding.
  fileprivate var severity: String {
    switch self {
    case .fail: "error"
    case .warning, .ok: "warning"
    case .inconclusive: "inconclusive"
    }
  }
}
