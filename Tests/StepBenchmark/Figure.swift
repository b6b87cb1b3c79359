import TestSupport

/// What is told of the time that something takes.
enum Clock {
  /// Processor time, of all threads together, which other programs do not lengthen.
  case processor
  /// The time that passes, of which several threads take less.
  case wall

  /// The seconds so far.
  var now: Double {
    switch self {
    case .processor: Usage().seconds
    case .wall: Usage.secondsSinceBoot
    }
  }
}

/// What one run of something takes, in seconds.
struct Figure {
  /// The median of the rounds.
  let median: Double
  /// The shortest of them, with which other programs interfered least.
  let least: Double
}

extension Figure {
  /// The time of one run, from as many rounds as take so long together.
  ///
  /// A round is long enough for the clock; the first ones, which warm up and find that number, do
  /// not count.
  ///
  /// - Parameters:
  ///   - seconds: how long all rounds take together.
  ///   - clock: by which they are timed.
  ///   - period: after how many runs the same is done again, so that rounds are multiples of it.
  ///   - run: does it so many times.
  /// - Throws: what a run throws.
  init<Failure: Error>(
    seconds: Double, by clock: Clock = .processor, period: Int = 1,
    _ run: (_ count: Int) throws(Failure) -> Void
  ) throws(Failure) {
    func time(_ count: Int) throws(Failure) -> Double {
      let start = clock.now
      try run(count)
      return clock.now - start
    }
    var count = period
    while try time(count) < 0.002 { count *= 2 }
    var times: [Double] = []
    var total = 0.0
    while total < seconds || times.count < 3 {
      let round = try time(count)
      total += round
      times.append(round / Double(count))
    }
    times.sort()
    self.init(median: times[times.count / 2], least: times[0])
  }

  /// That of a part, where a run is so many of them.
  func divided(by count: Double) -> Figure { Figure(median: median / count, least: least / count) }
}

extension Figure: CustomStringConvertible {
  var description: String { "{\"median\": \(median), \"least\": \(least)}" }
}
