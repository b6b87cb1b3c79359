import Synchronization

/// Where the notes on a model go.
struct Notes: Sendable {
  private let take: @Sendable (String) -> Void

  /// Prints them on stderr.
  static let shown = Notes { StandardStream.say("note: \($0)") }

  /// Nobody wants to know them.
  static let silent = Notes { _ in }

  /// Hands notes on.
  init(_ take: @escaping @Sendable (String) -> Void) { self.take = take }

  /// Says what a user may want to know.
  func say(_ text: String) { take(text) }
}

/// Notes that wait until those on other models have been shown.
final class WaitingNotes: Sendable {
  private let waiting = Mutex<[String]>([])

  /// Takes the notes.
  var notes: Notes { Notes { text in self.waiting.withLock { $0.append(text) } } }

  /// Prints what was said, with the name of the model in front.
  func show(of model: String) {
    for text in waiting.withLock({ $0 }) { StandardStream.say("\(model): note: \(text)") }
  }
}
