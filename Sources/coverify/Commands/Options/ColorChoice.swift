import ArgumentParser
import Foundation

/// When to use colour.
enum ColorChoice: String, ExpressibleByArgument, CaseIterable {
  case auto
  case always
  case never

  /// Whether stdout gets colour: by default on a terminal, unless the environment says otherwise.
  var isOn: Bool {
    let environment = ProcessInfo.processInfo.environment
    switch self {
    case .always: return true
    case .never: return false
    case .auto:
      if environment["NO_COLOR"].map({ !$0.isEmpty }) ?? false { return false }
      if environment["CLICOLOR_FORCE"].map({ $0 != "0" }) ?? false { return true }
      return isatty(STDOUT_FILENO) == 1 && environment["TERM"] != "dumb"
    }
  }
}
