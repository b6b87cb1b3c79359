import CKernels

/// Where the rows of the right factor of a product are, from a common base: at some offsets, and at the
/// same offsets again, a step further, as often as there are repeats.
///
/// Where the step is known when a plan is made, all places are offsets. Where it depends on the number of
/// frames of a chunk, only what repeats is kept, and no table has to be made for each chunk: of the
/// channels of a chunk, for example, the offset is zero, and the step is the floats of a channel.
struct TapOffsets: Sendable {
  /// The places before they are repeated, none negative.
  let offsets: [Int]
  /// How often they stand there.
  let repeats: Int
  /// From one time to the next.
  let step: Int
  /// The largest place; zero where there are none.
  let reach: Int

  /// How many repeated places there are at most without a table of them.
  static let mostRepeated = Int(CK_MOST_REPEATED)

  /// Places that do not repeat.
  init(_ offsets: [Int]) {
    precondition(offsets.allSatisfy { $0 >= 0 }, "an offset is negative")
    self.init(offsets: offsets, repeats: 1, step: 0, reach: offsets.max() ?? 0)
  }

  /// The places of `taps`, which do not repeat, again and again.
  ///
  /// Allocates nothing unless there are more than ``mostRepeated``.
  init(_ taps: TapOffsets, repeats: Int, step: Int) {
    precondition(
      taps.repeats == 1 && repeats >= 0 && step >= 0, "\(repeats) repeats, \(step) apart")
    guard taps.offsets.count * repeats <= TapOffsets.mostRepeated else {
      self.init((0..<repeats).flatMap { index in taps.offsets.map { index * step + $0 } })
      return
    }
    self.init(
      offsets: taps.offsets, repeats: repeats, step: step,
      reach: repeats == 0 || taps.offsets.isEmpty ? 0 : taps.reach + (repeats - 1) * step)
  }

  private init(offsets: [Int], repeats: Int, step: Int, reach: Int) {
    self.offsets = offsets
    self.repeats = repeats
    self.step = step
    self.reach = reach
  }

  /// Places that are `step` apart, from zero on.
  init(_ count: Int, step: Int) { self.init(.origin, repeats: count, step: step) }

  /// The number of places.
  var count: Int { offsets.count * repeats }

  /// A single place, where the base is.
  static let origin = TapOffsets([0])
}
