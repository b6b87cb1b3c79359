public import Continual
public import Tensors

extension Convolution: RoundingBounded, ReferencedLeaf, SumDefined {
  public func referenceLength(ofClip frames: Int) -> Int? {
    let span = windows[0].dilation * (windows[0].kernel - 1) + 1
    let room = frames + windows[0].before + windows[0].after - span
    return room < 0 ? nil : room / windows[0].stride + 1
  }

  public var operationsPerElement: Int { weightShape.count / max(weightShape[0], 1) }

  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    let padded = try padded(clip, inTime: paddingMode)
    return oracle(channels: clip.shape[1]).convolve(padded).withAxes(clip.shape.rank)
  }

  /// Steps take what `temporal_fill` says for the frames before the first and after the last one.
  public func referenceSteps(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    let padded = try padded(clip, inTime: temporalFill)
    return oracle(channels: clip.shape[1]).convolve(padded).withAxes(clip.shape.rank)
  }

  func definition(_ clip: Tensor64, isSteps: Bool) throws(VerificationError) -> Definition {
    let padded = try padded(clip, inTime: isSteps ? temporalFill : paddingMode)
    let made = oracle(channels: clip.shape[1]).definition(padded)
    return Definition(values: made.values.withAxes(clip.shape.rank), rounding: made.rounding)
  }

  public func roundingBound(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    let padded = try padded(clip, inTime: paddingMode)
    return oracle(channels: clip.shape[1]).roundingBound(padded).withAxes(clip.shape.rank)
  }

  public func roundingDeviation(_ clip: Tensor64) throws(VerificationError) -> Tensor64? {
    let padded = try padded(clip, inTime: paddingMode)
    return oracle(channels: clip.shape[1]).roundingDeviation(padded).withAxes(clip.shape.rank)
  }

  /// Where the groups are not given, the channels of the clip tell them.
  private func oracle(channels: Int) -> ConvolutionOracle {
    let missing = [Int](repeating: 1, count: 5 - weightShape.rank)
    return ConvolutionOracle(
      weight: weight.reshaped(Shape(weightShape.axes + missing)),
      bias: bias?.scalars.map(Double.init) ?? [Double](repeating: 0, count: weightShape[0]),
      stride: windows.map(\.stride) + missing, dilation: windows.map(\.dilation) + missing,
      groups: groups ?? channels / weightShape[1])
  }

  private func padded(
    _ clip: Tensor64, inTime timeMode: PaddingMode
  ) throws(VerificationError) -> Tensor64 {
    guard referenceLength(ofClip: clip.shape[2]) != nil else {
      throw VerificationError(.length(.kernel(windows[0].kernel, frames: clip.shape[2])))
    }
    let channels = weightShape[1] * (groups ?? clip.shape[1] / weightShape[1])
    guard clip.shape[1] == channels else {
      throw VerificationError(.clip(.channels(clip.shape[1], expected: channels)))
    }
    var margins = windows.enumerated().map { axis, window in
      PaddingOracle.Margin(
        before: window.before, after: window.after, mode: axis == 0 ? timeMode : paddingMode)
    }
    while margins.count < 3 { margins.append(.init(before: 0, after: 0, mode: .zeros)) }
    return PaddingOracle.pad(clip.withAllAxes, margins)
  }
}
