/// Everything one stream remembers, as one flat value.
///
/// Saving, restoring and trying a step without keeping it are assignments. Two states are equal
/// when their bits are: a NaN equals itself, and minus zero differs from zero.
public struct StreamState: Sendable {
  /// What the kernels remember, from `start` on.
  var memory: [Float]
  var counters: [Int]
  /// Where the memory begins: at a line of the cache, unless the array was copied.
  ///
  /// What comes before is not used.
  let start: Int

  /// How many frames the stream has seen.
  public internal(set) var frames: Int

  /// Zeros that a state remembers, and where they begin in what holds them.
  static func zeros(_ count: Int) -> (memory: [Float], start: Int) {
    let memory = [Float](repeating: 0, count: count + DenseLoops.lineLength)
    return (memory, DenseLoops.floatsToLine(memory.span))
  }

  /// The number of floats.
  var floatCount: Int { memory.count - DenseLoops.lineLength }

  /// What is remembered.
  var floats: ArraySlice<Float> { memory[start..<start + floatCount] }

  /// The number of bytes.
  public var byteCount: Int {
    floatCount * MemoryLayout<Float>.size + (counters.count + 1) * MemoryLayout<Int>.size
  }

  /// Whether a state has as many numbers.
  func fits(_ other: StreamState) -> Bool {
    floatCount == other.floatCount && counters.count == other.counters.count
  }

  /// The number of floats and integers whose bits differ from those of `other`.
  public func differences(from other: StreamState) -> Int {
    precondition(fits(other), "states of different plans")
    var count = frames == other.frames ? 0 : 1
    for (mine, theirs) in zip(floats, other.floats) where mine.bitPattern != theirs.bitPattern {
      count += 1
    }
    for (mine, theirs) in zip(counters, other.counters) where mine != theirs { count += 1 }
    return count
  }
}

extension StreamState: Hashable {
  public static func == (left: StreamState, right: StreamState) -> Bool {
    left.frames == right.frames && left.counters == right.counters
      && left.floatCount == right.floatCount
      && zip(left.floats, right.floats).allSatisfy { $0.bitPattern == $1.bitPattern }
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(frames)
    hasher.combine(counters)
    for value in floats { hasher.combine(value.bitPattern) }
  }
}
