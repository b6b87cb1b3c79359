/// A small seeded generator of numbers: SplitMix64, the same on every machine.
///
/// State `s`, each number: `s += 0x9E3779B97F4A7C15`, then `s` mixed by two multiply-xorshift rounds.
/// Normal numbers are sums of twelve uniform ones (Irwin-Hall), so no mathematical library is
/// involved that could round differently elsewhere; they lie between -6 and 6.
package struct RandomSource: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Starts a sequence.
  package init(seed: UInt64) { state = seed }

  /// Starts the sequence of one of many streams that share a seed.
  ///
  /// - Parameters:
  ///   - seed: the seed of the run.
  ///   - name: what the numbers are for; different names give unrelated numbers.
  package init(seed: UInt64, for name: String) {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    state = seed ^ hash
  }

  /// The next 64 bits.
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number in [0, 1), a multiple of 2^-24.
  mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// A number that is nearly normal, of mean 0 and variance 1.
  ///
  /// The twelve summands have 16 bits each, four from one draw, so that the sum is exact in `Float`.
  mutating func normal() -> Float {
    var sum: UInt64 = 0
    for _ in 0..<3 {
      let bits = next()
      sum += (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48)
    }
    return (Float(sum) + 6) * 0x1p-16 - 6
  }
}
