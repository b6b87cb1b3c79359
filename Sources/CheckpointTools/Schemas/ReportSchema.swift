import Continual
import Verification

/// What a report on models is made of.
enum ReportSchema {
  /// Of one model, or of several.
  static let document: JSONSchema = .anyOf(
    .reference("judged"), .reference("unjudged"), .reference("set"))

  /// A line of a report, by its kind.
  ///
  /// In those of several models each says of which it is.
  static let line: JSONSchema = .anyOf(
    line("model", .reference("model")), line("model", .reference("unjudged_model")),
    line("time", .reference("time")), line("config", .reference("config")),
    line("check", .reference("check")), line("layer", .reference("layer")),
    line("finding", .reference("finding")), line("finding", .reference("refusal")),
    line("summary", .reference("summary")), line("summary", .reference("unjudged_summary")),
    line("total", .reference("total")))

  static let definitions: KeyValuePairs<String, JSONSchema> = [
    "judged": judged, "unjudged": unjudged, "set": set, "tool": tool, "model": model,
    "unjudged_model": unjudgedModel, "time": time, "config": configuration,
    "reference": reference, "requirement": requirement, "check": check, "layer": layer,
    "finding": finding, "refusal": refusal, "pair": pair, "state": state,
    "resolution": resolution, "summary": summary, "unjudged_summary": unjudgedSummary,
    "total": total,
  ]

  private static func line(_ kind: String, _ schema: JSONSchema) -> JSONSchema {
    .allOf(
      .object(["kind": .constant(kind), "path": .string.optional.described("The model.")]), schema)
  }

  // MARK: - Documents

  private static let judged: JSONSchema = .object([
    "schema": .constant(JSONFormat.schema), "tool": .reference("tool"),
    "model": .reference("model"), "time": .reference("time"), "config": .reference("config"),
    "reference": .reference("reference"),
    "plan": .list(.reference("requirement"))
      .described("All comparisons that the verdict needs, as they were fixed before running."),
    "checks": .list(.reference("check")), "layers": .list(.reference("layer")),
    "findings": .list(.reference("finding")), "end_to_end": .list(.reference("pair")),
    "state": .list(.reference("state")), "notes": .list(.string),
    "resolution": .reference("resolution"),
    "known": JSONSchema.list(known).optional
      .described("The known differences that were looked for."),
    "summary": .reference("summary"),
  ])

  /// A model that was refused, or not looked at.
  private static let unjudged: JSONSchema = .object([
    "schema": .constant(JSONFormat.schema), "tool": .reference("tool"),
    "model": .reference("unjudged_model"), "findings": .list(.reference("refusal")),
    "summary": .reference("unjudged_summary"),
  ])

  private static let set: JSONSchema = .object([
    "schema": .constant(JSONFormat.setSchema), "tool": .reference("tool").orNull,
    "models": .list(.anyOf(.reference("judged"), .reference("unjudged"))),
    "summary": .reference("total"),
  ])

  private static let tool: JSONSchema = .object([
    "name": .constant("coverify"), "version": .string,
  ])

  // MARK: - What is judged

  private static let model: JSONSchema = .object([
    "path": .string, "bytes": JSONSchema.count.orNull, "sha256": JSONSchema.sha256.orNull,
    "format": JSONSchema.string.orNull, "architecture": JSONSchema.string.orNull,
    "class": .string, "modules": .count, "parameters": .count, "dtype": .string,
    "tensors": .count,
    "assumptions": .list(.string).described("What nothing in the file says, and is taken for so."),
    "assumptions_accepted": .boolean,
    "stepless": .list(.string).described("Calls that have no steps, and why."),
  ])

  private static let unjudgedModel: JSONSchema = .object(["path": .string])

  private static let rate: JSONSchema = .object(["up": .count, "down": .count])

  private static let time: JSONSchema = .object([
    "receptive_field": JSONSchema.count.described("In frames of the input."),
    "delay": .integer, "stride": JSONSchema.count.optional,
    "rate": rate.optional.described("Outputs for so many inputs, where a stride does not say it."),
    "padding": .integer, "warm_up": .integer,
    "measured": .object([
      "receptive_field": JSONSchema.count.orNull, "stride": JSONSchema.count.orNull.optional,
      "rate": rate.optional, "warm_up": JSONSchema.count.orNull,
    ]),
  ])

  private static let configuration: JSONSchema = .object([
    "seed": .seed, "profiles": .list(.string),
    "frame": .list(.count).described("The shape of a frame (B, C, S…)."),
    "batch": .count, "frames": .count,
  ])

  private static let reference: JSONSchema = .object([
    "given": .boolean, "source": JSONSchema.string.optional,
    "tensors": JSONSchema.list(.string).optional,
  ])

  // MARK: - What came of it

  private static let code: JSONSchema = .pattern("^CV[0-9]{3}$")
  private static let mode: JSONSchema = .word(Mode.allCases.map(\.rawValue))
  private static let verdict: JSONSchema = .word(["ok", "warning", "inconclusive", "fail"])

  private static let requirement: JSONSchema = .object([
    "check": code, "module": .string, "mode": mode.orNull,
    "profile": JSONSchema.string.orNull, "required": .boolean, "verdict": verdict,
    "reason": JSONSchema.string.orNull, "known": acceptance,
  ])

  private static let check: JSONSchema = .object([
    "code": .pattern("^CV[0-9]$"), "name": .string, "verdict": verdict, "cases": .count,
    "worst": JSONSchema.number.orNull, "allowed": JSONSchema.number.orNull, "unit": .string,
  ])

  private static let layer: JSONSchema = .object([
    "name": .string, "class": .string, "mode": mode, "cases": .count, "max_abs": .number,
    "mean_abs": .number, "rms": .number,
    "allowed": JSONSchema.number.described("What rounding can make at most, at the worst element."),
    "ratio": JSONSchema.number.orNull.described("The error in parts of what is allowed there."),
    "modes_max_abs": JSONSchema.number.orNull.described("Between the clip and this mode."),
    "elements": .count, "non_finite": .count, "verdict": verdict,
  ])

  private static let finding: JSONSchema = .object([
    "code": code, "severity": .word(["error", "warning", "inconclusive"]), "module": .string,
    "class": .string, "mode": mode.orNull, "profiles": .list(.string), "message": .string,
    "at": JSONSchema.object([
      "step": JSONSchema.count.orNull, "clip_frame": .count, "batch": .count, "channel": .count,
      "index": .list(.count),
    ]).orNull,
    "got": JSONSchema.number.orNull, "want": JSONSchema.number.orNull,
    "other_mode": JSONSchema.number.orNull, "error": JSONSchema.number.orNull,
    "allowed": JSONSchema.number.orNull, "pattern": JSONSchema.string.orNull,
    "hint": JSONSchema.string.orNull, "replay": JSONSchema.string.orNull, "known": acceptance,
  ])

  private static let refusal: JSONSchema = .object([
    "code": .constant("CV103"), "severity": .constant("refused"),
    "reason": JSONSchema.string.orNull.described("The kind of trouble, for programs."),
    "message": .string,
    "at": .object(["entry": JSONSchema.string.orNull, "offset": JSONSchema.count.orNull]),
    "hint": JSONSchema.string.orNull,
  ])

  private static let known: JSONSchema = .object([
    "code": code, "module": JSONSchema.string.orNull, "model": JSONSchema.string.orNull,
    "reason": .string, "expires": JSONSchema.string.orNull, "hits": .count,
  ])

  /// Why a known difference is accepted.
  private static let acceptance = JSONSchema.string.optional
    .described("Why it is accepted as a known difference.")

  private static let pair: JSONSchema = .object([
    "pair": .string, "profile": .string, "elements": .count, "max_abs": .number, "rms": .number,
    "allowed": .number,
  ])

  private static let state: JSONSchema = .object([
    "check": code, "name": .string, "mode": mode.orNull, "differing": JSONSchema.number.orNull,
    "elements": .count, "verdict": verdict,
  ])

  private static let resolution: JSONSchema = JSONSchema.object([
    "max": JSONSchema.number.orNull, "max_relative": JSONSchema.number.orNull,
    "pytorch": JSONSchema.number.orNull, "pytorch_relative": JSONSchema.number.orNull,
  ]).described("The smallest error that would have been reported in any layer.")

  private static let summary: JSONSchema = .object([
    "verdict": .word(["same", "differs", "inconclusive"]), "passed": .count, "failed": .count,
    "inconclusive": .count, "cases": .count, "elements": .count,
    "accepted": JSONSchema.count.optional.described("The number of known differences."),
    "clip_frames": JSONSchema.count.optional
      .described("The length of the only clips that the verdict is for."),
    "seconds": JSONSchema.number.optional, "exit": .integer,
  ])

  private static let unjudgedSummary: JSONSchema = .object([
    "verdict": .word(["refused", "skipped"]), "exit": JSONSchema.integer.orNull,
  ])

  private static let total: JSONSchema = .object([
    "verdict": .word(ModelOutcome.Word.allCases.map(\.rawValue)), "models": .count,
    "same": .count, "differs": .count, "inconclusive": .count, "refused": .count,
    "skipped": .count, "seconds": JSONSchema.number.optional, "exit": JSONSchema.integer.orNull,
  ])
}
