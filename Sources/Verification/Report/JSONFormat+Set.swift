import OrderedCollections
import PlainData

/// The report of several models: the schema `coverify.reports/1`, with the report of each of them in
/// ``JSONFormat/schema``, and the numbers of all of them.
extension JSONFormat {
  /// The name of the schema for several models.
  public static let setSchema = "coverify.reports/1"

  /// All of it as one document, with a line end at the end; of a single file, its report.
  public func render(_ set: ReportSet) -> String {
    let value =
      set.single.map { document($0, set) }
      ?? .members(
        ("schema", .string(JSONFormat.setSchema)), ("tool", tool(set.toolVersion)),
        ("models", .list(set.outcomes.map { document($0, set) })), ("summary", summary(set)))
    return value.json(.indented) + "\n"
  }

  /// All of it as lines.
  ///
  /// Of several models each line says of which it is, and the last one has the numbers of all.
  public func lines(_ set: ReportSet) -> String {
    var lines = set.outcomes.flatMap { outcome in
      values(outcome, set).map {
        set.isSingle ? $0 : $0.inserting(.string(outcome.path), for: "path")
      }
    }
    if !set.isSingle { lines.append(tagged("total", summary(set))) }
    return lines.map { $0.json(.compact) + "\n" }.joined()
  }

  private func values(_ outcome: ModelOutcome, _ set: ReportSet) -> [PlainValue] {
    switch outcome.result {
    case .judged(let report): values(report)
    case .refused(let refusal):
      [
        tagged("model", .members(("path", .string(outcome.path)))),
        tagged("finding", finding(refusal)),
        tagged("summary", summary(outcome.word, set.exitPolicy)),
      ]
    case .skipped:
      [
        tagged("model", .members(("path", .string(outcome.path)))),
        tagged("summary", summary(outcome.word, set.exitPolicy)),
      ]
    }
  }

  private func document(_ outcome: ModelOutcome, _ set: ReportSet) -> PlainValue {
    let findings: [PlainValue]
    switch outcome.result {
    case .judged(let report): return document(report)
    case .refused(let refusal): findings = [finding(refusal)]
    case .skipped: findings = []
    }
    return .members(
      ("schema", .string(JSONFormat.schema)), ("tool", tool(set.toolVersion)),
      ("model", .members(("path", .string(outcome.path)))), ("findings", .list(findings)),
      ("summary", summary(outcome.word, set.exitPolicy)))
  }

  private func finding(_ refusal: Refusal) -> PlainValue {
    .members(
      ("code", .string(Refusal.code.rawValue)), ("severity", .string("refused")),
      ("reason", .optional(refusal.reason)), ("message", .string(refusal.message)),
      ("at", .members(("entry", .optional(refusal.entry)), ("offset", .optional(refusal.offset)))),
      ("hint", .optional(refusal.advice)))
  }

  private func summary(_ word: ModelOutcome.Word, _ policy: ExitPolicy) -> PlainValue {
    .members(("verdict", .string(word.rawValue)), ("exit", .optional(policy.code(of: word))))
  }

  private func summary(_ set: ReportSet) -> PlainValue {
    JSONFormat.summary(
      worst: set.worst, models: set.outcomes.count, seconds: set.seconds,
      policy: set.exitPolicy, counts: set.count)
  }

  /// The numbers of several models.
  static func summary(
    worst: ModelOutcome.Word, models: Int, seconds: Double?, policy: ExitPolicy = ExitPolicy(),
    counts: (ModelOutcome.Word) -> Int
  ) -> PlainValue {
    var members: [(name: String, value: PlainValue?)] = [
      ("verdict", .string(worst.rawValue)), ("models", .int(models)),
    ]
    members += ModelOutcome.Word.allCases.map { ($0.rawValue, .int(counts($0))) }
    if let seconds { members.append(("seconds", .number(seconds))) }
    members.append(("exit", .optional(policy.code(of: worst))))
    return .members(members)
  }
}

extension PlainValue {
  /// An object with one more member behind its first.
  fileprivate func inserting(_ value: PlainValue, for key: String) -> PlainValue {
    guard case .object(var members) = self else { return self }
    members.updateValue(value, forKey: key, insertingAt: min(1, members.count))
    return .object(members)
  }
}
