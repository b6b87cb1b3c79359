import Foundation
import Synchronization
import Verification

/// Shows on stderr how far a long run is: a line that changes on a terminal, and elsewhere a line
/// every ten seconds.
final class ProgressLine: Sendable {
  private let isSilent: Bool
  /// Whether stderr is a terminal that can take a line back.
  private let isTerminal =
    isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  private let shown = Mutex(Shown())

  private struct Shown {
    var last = ContinuousClock.now
    var isThere = false
  }

  init(isSilent: Bool) { self.isSilent = isSilent }

  func show(_ progress: Verifier.Progress) {
    guard !isSilent else { return }
    shown.withLock { shown in
      let now = ContinuousClock.now
      guard now - shown.last > .milliseconds(isTerminal ? 200 : 10_000) else { return }
      shown.last = now
      let line = ProgressLine.text(progress)
      if isTerminal {
        shown.isThere = true
        StandardStream.note("\r\u{1B}[K\(line)")
      } else {
        StandardStream.say(line)
      }
    }
  }

  /// Clears the line.
  func finish() {
    shown.withLock { if $0.isThere { StandardStream.note("\r\u{1B}[K") } }
  }

  /// As in `42% state, about 7 s left`.
  static func text(_ progress: Verifier.Progress) -> String {
    let line = "\(Int(progress.fraction * 100))% \(progress.activity)"
    guard let remaining = progress.remaining else { return line }
    let seconds = max(remaining.components.seconds, 1)
    return line + ", about "
      + (seconds < 90 ? "\(seconds) s" : "\((seconds + 30) / 60) min") + " left"
  }
}
