public import Continual
public import Tensors

extension BatchNorm: RoundingBounded, ReferencedLeaf {
  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    guard statistics == nil, isFramewise else { return normalized(clip) }
    return try clip.frameByFrame { clip throws(VerificationError) in normalized(clip) }
  }

  /// Without stored statistics, a step takes those of its frame.
  public func referenceSteps(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    guard statistics == nil else { return normalized(clip) }
    return try clip.frameByFrame { clip throws(VerificationError) in normalized(clip) }
  }

  /// The rounding of one product and one sum in `Float`, and that of the scale and of the shift; without
  /// stored statistics, all is computed in `Double` and rounded once.
  public func roundingBound(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    let (means, variances) = statistics(of: clip)
    let isStored = statistics != nil
    return mapped(clip) { place, channel in
      let scale = abs(self.scale(channel, variances[place]))
      let shift = abs(means[place]) * scale + abs(shift(channel))
      guard isStored else {
        return { (Rounding.unit + 1e-13) * (abs($0) * scale + shift) }
      }
      // The sum is no larger than product and shift together. A scale that is denormal is rounded by a
      // number, and not by a part of itself, and the input multiplies that.
      return {
        Rounding.unit * (3 * abs($0) * scale + 2 * shift) + Rounding.least * (3 + abs($0))
      }
    }
  }

  /// The mean of a channel may be far larger than what is left when it is taken away.
  public func largestTerm(_ clip: Tensor) -> Double {
    guard statistics != nil else { return clip.largestMagnitude }
    let wide = clip.widened
    let (means, variances) = statistics(of: wide)
    return mapped(wide) { place, channel in
      let scale = scale(channel, variances[place])
      let mean = abs(means[place] * scale)
      return { max(abs($0 * scale), mean) }
    }.largestMagnitude
  }

  private func normalized(_ clip: Tensor64) -> Tensor64 {
    let (means, variances) = statistics(of: clip)
    return mapped(clip) { place, channel in
      let (mean, scale, shift) = (
        means[place], scale(channel, variances[place]), shift(channel)
      )
      return { ($0 - mean) * scale + shift }
    }
  }

  private func scale(_ channel: Int, _ variance: Double) -> Double {
    Double(weight?.scalars[channel] ?? 1) / (variance + eps).squareRoot()
  }

  private func shift(_ channel: Int) -> Double { Double(bias?.scalars[channel] ?? 0) }

  /// How many means there are: one a channel, or one a channel of each sample where the clip's own
  /// are those of instances.
  private func places(of clip: Tensor64) -> Int {
    statistics == nil && kind == .instance ? clip.shape[0] * clip.shape[1] : clip.shape[1]
  }

  /// Mean and variance of each place: the stored ones, or those of the clip.
  private func statistics(of clip: Tensor64) -> (means: [Double], variances: [Double]) {
    if let statistics {
      return (
        statistics.mean.scalars.map(Double.init), statistics.variance.scalars.map(Double.init)
      )
    }
    let block = clip.shape.axes.dropFirst(2).reduce(1, *)
    let places = places(of: clip)
    let count = Double(clip.shape.count / places)
    var means = [Double](repeating: 0, count: places)
    var variances = means
    for (index, value) in clip.scalars.enumerated() {
      means[index / block % places] += value / count
    }
    for (index, value) in clip.scalars.enumerated() {
      let place = index / block % places
      variances[place] += (value - means[place]) * (value - means[place]) / count
    }
    return (means, variances)
  }

  /// What becomes of each element, by a function of its channel.
  private func mapped(
    _ clip: Tensor64, _ change: (_ place: Int, _ channel: Int) -> (_ value: Double) -> Double
  ) -> Tensor64 {
    let block = clip.shape.axes.dropFirst(2).reduce(1, *)
    let (places, channels) = (places(of: clip), clip.shape[1])
    var scalars: [Double] = []
    scalars.reserveCapacity(clip.shape.count)
    for row in 0..<clip.shape[0] * channels {
      let own = change(row % places, row % channels)
      for value in clip.scalars[row * block..<(row + 1) * block] { scalars.append(own(value)) }
    }
    return Tensor64(clip.shape, scalars)
  }
}
