import Foundation
import Verification

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
      StandardStream.say("\(percent)% \(progress.activity)")
    }
  }

  /// Clears the line.
  mutating func finish() {
    if isShown { StandardStream.note("\r\u{1B}[K") }
  }
}
