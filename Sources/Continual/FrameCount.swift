import Tensors

/// How many frames come out of a part of a network after `n` frames have gone in, for one part that
/// raises or lowers the rate: `max(0, floor((n * up + offset) / down))`.
///
/// After no frame there is none: `offset < down`. Of a convolution with stride `s`, for example,
/// `up` is 1, `down` is `s` and `offset` is `s - span + padding`. (Counts of the frames that an output
/// depends on go the other way, from outputs to inputs; their offsets are any that are not negative.)
struct CountStage: Hashable, Sendable {
  private(set) var up: Int
  private(set) var down: Int
  private(set) var offset: Int

  /// No stream lives longer; larger counts stop here, so that numbers that a file makes up cannot
  /// overflow.
  static let limit = 1 << 40

  /// Makes a stage in lowest terms: `floor((n * g * u + a) / (g * d))` is
  /// `floor((n * u + floor(a / g)) / d)`.
  init(up: Int, down: Int, offset: Int) {
    precondition(up > 0 && down > 0, "a rate of \(up) to \(down)")
    let common = CountStage.commonDivisor(up, down)
    self.up = up / common
    self.down = down / common
    self.offset = CountStage.floor(offset, by: common)
  }

  static let identity = CountStage(up: 1, down: 1, offset: 0)

  /// The rate alone.
  var withoutOffset: CountStage {
    var stage = self
    stage.offset = 0
    return stage
  }

  /// How many come out after `n` have gone in.
  @inline(__always)
  func callAsFunction(_ n: Int) -> Int {
    let (product, isTooLarge) = n.multipliedReportingOverflow(by: up)
    let (sum, overflows) = product.addingReportingOverflow(offset)
    guard !isTooLarge && !overflows else { return CountStage.limit }
    guard sum > 0 else { return 0 }
    return min(down == 1 ? sum : sum / down, CountStage.limit)
  }

  /// The fewest that have to go in so that `count` come out; at least one.
  func needed(for count: Int) -> Int {
    guard count > 0 else { return 0 }
    let (product, isTooLarge) = count.multipliedReportingOverflow(by: down)
    let (sum, overflows) = product.subtractingReportingOverflow(offset)
    guard !isTooLarge && !overflows else { return CountStage.limit }
    return min((sum - 1) / up + 1, CountStage.limit)
  }

  /// The most that come out at once where `n` go in at once.
  func most(of n: Int) -> Int {
    let (product, isTooLarge) = n.multipliedReportingOverflow(by: up)
    return isTooLarge ? CountStage.limit : min((product + down - 1) / down, CountStage.limit)
  }

  /// This stage and then `next` as one; nil where they are not one.
  ///
  /// Where this one only raises the rate, or the next one only lowers it, the inner floor does not
  /// matter. Two frames of one, made one of two before, are not the same as nothing done: they come in
  /// pairs.
  func merged(with next: CountStage) -> CountStage? {
    guard down == 1 || next.up == 1 else { return nil }
    // floor((next.up * (n * up + offset) + next.offset) / next.down), and
    // floor((floor((n * up + offset) / down) + next.offset) / next.down).
    let (factor, other) = down == 1 ? (offset, next.up) : (next.offset, down)
    let (product, isTooLarge) = factor.multipliedReportingOverflow(by: other)
    let (sum, overflows) = product.addingReportingOverflow(down == 1 ? next.offset : offset)
    let (newUp, upOverflows) = up.multipliedReportingOverflow(by: next.up)
    let (newDown, downOverflows) = down.multipliedReportingOverflow(by: next.down)
    guard !isTooLarge && !overflows && !upOverflows && !downOverflows else { return nil }
    return CountStage(up: newUp, down: newDown, offset: sum)
  }

  static func commonDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : commonDivisor(b, a % b) }

  /// a / b, rounded down; b is positive.
  static func floor(_ a: Int, by b: Int) -> Int {
    a >= 0 ? a / b : -((-(a + 1)) / b) - 1
  }
}

/// Stages one after the other, as few as possible: what comes out of one goes into the next.
struct CountChain: Hashable, Sendable {
  private var first: CountStage
  private var rest: [CountStage] = []

  init(_ stage: CountStage) { first = stage }

  /// The number of stages.
  var count: Int { rest.count + 1 }

  /// The stage, where there is one alone.
  var stage: CountStage? { rest.isEmpty ? first : nil }

  @inline(__always)
  func callAsFunction(_ n: Int) -> Int {
    let count = first(n)
    return rest.isEmpty ? count : rest.reduce(count) { $1($0) }
  }

  func needed(for count: Int) -> Int {
    first.needed(for: rest.reversed().reduce(count) { $1.needed(for: $0) })
  }

  func most(of n: Int) -> Int { rest.reduce(first.most(of: n)) { $1.most(of: $0) } }

  /// These stages and then those of `next`.
  func then(_ next: CountChain) -> CountChain {
    var chain = self
    chain.append(next.first)
    for stage in next.rest { chain.append(stage) }
    return chain
  }

  private mutating func append(_ stage: CountStage) {
    var stage = stage
    while let merged = (rest.last ?? first).merged(with: stage) {
      guard !rest.isEmpty else {
        first = merged
        return
      }
      rest.removeLast()
      stage = merged
    }
    rest.append(stage)
  }

  /// The most that this is ahead of another one that has the same rate in the long run.
  ///
  /// Both repeat themselves from some time on, so one period shows all. For two stages that differ in
  /// their offsets alone, and where periods are absurdly long, it is told without looking; then it may
  /// be too much by a few frames.
  func lead(over other: CountChain) -> Int {
    if self == other { return 0 }
    if rest.isEmpty && other.rest.isEmpty && first.up == other.first.up
      && first.down == other.first.down
    {
      let (distance, overflows) = first.offset.subtractingReportingOverflow(other.first.offset)
      guard !overflows else { return first.offset < 0 ? 0 : CountStage.limit }
      return max(0, -CountStage.floor(-distance, by: first.down))
    }
    let start = max(needed(for: 1), other.needed(for: 1))
    if let period = common(with: other), start + period <= CountChain.longestPeriod {
      return (0...start + period).reduce(0) { max($0, self($1) - other($1)) }
    }
    let most = (bounds.high - other.bounds.low).rounded(.up)
    return most < Double(CountStage.limit) ? max(Int(most), 0) : CountStage.limit
  }

  /// The chains without those of which another one makes nothing of interest.
  static func pruned(
    _ chains: [CountChain], _ covers: (CountChain, CountChain) -> Bool
  ) -> [CountChain] {
    var kept: [CountChain] = []
    for chain in chains where !kept.contains(where: { covers($0, chain) }) {
      kept.removeAll { covers(chain, $0) }
      kept.append(chain)
    }
    return kept
  }

  /// The different ones of many chains, and of those that differ in an offset alone, the first of all.
  ///
  /// It takes no longer than there are chains, where to compare each with each does.
  static func extremes(
    of chains: [CountChain], by isBefore: (_ offset: Int, _ other: Int) -> Bool
  ) -> [CountChain] {
    var places: [CountChain: Int] = [:]
    var extremes: [CountChain] = []
    for chain in chains {
      var kind = chain
      if chain.rest.isEmpty { kind.first = chain.first.withoutOffset }
      if let place = places[kind] {
        if isBefore(chain.first.offset, extremes[place].first.offset) { extremes[place] = chain }
      } else {
        places[kind] = extremes.count
        extremes.append(chain)
      }
    }
    return extremes
  }

  static let longestPeriod = 1 << 14

  /// A number of frames after which both repeat themselves; nil where it is absurdly long.
  private func common(with other: CountChain) -> Int? {
    guard let mine = period, let theirs = other.period else { return nil }
    let common = mine / CountStage.commonDivisor(mine, theirs)
    let (product, overflows) = common.multipliedReportingOverflow(by: theirs)
    return overflows ? nil : product
  }

  private var period: Int? {
    var (period, count) = (1, 1)
    for stage in [first] + rest {
      let (product, isTooLarge) = count.multipliedReportingOverflow(by: stage.up)
      guard !isTooLarge else { return nil }
      let times = stage.down / CountStage.commonDivisor(product, stage.down)
      let (longer, overflows) = period.multipliedReportingOverflow(by: times)
      let (more, moreOverflows) = product.multipliedReportingOverflow(by: times)
      guard !overflows && !moreOverflows && longer <= CountChain.longestPeriod else { return nil }
      (period, count) = (longer, more / stage.down)
    }
    return period
  }

  /// At least the number of frames that are looked at when this is compared with one whose cost is no
  /// larger.
  fileprivate var costOfComparing: Int {
    guard !rest.isEmpty else { return 1 }
    guard let period else { return CountChain.longestPeriod }
    return min(CountChain.longestPeriod, period.times(period).plus(needed(for: 1)))
  }

  /// How far the counts can be from the long run's rate times `n`.
  private var bounds: (low: Double, high: Double) {
    ([first] + rest).reduce((0, 0)) { bounds, stage in
      let (up, down, offset) = (Double(stage.up), Double(stage.down), Double(stage.offset))
      return (
        (bounds.low * up + offset - down + 1) / down, max((bounds.high * up + offset) / down, 0)
      )
    }
  }
}

/// How many frames are due after `n` have come: the fewest of several chains, since a join waits for the
/// slowest of its branches.
struct FrameCount: Hashable, Sendable {
  private var first: CountChain
  private var others: [CountChain] = []

  init(_ stage: CountStage) { first = CountChain(stage) }

  private init(_ chains: [CountChain]) {
    // A chain that is nowhere behind another one changes nothing.
    let lowest = CountChain.extremes(of: chains, by: <)
    let kept = CountChain.pruned(lowest) { $0.lead(over: $1) == 0 }
    first = kept[0]
    others = Array(kept.dropFirst())
  }

  static let identity = FrameCount(.identity)

  var chains: [CountChain] { [first] + others }

  /// The stage, where there is one alone.
  var stage: CountStage? { others.isEmpty ? first.stage : nil }

  /// The number of stages of all chains.
  var stageCount: Int { chains.reduce(0) { $0 + $1.count } }

  @inline(__always)
  func callAsFunction(_ n: Int) -> Int {
    let count = first(n)
    return others.isEmpty ? count : others.reduce(count) { min($0, $1(n)) }
  }

  /// The fewest that have to come so that `count` are due.
  func needed(for count: Int) -> Int { chains.reduce(0) { max($0, $1.needed(for: count)) } }

  /// At least the most that are due at once where `n` come at once.
  func most(of n: Int) -> Int { chains.reduce(0) { max($0, $1.most(of: n)) } }

  func then(_ next: FrameCount) -> FrameCount {
    if others.isEmpty && next.others.isEmpty {
      var count = self
      count.first = first.then(next.first)
      return count
    }
    return FrameCount(chains.flatMap { chain in next.chains.map { chain.then($0) } })
  }

  /// What is due where all of several are.
  static func slowest(_ counts: [FrameCount]) -> FrameCount {
    FrameCount(counts.flatMap(\.chains))
  }

  /// The most that this is ahead of another count.
  func lead(over other: FrameCount) -> Int {
    // What is ahead of a fewest is ahead of one of them; one's own fewest is behind each of its own.
    other.chains.reduce(0) { most, other in
      max(most, chains.reduce(CountStage.limit) { min($0, $1.lead(over: other)) })
    }
  }

  /// About how many steps it takes to compare the counts of several branches with each other.
  static func costOfComparing(_ counts: [FrameCount]) -> Int {
    let chains = CountChain.extremes(of: counts.flatMap(\.chains), by: <)
    guard chains.count > 1 else { return 1 }
    let cost = chains.reduce(1) { max($0, $1.costOfComparing) }
    return chains.count.times(chains.count).times(cost)
  }
}
