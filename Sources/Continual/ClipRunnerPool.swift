import Synchronization

/// The runners of a plan that wait for the next clip.
///
/// Any number of clips can be computed at the same time; each borrows a runner. Of those that come back,
/// few are kept, and not more memory than is worth it: the time that fresh pages cost matters least
/// where a clip is large.
final class ClipRunnerPool: Sendable {
  /// How many runners wait at most.
  ///
  /// ThreadSanitizer does not see that a mutex hands their memory from one thread to the next
  /// (scripts/sanitize), so that each clip gets a runner of its own there.
  #if THREAD_SANITIZER
  static let mostRunners = 0
  #else
  static let mostRunners = 4
  #endif

  /// How many floats those have together at most.
  private let mostFloats: Int

  private let idle = Mutex<[ClipRunner]>([])

  /// Makes a pool without runners; by default it keeps 256 MB at most.
  init(mostFloats: Int = 1 << 26) { self.mostFloats = mostFloats }

  /// A runner that waits, or a new one.
  func take() -> ClipRunner { idle.withLock { $0.popLast() } ?? ClipRunner() }

  /// Gives a runner back.
  func give(_ runner: ClipRunner) {
    idle.withLock { idle in
      let kept = idle.reduce(0) { $0 + $1.floatCount }
      guard idle.count < ClipRunnerPool.mostRunners,
        kept + runner.floatCount <= mostFloats
      else { return }
      idle.append(runner)
    }
  }

  /// Frees the memory of all runners that wait.
  func empty() { idle.withLock { $0 = [] } }

  /// The number of runners that wait.
  var count: Int { idle.withLock { $0.count } }
}
