public import Continual
public import Tensors

extension LayerNorm: ReferencedLeaf, SumDefined {
  /// The last axes of each frame; a frame (B, C, S…) has them where the clip has.
  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try mapped(clip) { run, value, weight, bias in run.normalized(value) * weight + bias }
  }

  /// What is normalized is rounded, then its product with the weight, then the sum with the bias.
  func definition(_ clip: Tensor64, isSteps: Bool) throws(VerificationError) -> Definition {
    let roundings = weight == nil ? 1.0 : 2
    let ofSum = bias == nil ? 0.0 : 1
    let limits = try mapped(clip) { run, value, weight, bias in
      let product = run.normalized(value) * weight
      return Rounding.unit * (roundings * abs(product) + ofSum * abs(product + bias))
        + abs(weight) * (run.error(of: value) + Rounding.least) + Rounding.least
    }
    return Definition(
      values: try reference(clip), rounding: .within(limits.scalars.map { Float($0) }))
  }

  /// What becomes of each element, by the statistics of its run and its weight and bias.
  private func mapped(
    _ clip: Tensor64,
    _ change: (_ run: Standard, _ value: Double, _ weight: Double, _ bias: Double) -> Double
  ) throws(VerificationError) -> Tensor64 {
    let count = normalizedShape.reduce(1, *)
    guard clip.shape.frame.axes.suffix(normalizedShape.count) == normalizedShape[...] else {
      throw VerificationError(
        .clip(.normalized(frame: clip.shape.frame, axes: normalizedShape)))
    }
    let frames = (0..<clip.shape[2]).map { time in
      let frame = clip.frame(time).scalars
      return stride(from: 0, to: frame.count, by: count).flatMap { start in
        let part = Array(frame[start..<start + count])
        let run = Standard(part, eps: eps)
        return part.enumerated().map { index, value in
          change(
            run, value, Double(weight?.scalars[index] ?? 1), Double(bias?.scalars[index] ?? 0))
        }
      }
    }
    return Tensor64(frames: frames, of: clip.shape.frame)
  }
}

extension GroupNorm: ReferencedLeaf, SumDefined {
  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try mapped(clip, isSteps: false, normalized)
  }

  /// A step takes the statistics of its frame.
  public func referenceSteps(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try mapped(clip, isSteps: true, normalized)
  }

  /// All is computed in `Double` and rounded once.
  func definition(_ clip: Tensor64, isSteps: Bool) throws(VerificationError) -> Definition {
    let limits = try mapped(clip, isSteps: isSteps) { group, value, weight, bias in
      let product = group.normalized(value) * weight
      return Rounding.unit * abs(product + bias) + 0x1p-50 * (abs(product) + abs(bias))
        + abs(weight) * group.error(of: value) + Rounding.least
    }
    return Definition(
      values: try mapped(clip, isSteps: isSteps, normalized),
      rounding: .within(limits.scalars.map { Float($0) }))
  }

  private func normalized(
    _ group: Standard, _ value: Double, _ weight: Double, _ bias: Double
  ) -> Double {
    group.normalized(value) * weight + bias
  }

  /// What becomes of each element, by the statistics of its group and its weight and bias.
  private typealias Change = (
    _ group: Standard, _ value: Double, _ weight: Double, _ bias: Double
  ) -> Double

  private func mapped(
    _ clip: Tensor64, isSteps: Bool, _ change: Change
  ) throws(VerificationError) -> Tensor64 {
    guard isFramewise || isSteps else { return mapped(clip, change) }
    return try clip.frameByFrame { clip throws(VerificationError) in mapped(clip, change) }
  }

  private func mapped(_ clip: Tensor64, _ change: Change) -> Tensor64 {
    let channels = clip.shape[1]
    let block = clip.shape.axes.dropFirst(2).reduce(1, *)
    let size = channels / max(groups, 1) * block
    guard size > 0 else { return clip }
    var scalars: [Double] = []
    for start in stride(from: 0, to: clip.scalars.count, by: size) {
      let part = Array(clip.scalars[start..<start + size])
      let group = Standard(part, eps: eps)
      for (index, value) in part.enumerated() {
        let channel = (start + index) / block % channels
        scalars.append(
          change(
            group, value, Double(weight?.scalars[channel] ?? 1),
            Double(bias?.scalars[channel] ?? 0)))
      }
    }
    return Tensor64(clip.shape, scalars)
  }
}

/// Mean and standard deviation of some numbers.
private struct Standard {
  private let mean: Double
  private let deviation: Double
  /// How far apart two sums of the numbers in `Double` can be, by their mean.
  private let ofMean: Double

  init(_ values: [Double], eps: Double) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    self.mean = mean
    deviation = (variance + eps).squareRoot()
    ofMean = (count + 4) * 0x1p-52 * values.reduce(0) { $0 + abs($1) } / count
  }

  func normalized(_ value: Double) -> Double { (value - mean) / deviation }

  /// How far off a kernel can be that computes the same in `Double`, in another order.
  ///
  /// The mean is off by what its sum is; the variance by a part of itself that grows with the number of its
  /// terms, and by the square of that.
  func error(of value: Double) -> Double {
    let ofVariance = ofMean * ofMean / (deviation * deviation)
    return (ofMean + abs(value - mean) * (ofVariance + Self.part)) / deviation
  }

  /// A bound on the part for up to a million numbers, far below half a unit of a `Float`.
  private static let part = 1e-9
}
