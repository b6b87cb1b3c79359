import ArgumentParser
import Checkpoints
import Foundation
import PlainData
import Verification

/// One rendering of a report, and where it goes: `json`, or `junit=report.xml`.
struct ReportFormat: ExpressibleByArgument {
  enum Kind: String, CaseIterable {
    case human
    case json
    case jsonl
    case junit
    case github
    case gitlab
    case md
    case html
  }

  let kind: Kind

  /// The file; nil for stdout.
  let path: FilePath?

  static let human = ReportFormat(kind: .human, path: nil)

  static var allValueStrings: [String] { Kind.allCases.map(\.rawValue) }

  private init(kind: Kind, path: FilePath?) {
    self.kind = kind
    self.path = path
  }

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
    guard let kind = parts.first.flatMap(Kind.init), parts.count < 2 || !parts[1].isEmpty else {
      return nil
    }
    self.init(kind: kind, path: parts.count == 2 ? FilePath(fromArgument: parts[1]) : nil)
  }

  /// Renders what came of all models to stdout or to a file, which is written completely or not at all.
  func write(_ reports: ReportSet, to file: OutputFile?, human: HumanFormat) throws {
    let text =
      switch kind {
      case .human: human.render(reports)
      case .json: JSONFormat().render(reports)
      case .jsonl: JSONFormat().lines(reports)
      case .junit: JUnitFormat().render(reports).printableLines
      case .github: GitHubFormat().render(reports).printableLines
      case .gitlab: GitLabFormat().render(reports)
      case .md: MarkdownFormat().render(reports).printableLines
      case .html: HTMLFormat().render(reports)
      }
    guard let file else { return try StandardStream.print(result: text) }
    try AtomicFile.write(Data(text.utf8), to: file)
    file.noteChange()
  }
}
