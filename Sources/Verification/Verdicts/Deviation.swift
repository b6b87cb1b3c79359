import Tensors

/// Values that differ: by how much, where most, and in which pattern.
public struct Deviation: Hashable, Sendable {
  /// The place of an element.
  public struct Place: Hashable, Sendable {
    /// The step that yielded it, counted from zero; nil for a clip.
    public let step: Int?
    /// The output frame, counted from zero.
    public let frame: Int
    /// The entry of the batch.
    public let batch: Int
    /// The channel.
    public let channel: Int
    /// The place in the plane: none, (x) or (y, x).
    public let space: [Int]
  }

  /// The largest difference, beyond what is allowed.
  public let error: Double

  /// The largest difference that would have passed there.
  public let allowed: Double

  /// The root mean square of what was wanted.
  public let rms: Double

  /// Where the difference is largest.
  public let place: Place

  /// What was computed there.
  public let got: Double

  /// What should have been.
  public let want: Double

  /// What the other mode computed there; nil where it is not compared.
  public let otherMode: Double?

  /// Which elements differ, and how.
  public let difference: Difference
}

extension Deviation {
  /// What a comparison that failed found.
  ///
  /// - Parameters:
  ///   - comparison: of clips (B, C, T, S…).
  ///   - got: what was computed.
  ///   - want: what should have been.
  ///   - other: what the other mode computed; left out where its shape is another.
  ///   - step: the step that yielded an output frame; nil where none did.
  init(
    _ comparison: Comparison, got: Tensor64, want: Tensor64, other: Tensor? = nil,
    step: (_ frame: Int) -> Int? = { _ in nil }
  ) {
    let offset = comparison.worstOffset ?? 0
    let place = got.shape.place(ofElement: offset)
    error = comparison.worst
    allowed = comparison.allowed
    rms = comparison.rms
    self.place = Place(
      step: step(place[2]), frame: place[2], batch: place[0], channel: place[1],
      space: Array(place.dropFirst(3)))
    self.got = got.scalars[offset]
    self.want = want.scalars[offset]
    otherMode = other.flatMap { $0.shape == got.shape ? Double($0.scalars[offset]) : nil }
    difference = Difference(comparison, got: got, want: want)
  }
}
