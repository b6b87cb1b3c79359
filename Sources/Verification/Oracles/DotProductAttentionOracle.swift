public import Continual
import Foundation
public import Tensors

/// Softmax(scale Q Kᵀ) V for each head, frame by frame: in `Double`, and in other numbers to know the
/// rounding.
extension DotProductAttention: ReferencedLeaf, NoiseMeasured, SumDefined {
  public var operationsPerElement: Int {
    sequenceLength * (keySize + relativeSize + valueSize)
  }

  public func referenceLength(ofClip frames: Int) -> Int? { frames }

  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    let exact: OracleFrames<Double> = try made(clip, isSteps: false)
    return exact.values
  }

  public func referenceSteps(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    let exact: OracleFrames<Double> = try made(clip, isSteps: true)
    return exact.values
  }

  func definition(_ clip: Tensor64, isSteps: Bool) throws(VerificationError) -> Definition {
    let noisy: OracleFrames<NoisyNumber> = try made(clip, isSteps: isSteps)
    return noisy.definition
  }

  /// The larger noise of the clip and of its steps.
  public func noise(_ clip: Tensor64) throws(VerificationError) -> Double {
    func noise(isSteps: Bool) throws(VerificationError) -> Double {
      let exact: OracleFrames<Double> = try made(clip, isSteps: isSteps)
      return exact.largestDifference(from: try made(clip, isSteps: isSteps))
    }
    let steps = try noise(isSteps: true)
    return isCausal ? steps : max(steps, try noise(isSteps: false))
  }

  /// What a clip becomes, or its steps: each frame attends to the last ones, or else to all.
  private func made<Scalar: OracleScalar>(
    _ clip: Tensor64, isSteps: Bool
  ) throws(VerificationError) -> OracleFrames<Scalar> {
    guard isCausal || isSteps else { return try attended(clip) { 0...$1 - 1 } }
    let all: OracleFrames<Scalar> = try attended(clip) { frame, _ in
      max(0, frame + 1 - sequenceLength)...frame
    }
    if isCausal { return all }
    return OracleFrames(
      frames: Array(all.frames.dropFirst(sequenceLength - 1)), shape: all.shape)
  }

  private func attended<Scalar: OracleScalar>(
    _ clip: Tensor64, _ range: (_ frame: Int, _ frames: Int) -> ClosedRange<Int>
  ) throws(VerificationError) -> OracleFrames<Scalar> {
    let channels = heads * (2 * keySize + valueSize + relativeSize)
    guard clip.shape.rank == 3, clip.shape[1] == channels else {
      throw VerificationError(.clip(.attention(clip.shape, channels: channels)))
    }
    let frames = clip.shape[2]
    func value(_ entry: Int, _ channel: Int, _ frame: Int) -> Scalar {
      Scalar(clip.scalars[(entry * channels + channel) * frames + frame])
    }
    let (keys, values) = (heads * keySize, 2 * heads * keySize)
    let seconds = values + heads * valueSize
    let outputs = (0..<frames).map { frame -> [Scalar] in
      (0..<clip.shape[0]).flatMap { entry in
        (0..<heads).flatMap { head -> [Scalar] in
          let seen = range(frame, frames)
          let scores = seen.map { other -> Scalar in
            var sum = (0..<keySize).reduce(Scalar(0)) { sum, channel in
              let place = head * keySize + channel
              return sum.adding(
                value(entry, place, frame), times: value(entry, keys + place, other))
            }
            if let relativeKeys {
              sum = (0..<relativeSize).reduce(sum) { sum, channel in
                sum.adding(
                  value(entry, seconds + head * relativeSize + channel, frame),
                  times: Scalar(Double(relativeKeys[head, frame - other, channel])))
              }
            }
            let product = sum * Scalar(scale)
            guard let bias else { return product }
            return product + Scalar(Double(bias[head, frame - other]))
          }
          let parts = Scalar.softmax(scores)
          return (0..<valueSize).map { channel in
            zip(seen, parts).reduce(Scalar(0)) { sum, pair in
              sum.adding(
                pair.1,
                times: value(entry, values + head * valueSize + channel, pair.0))
            }
          }
        }
      }
    }
    return OracleFrames(frames: outputs, shape: [clip.shape[0], heads * valueSize])
  }
}
