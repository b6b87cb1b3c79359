import ArgumentParser

/// Whom the result of a command is for.
enum ScreenFormat: String, ExpressibleByArgument, CaseIterable {
  /// A page of text.
  case human
  /// JSON, for programs.
  case json
}
