import Dispatch
import Synchronization

/// Makes a number of things at the same time, as many as there are processors.
///
/// Each is made by itself, so that it does not depend on how many are under way.
///
/// - Parameters:
///   - count: how many.
///   - isWorthIt: whether they take so long that it is worth it; else they are made one after the other.
///   - make: makes one of them.
/// - Returns: all of them, in order.
package func concurrently<Made: Sendable>(
  _ count: Int, if isWorthIt: Bool = true, _ make: @Sendable (Int) -> Made
) -> [Made] {
  guard count > 1, isWorthIt else { return (0..<count).map(make) }
  // ThreadSanitizer does not see this lock, as it is part of the standard library:
  // scripts/support/thread_suppressions.txt.
  let made = Mutex([Made?](repeating: nil, count: count))
  DispatchQueue.concurrentPerform(iterations: count) { index in
    let one = make(index)
    made.withLock { $0[index] = one }
  }
  return made.withLock { $0.compactMap(\.self) }
}
