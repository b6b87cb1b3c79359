import ArgumentParser
import PlainData

/// Whom the result of a command is for.
enum ScreenFormat: String, ExpressibleByArgument, CaseIterable {
  /// A page of text.
  case human
  /// JSON, for programs.
  case json
}

/// How the result of a command is shown.
struct FormatOptions: ParsableArguments {
  @Option(help: "human or json.")
  var format: ScreenFormat = .human

  /// A result as text, with a line end at the end.
  func text(_ screen: some Screen) -> String {
    switch format {
    case .human: StandardStream.laidOut { screen.human } + "\n"
    case .json: screen.json.json(.indented) + "\n"
    }
  }
}
