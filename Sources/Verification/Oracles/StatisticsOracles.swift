public import Continual
public import Tensors

extension LayerNorm: ReferencedLeaf {
  /// The last axes of each frame; a frame (B, C, S…) has them where the clip has.
  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    let count = normalizedShape.reduce(1, *)
    guard clip.shape.frame.axes.suffix(normalizedShape.count) == normalizedShape[...] else {
      throw VerificationError(
        .clip(.normalized(frame: clip.shape.frame, axes: normalizedShape)))
    }
    let frames = (0..<clip.shape[2]).map { time in
      let frame = clip.frame(time).scalars
      return stride(from: 0, to: frame.count, by: count).flatMap { start in
        let part = Array(frame[start..<start + count])
        return Standard(part, eps: eps).normalized(part).enumerated().map { index, value in
          value * Double(weight?.scalars[index] ?? 1) + Double(bias?.scalars[index] ?? 0)
        }
      }
    }
    return Tensor64(frames: frames, of: clip.shape.frame)
  }
}

extension GroupNorm: ReferencedLeaf {
  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    guard !isFramewise else {
      return try clip.frameByFrame { clip throws(VerificationError) in normalized(clip) }
    }
    return normalized(clip)
  }

  /// A step takes the statistics of its frame.
  public func referenceSteps(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try clip.frameByFrame { clip throws(VerificationError) in normalized(clip) }
  }

  private func normalized(_ clip: Tensor64) -> Tensor64 {
    let channels = clip.shape[1]
    let block = clip.shape.axes.dropFirst(2).reduce(1, *)
    let size = channels / max(groups, 1) * block
    guard size > 0 else { return clip }
    var scalars: [Double] = []
    for start in stride(from: 0, to: clip.scalars.count, by: size) {
      let part = Array(clip.scalars[start..<start + size])
      for (index, value) in Standard(part, eps: eps).normalized(part).enumerated() {
        let channel = (start + index) / block % channels
        scalars.append(
          value * Double(weight?.scalars[channel] ?? 1) + Double(bias?.scalars[channel] ?? 0))
      }
    }
    return Tensor64(clip.shape, scalars)
  }
}

/// Mean and standard deviation of some numbers.
private struct Standard {
  let mean: Double
  let deviation: Double

  init(_ values: [Double], eps: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    self.mean = mean
    deviation = (variance + eps).squareRoot()
  }

  func normalized(_ values: [Double]) -> [Double] { values.map { ($0 - mean) / deviation } }
}
