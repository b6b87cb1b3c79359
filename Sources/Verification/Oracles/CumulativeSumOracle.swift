public import Continual
public import Tensors

/// The sum of all frames so far, in `Double`, and in `Float` with what rounding leaves over.
extension CumulativeSum: ReferencedLeaf, NoiseMeasured {
  public var remembersEverything: Bool { true }

  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    var sums = [Double](repeating: 0, count: clip.shape.frame.count)
    let frames = (0..<clip.shape[2]).map { time in
      sums = zip(sums, clip.frame(time).scalars).map { $0 + $1 }
      return sums
    }
    return Tensor64(frames: frames, of: clip.shape.frame)
  }

  /// Sums are as exact as their largest partial sum: a few units in its last place.
  public func noise(_ clip: Tensor64) throws(VerificationError) -> Double {
    let largest = try reference(clip).scalars.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
    return (largest + clip.largestMagnitude) * 0x1p-23
  }
}
