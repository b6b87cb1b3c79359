import ArgumentParser
import Foundation
import Verification

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
      return isatty(STDOUT_FILENO) == 1
    }
  }
}

/// Shows on stderr how far a long run is: a line that changes on a terminal, and elsewhere a line
/// every half minute.
struct ProgressLine {
  private let isSilent: Bool
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var last = ContinuousClock.now
  private var isShown = false

  init(isSilent: Bool) { self.isSilent = isSilent }

  mutating func show(_ progress: Verifier.Progress) {
    let now = ContinuousClock.now
    guard !isSilent, now - last > .milliseconds(isTerminal ? 200 : 30_000) else { return }
    last = now
    let percent = Int(progress.fraction * 100)
    if isTerminal {
      isShown = true
      StandardStream.note("\r\u{1B}[K\(percent)% \(progress.activity)")
    } else {
      Trouble.say("\(percent)% \(progress.activity)")
    }
  }

  /// Clears the line.
  mutating func finish() {
    if isShown { StandardStream.note("\r\u{1B}[K") }
  }
}
