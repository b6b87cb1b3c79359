import OrderedCollections
package import PlainData

/// The reports of several calls as one, as each of as many machines makes one for its part of all models.
package struct MergedReports: Sendable {
  /// Why reports are not merged.
  package enum Problem: Error, Hashable, Sendable {
    /// A document has another schema, or none.
    case schema(String)
    /// A part of a document is not there, or something else.
    case malformed(String)
    /// Two reports have a model of the same name.
    case twice(String)
  }

  /// The documents of all models, by their paths.
  private var models: OrderedDictionary<String, PlainValue> = [:]
  private var tool: PlainValue?
  private var seconds: Double?

  /// Starts without reports.
  package init() {}

  /// Adds a report in ``JSONFormat/setSchema``, or of one model in ``JSONFormat/schema``.
  ///
  /// - Throws: ``Problem`` where it is something else.
  package mutating func add(_ report: PlainValue) throws(Problem) {
    guard case .object(let members) = report else { throw .malformed("an object") }
    tool = tool ?? members["tool"]
    switch members["schema"] {
    case .string(JSONFormat.schema): try add(model: report)
    case .string(JSONFormat.setSchema):
      guard case .list(let documents) = members["models"] else {
        throw .malformed("a list \"models\"")
      }
      for document in documents { try add(model: document) }
      if let time = MergedReports.number(report, "seconds") { seconds = (seconds ?? 0) + time }
    case let schema: throw .schema(schema.map { $0.json(.compact) } ?? "none")
    }
  }

  private mutating func add(model document: PlainValue) throws(Problem) {
    guard case .object(let members) = document, case .object(let model) = members["model"],
      case .string(let path) = model["path"], MergedReports.word(of: document) != nil
    else { throw .malformed("\"model\" with its \"path\", and \"summary\" with its \"verdict\"") }
    guard models.updateValue(document, forKey: path) == nil else { throw .twice(path) }
  }

  /// The report of all, in the order of the paths: of a folder, the bytes that one call makes.
  package var document: PlainValue {
    let documents = sorted.map(\.value)
    return .members(
      ("schema", .string(JSONFormat.setSchema)), ("tool", tool), ("models", .list(documents)),
      ("summary", summary))
  }

  /// What came of each model, by its path.
  package var words: [(path: String, word: ModelOutcome.Word)] {
    sorted.compactMap { model in MergedReports.word(of: model.value).map { (model.key, $0) } }
  }

  /// The worst that came of a model.
  package var worst: ModelOutcome.Word {
    let found = Set(words.map(\.word))
    return ModelOutcome.Word.fromWorst.first(where: found.contains) ?? .refused
  }

  private var sorted: [(key: String, value: PlainValue)] {
    models.elements.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
  }

  private var summary: PlainValue {
    let words = words.map(\.word)
    return JSONFormat.summary(
      worst: worst, models: words.count, seconds: seconds,
      counts: { word in words.count { $0 == word } })
  }

  private static func word(of document: PlainValue) -> ModelOutcome.Word? {
    guard case .object(let members) = document, case .object(let summary) = members["summary"],
      case .string(let word) = summary["verdict"]
    else { return nil }
    return ModelOutcome.Word(rawValue: word)
  }

  private static func number(_ document: PlainValue, _ key: String) -> Double? {
    guard case .object(let members) = document, case .object(let summary) = members["summary"]
    else { return nil }
    return summary[key]?.double
  }
}
