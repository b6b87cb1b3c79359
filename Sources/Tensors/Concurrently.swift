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

/// Makes two things at the same time.
///
/// - Parameters:
///   - isWorthIt: whether both take so long that it is worth it; else they are made one after the other.
///   - first: makes the one.
///   - second: makes the other, independently of it.
/// - Returns: both.
package func concurrently<First: Sendable, Second: Sendable>(
  if isWorthIt: Bool, _ first: @Sendable () -> First, _ second: @Sendable () -> Second
) -> (First, Second) {
  guard isWorthIt else { return (first(), second()) }
  let other = Mutex<Second?>(nil)
  let one = concurrently(2) { index -> First? in
    if index == 0 { return first() }
    let made = second()
    other.withLock { $0 = made }
    return nil
  }
  guard let one = one[0], let other = other.withLock(\.self) else {
    preconditionFailure("something was not made")
  }
  return (one, other)
}
