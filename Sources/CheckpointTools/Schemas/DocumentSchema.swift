package import PlainData

/// The documents that coverify writes for programs.
package enum DocumentSchema: String, CaseIterable, Sendable {
  /// Of `verify`, `check` and `merge`, for one model or several: `--format json`.
  case report
  /// A line of these: `--format jsonl`.
  case lines
  /// The entry `coverify` of the metadata of a fixture.
  case fixture
  /// Of `inspect`.
  case inspect
  /// Of `diff`.
  case diff
  /// Of `convert`.
  case convert
  /// Of `bench`.
  case bench

  /// What it is of, in a line.
  var title: String {
    switch self {
    case .report: "What coverify verify, check and merge write with --format json"
    case .lines: "A line of what coverify verify and check write with --format jsonl"
    case .fixture: "The entry \"coverify\" of the metadata of a fixture, a safetensors file"
    case .inspect: "What coverify inspect writes with --format json; of several files, a list"
    case .diff: "What coverify diff writes with --format json"
    case .convert: "What coverify convert writes with --format json"
    case .bench: "What coverify bench writes with --format json"
    }
  }

  /// The JSON Schema (draft 2020-12).
  package var document: PlainValue {
    var members: [(name: String, value: PlainValue?)] = [
      ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
      ("title", .string(title)),
    ]
    let definitions = self.definitions
    if case .object(let root) = schema.value { members += root.map { ($0.key, $0.value) } }
    if !definitions.isEmpty {
      members.append(("$defs", .members(definitions.map { ($0.key, $0.value.value) })))
    }
    return .members(members)
  }

  private var schema: JSONSchema {
    switch self {
    case .report: ReportSchema.document
    case .lines: ReportSchema.line
    case .fixture: FixtureSchema.notes
    case .inspect: .anyOf(.reference("file"), .list(.reference("file")))
    case .diff: ComparisonSchema.document
    case .convert: ConversionSchema.document
    case .bench: BenchmarkSchema.document
    }
  }

  private var definitions: KeyValuePairs<String, JSONSchema> {
    switch self {
    case .report, .lines: ReportSchema.definitions
    case .inspect: ["file": InspectionSchema.file]
    case .fixture, .diff, .convert, .bench: [:]
    }
  }
}
