public import Continual
import Foundation
public import Tensors

/// Softmax(scale Q Kᵀ) V for each head, frame by frame, in `Double`, and in `Float` to measure the rounding.
extension DotProductAttention: ReferencedLeaf, NoiseMeasured {
  public var operationsPerElement: Int { sequenceLength * (keySize + valueSize) }

  public func referenceLength(ofClip frames: Int) -> Int? { frames }

  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try attended(clip) { frame, frames in
      isCausal ? max(0, frame + 1 - sequenceLength)...frame : 0...frames - 1
    }
  }

  public func referenceSteps(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    if isCausal { return try reference(clip) }
    let all = try newest(clip)
    return all.frames(min(all.shape[2], sequenceLength - 1)..<all.shape[2])
  }

  public func noise(_ clip: Tensor64) throws(VerificationError) -> Double {
    func largest(_ one: Tensor64, _ other: DenseTensor<Float>) -> Double {
      one.scalars.largestDifference(from: other.widened.scalars)
    }
    let noise = largest(try newest(clip), try newest(clip.narrowed))
    if isCausal { return noise }
    return max(
      noise, largest(try attended(clip) { 0...$1 - 1 }, try attended(clip.narrowed) { 0...$1 - 1 }))
  }

  /// Each frame, attending to the last ones.
  private func newest<Scalar: OracleScalar>(
    _ clip: DenseTensor<Scalar>
  ) throws(VerificationError) -> DenseTensor<Scalar> {
    try attended(clip) { frame, _ in max(0, frame + 1 - sequenceLength)...frame }
  }

  private func attended<Scalar: OracleScalar>(
    _ clip: DenseTensor<Scalar>, _ range: (_ frame: Int, _ frames: Int) -> ClosedRange<Int>
  ) throws(VerificationError) -> DenseTensor<Scalar> {
    let channels = heads * (2 * keySize + valueSize)
    guard clip.shape.rank == 3, clip.shape[1] == channels else {
      throw VerificationError(.clip(.attention(clip.shape, channels: channels)))
    }
    let frames = clip.shape[2]
    func value(_ entry: Int, _ channel: Int, _ frame: Int) -> Scalar {
      clip.scalars[(entry * channels + channel) * frames + frame]
    }
    let (keys, values) = (heads * keySize, 2 * heads * keySize)
    let outputs = (0..<frames).map { frame -> [Scalar] in
      (0..<clip.shape[0]).flatMap { entry in
        (0..<heads).flatMap { head -> [Scalar] in
          let seen = range(frame, frames)
          let scores = seen.map { other in
            (0..<keySize).reduce(Scalar(0)) { sum, channel in
              let place = head * keySize + channel
              return sum + value(entry, place, frame) * value(entry, keys + place, other)
            } * Scalar(scale)
          }
          let largest = scores.max() ?? 0
          let powers = scores.map { Scalar(exp(Double($0 - largest))) }
          let total = powers.reduce(0, +)
          return (0..<valueSize).map { channel in
            zip(seen, powers).reduce(Scalar(0)) { sum, pair in
              sum + pair.1 / total * value(entry, values + head * valueSize + channel, pair.0)
            }
          }
        }
      }
    }
    return DenseTensor(frames: outputs, of: [clip.shape[0], heads * valueSize])
  }
}
