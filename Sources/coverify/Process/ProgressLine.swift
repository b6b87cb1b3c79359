import Foundation
import PlainData
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

  /// Shows how far a run is.
  ///
  /// - Parameters:
  ///   - progress: of the run.
  ///   - model: which of several models it is of; empty for a single one.
  func show(_ progress: Verifier.Progress, of model: String = "") {
    guard !isSilent else { return }
    shown.withLock { shown in
      let now = ContinuousClock.now
      guard now - shown.last > .milliseconds(isTerminal ? 200 : 10_000) else { return }
      shown.last = now
      let line = (model.isEmpty ? "" : model + ": ") + ProgressLine.text(progress)
      if isTerminal {
        shown.isThere = true
        // A longer line would be on two, of which one stays.
        let columns = StandardStream.columns ?? 80
        StandardStream.note("\r\u{1B}[K\(line.printable.prefix(max(columns - 1, 20)))")
      } else {
        StandardStream.say(line)
      }
    }
  }

  /// Clears the line.
  func finish() {
    shown.withLock { shown in
      if shown.isThere { StandardStream.note("\r\u{1B}[K") }
      shown.isThere = false
    }
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
