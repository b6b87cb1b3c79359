import Dispatch
import Synchronization

/// Does jobs at the same time, and hands on what they make in the order of their numbers.
enum OrderedJobs {
  private struct State<Made: Sendable> {
    var next = 0
    var taken = 0
    var isOver = false
    var made: [Int: Made] = [:]
  }

  /// Does jobs until all are done, or what one made is to be the last.
  ///
  /// - Parameters:
  ///   - count: the number of jobs.
  ///   - workers: how many of them run at the same time at most.
  ///   - make: does the job with a number.
  ///   - take: gets what each job made, in order, one at a time; returns whether to go on.
  static func run<Made: Sendable>(
    _ count: Int, workers: Int, _ make: @Sendable (Int) -> Made,
    take: @Sendable (Int, Made) -> Bool
  ) {
    let state = Mutex(State<Made>())
    @Sendable func work() {
      while let number = state.withLock({ state -> Int? in
        guard !state.isOver, state.next < count else { return nil }
        state.next += 1
        return state.next - 1
      }) {
        let made = make(number)
        state.withLock { state in
          state.made[number] = made
          while !state.isOver, let made = state.made.removeValue(forKey: state.taken) {
            state.isOver = !take(state.taken, made)
            state.taken += 1
          }
        }
      }
    }
    guard workers > 1 else { return work() }
    DispatchQueue.concurrentPerform(iterations: min(workers, count)) { _ in work() }
  }
}
