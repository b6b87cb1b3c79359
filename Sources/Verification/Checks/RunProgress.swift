import Synchronization

/// How far the checks of a run are, which tell it from any thread.
final class RunProgress: Sendable {
  private let works: [Double]
  private let report: @Sendable (Verifier.Progress) -> Void
  private let start = ContinuousClock.now
  /// The part of each check that is done.
  private let done: Mutex<[Double]>

  /// Which part has to be done for what is left to be told.
  private static let leastFraction = 0.05

  /// Starts at zero.
  ///
  /// - Parameters:
  ///   - works: what each check costs, compared with the others.
  ///   - report: called by one thread at a time.
  init(works: [Double], report: @escaping @Sendable (Verifier.Progress) -> Void) {
    self.works = works
    self.report = report
    done = Mutex([Double](repeating: 0, count: works.count))
  }

  /// Tells what a check does, and which part of it is done.
  func tell(_ activity: String, check: Int, fraction: Double) {
    done.withLock { done in
      done[check] = max(done[check], fraction)
      let all = works.reduce(0, +)
      let part = zip(works, done).reduce(0) { $0 + $1.0 * $1.1 } / all
      let elapsed = ContinuousClock.now - start
      report(
        Verifier.Progress(
          activity: activity, fraction: part,
          remaining: part < RunProgress.leastFraction ? nil : elapsed * ((1 - part) / part)))
    }
  }

  /// Enters that a check is done.
  func finish(check: Int) { done.withLock { $0[check] = 1 } }
}
