/// How long one run of something takes, from many.
package struct TimedRuns: Sendable {
  /// The median, in seconds.
  package let median: Double
  /// The median of the distances from it.
  package let spread: Double
  /// What 99 of 100 runs do not exceed.
  package let slowest: Double
  /// The number of runs.
  package let count: Int

  /// Adds up times.
  ///
  /// - Parameters:
  ///   - times: of rounds, in seconds a run; at least one.
  ///   - count: the number of runs in all of them.
  init(_ times: [Double], count: Int) {
    let sorted = times.sorted()
    let middle = sorted[sorted.count / 2]
    median = middle
    spread = times.map { abs($0 - middle) }.sorted()[times.count / 2]
    slowest = sorted[min(sorted.count - 1, sorted.count * 99 / 100)]
    self.count = count
  }
}

/// Times several things in turns, so that what disturbs the machine disturbs all of them.
struct TimedRounds {
  /// How short a round may be, so that the clock tells its length.
  private static let shortest = 0.001

  /// One of the things.
  struct Task {
    let run: (_ count: Int) throws -> Void
  }

  /// Times tasks.
  ///
  /// - Parameters:
  ///   - tasks: what to time; each runs a few times before it counts.
  ///   - seconds: how long each may take.
  ///   - rounds: how many rounds each has at least.
  /// - Returns: the times, in the order of the tasks.
  /// - Throws: what a task throws.
  static func times(of tasks: [Task], seconds: Double, rounds: Int) throws -> [TimedRuns] {
    var counts: [Int] = []
    for task in tasks {
      var count = 1
      while try time(task, count) < shortest { count *= 2 }
      counts.append(count)
    }
    var times = tasks.map { _ in [Double]() }
    var totals = tasks.map { _ in 0.0 }
    while true {
      let open = tasks.indices.filter { totals[$0] < seconds || times[$0].count < rounds }
      guard !open.isEmpty else { break }
      for index in open {
        let round = try time(tasks[index], counts[index])
        totals[index] += round
        times[index].append(round / Double(counts[index]))
      }
    }
    return tasks.indices.map { TimedRuns(times[$0], count: times[$0].count * counts[$0]) }
  }

  private static func time(_ task: Task, _ count: Int) throws -> Double {
    let start = ContinuousClock.now
    try task.run(count)
    return (ContinuousClock.now - start) / .seconds(1)
  }
}

/// Work that is always the same, by which machines are compared: a chain of products through an array that
/// fits in the first cache.
struct CalibrationLoop {
  private var numbers = (0..<1024).map { Float($0) / 1024 }

  /// Does the work.
  mutating func run() {
    for round in 0..<64 {
      let factor = 0.5 + Float(round) / 1024
      for index in numbers.indices { numbers[index] = numbers[index] * factor + 0.25 }
    }
  }

  /// Something that depends on all of it, so that none is left out.
  var result: Float { numbers.reduce(0, +) }
}
