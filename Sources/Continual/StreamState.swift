/// Everything one stream remembers, as one flat value.
///
/// Saving, restoring and trying a step without keeping it are assignments. Two states are equal
/// when their bits are: a NaN equals itself, and minus zero differs from zero.
public struct StreamState: Sendable {
  var memory: [Float]
  var counters: [Int]

  /// How many frames the stream has seen.
  public internal(set) var frames: Int

  /// The number of bytes.
  public var byteCount: Int {
    memory.count * MemoryLayout<Float>.size + (counters.count + 1) * MemoryLayout<Int>.size
  }

  /// Whether a state has as many numbers.
  func fits(_ other: StreamState) -> Bool {
    memory.count == other.memory.count && counters.count == other.counters.count
  }

  /// The number of floats and integers whose bits differ from those of `other`.
  public func differences(from other: StreamState) -> Int {
    precondition(fits(other), "states of different plans")
    var count = frames == other.frames ? 0 : 1
    for (mine, theirs) in zip(memory, other.memory) where mine.bitPattern != theirs.bitPattern {
      count += 1
    }
    for (mine, theirs) in zip(counters, other.counters) where mine != theirs { count += 1 }
    return count
  }
}

extension StreamState: Hashable {
  public static func == (left: StreamState, right: StreamState) -> Bool {
    left.frames == right.frames && left.counters == right.counters
      && left.memory.count == right.memory.count
      && zip(left.memory, right.memory).allSatisfy { $0.bitPattern == $1.bitPattern }
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(frames)
    hasher.combine(counters)
    for value in memory { hasher.combine(value.bitPattern) }
  }
}
