/// A module whose steps look at a window of the last frames, and whose `forward` at the whole clip.
///
/// Where it does not say how long the window is, it is as long as the clips that the plan is made for.
public protocol ClipWindowed: Module {
  /// The number of frames of the window; nil for the length of a clip.
  var windowLength: Int? { get }

  /// The same module with a window of so many frames.
  ///
  /// - Parameter windowLength: at least one.
  /// - Returns: the module.
  /// - Throws: ``ModuleError`` where the other arguments do not fit such a window.
  func with(windowLength: Int) throws(ModuleError) -> any Module
}

extension AdaptivePooling: ClipWindowed {
  public var windowLength: Int? { window }

  public func with(windowLength: Int) throws(ModuleError) -> any Module {
    try AdaptivePooling(
      kind: kind, outputSize: outputSize, window: windowLength, stride: stride, padding: padding,
      dilation: dilation, temporalFill: temporalFill)
  }
}

extension SingleOutputMultiheadAttention: ClipWindowed {
  public var windowLength: Int? { sequenceLength }

  public func with(windowLength: Int) throws(ModuleError) -> any Module {
    try SingleOutputMultiheadAttention(
      weights: weights, sequenceLength: windowLength, queryIndex: queryIndex,
      singleOutputForward: singleOutputForward)
  }
}

extension RetroactiveMultiheadAttention: ClipWindowed {
  public var windowLength: Int? { sequenceLength }

  public func with(windowLength: Int) throws(ModuleError) -> any Module {
    try RetroactiveMultiheadAttention(weights: weights, sequenceLength: windowLength)
  }
}

extension SingleOutputTransformerEncoderLayer: ClipWindowed {
  public var windowLength: Int? { sequenceLength }

  public func with(windowLength: Int) throws(ModuleError) -> any Module {
    try SingleOutputTransformerEncoderLayer(
      weights: weights, sequenceLength: windowLength, queryIndex: queryIndex,
      singleOutputForward: singleOutputForward)
  }
}

extension RetroactiveTransformerEncoderLayer: ClipWindowed {
  public var windowLength: Int? { sequenceLength }

  public func with(windowLength: Int) throws(ModuleError) -> any Module {
    try RetroactiveTransformerEncoderLayer(weights: weights, sequenceLength: windowLength)
  }
}

extension TransformerEncoder: ClipWindowed {
  public var windowLength: Int? { sequenceLength }

  public func with(windowLength: Int) throws(ModuleError) -> any Module {
    try TransformerEncoder(layers: layers, norm: norm, sequenceLength: windowLength)
  }
}
