public import Tensors

/// A layer of a transformer that gives one position of the last L frames, as
/// `continual.SingleOutputTransformerEncoderLayer`.
///
/// Takes frames (B, E) and makes frames (B, E), the first one in step L - 1: what
/// `torch.nn.TransformerEncoderLayer` makes of a clip of the last L frames, at `query_index`. `forward`
/// does the same with the whole clip, or makes all of its frames without `single_output_forward`.
///
/// The activation is the one that is named; `continual` takes ReLU for `"gelu"` as well.
public struct SingleOutputTransformerEncoderLayer: Module {
  /// The weights.
  public let weights: TransformerLayerWeights

  /// `sequence_len`: the number of frames that are attended to, L; nil for the length of a clip.
  public let sequenceLength: Int?

  /// `query_index`: which frame of the window is given, as Python counts; -1 is the newest.
  public let queryIndex: Int

  /// `single_output_forward`: whether `forward` gives that frame only.
  public let singleOutputForward: Bool

  /// Makes a layer of one position.
  ///
  /// - Parameters:
  ///   - weights: the weights.
  ///   - sequenceLength: at least one; nil for the length of a clip.
  ///   - queryIndex: from -L to L - 1.
  ///   - singleOutputForward: whether `forward` gives one frame instead of all.
  /// - Throws: ``ModuleError`` that names all arguments that cannot be.
  public init(
    weights: TransformerLayerWeights, sequenceLength: Int?, queryIndex: Int = -1,
    singleOutputForward: Bool = false
  ) throws(ModuleError) {
    self.weights = weights
    self.sequenceLength = sequenceLength
    self.queryIndex = queryIndex
    self.singleOutputForward = singleOutputForward
    try AttentionWindow.check(length: sequenceLength, query: queryIndex)
  }

  public var typeName: String { "SingleOutputTransformerEncoderLayer" }

  public var summary: String {
    weights.summary
      + AttentionWindow.summary(length: sequenceLength)
      + AttentionWindow.summary(query: queryIndex)
      + (singleOutputForward ? ", single_output_forward=True" : "")
  }

  public var parameterCount: Int { weights.count }

  public func divergence(frame: Shape) -> String? {
    AttentionWindow.divergence(
      length: sequenceLength, singleOutputForward: singleOutputForward, query: queryIndex)
  }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    try AttentionWindow.append(
      [TransformerBlock(weights)], window: sequenceLength,
      mode: .single(query: queryIndex, forwardsAll: !singleOutputForward), to: input,
      of: typeName, into: &plan)
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

/// A layer of a transformer that gives all positions of the last L frames, as
/// `continual.RetroactiveTransformerEncoderLayer`.
///
/// Takes frames (B, E) and makes frames (B, E, L), the oldest position first, from step L - 1 on: what
/// `torch.nn.TransformerEncoderLayer` makes of a clip of the last L frames. `forward` makes one
/// frame (B, E, T) of all positions of a clip. (The steps of `continual` add the wrong inputs to
/// their results from output L - 1 on.)
public struct RetroactiveTransformerEncoderLayer: Module {
  /// The weights.
  public let weights: TransformerLayerWeights

  /// `sequence_len`: the number of frames that are attended to, L; nil for the length of a clip.
  public let sequenceLength: Int?

  /// Makes a layer of all positions.
  ///
  /// - Parameters:
  ///   - weights: the weights.
  ///   - sequenceLength: at least one; nil for the length of a clip.
  /// - Throws: ``ModuleError`` where the length is smaller.
  public init(weights: TransformerLayerWeights, sequenceLength: Int?) throws(ModuleError) {
    self.weights = weights
    self.sequenceLength = sequenceLength
    try AttentionWindow.check(length: sequenceLength, query: -1)
  }

  public var typeName: String { "RetroactiveTransformerEncoderLayer" }

  public var summary: String {
    weights.summary + AttentionWindow.summary(length: sequenceLength)
  }

  public var parameterCount: Int { weights.count }

  public func divergence(frame: Shape) -> String? {
    AttentionWindow.divergence(length: sequenceLength)
  }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    try AttentionWindow.append(
      [TransformerBlock(weights)], window: sequenceLength, mode: .all, to: input, of: typeName,
      into: &plan)
  }
}

extension RetroactiveTransformerEncoderLayer: ClipWindowed {
  public var windowLength: Int? { sequenceLength }

  public func with(windowLength: Int) throws(ModuleError) -> any Module {
    try RetroactiveTransformerEncoderLayer(weights: weights, sequenceLength: windowLength)
  }
}

/// Layers of a transformer, one behind the other, over the last L frames, as
/// `continual.TransformerEncoder` and `torch.nn.TransformerEncoder`.
///
/// Takes frames (B, E) and makes frames (B, E), the first one in step L - 1: what
/// `torch.nn.TransformerEncoder` makes of a clip of the last L frames, at the newest of them. `forward`
/// does the same with the whole clip, so both mean the same for clips of L frames.
///
/// Any number of layers can be stepped. (`continual` refuses more than two, and the steps of its two
/// layers are wrong from output L - 1 on.) Activation and `norm_first` are those of the layers;
/// `continual` takes ReLU for `"gelu"`, and ignores `norm_first`.
///
/// A step costs for each layer but the last about L (4 E² + 2 E F) + 2 L² E products, F being the hidden
/// channels; a single layer costs 4 E² + 2 E F + 2 L E.
public struct TransformerEncoder: Module {
  /// The layers, the first one first.
  public let layers: [TransformerLayerWeights]

  /// `norm`: a normalization behind the last layer.
  public let norm: TransformerLayerWeights.Norm?

  /// The number of frames that are attended to, L; nil for the length of a clip.
  public let sequenceLength: Int?

  /// Makes an encoder.
  ///
  /// - Parameters:
  ///   - layers: at least one, all of the same sizes and the same number of heads.
  ///   - norm: a normalization behind the last layer.
  ///   - sequenceLength: at least one; nil for the length of a clip.
  /// - Throws: ``ModuleError`` that says what does not fit together.
  public init(
    layers: [TransformerLayerWeights], norm: TransformerLayerWeights.Norm? = nil,
    sequenceLength: Int?
  ) throws(ModuleError) {
    self.layers = layers
    self.norm = norm
    self.sequenceLength = sequenceLength
    guard let first = layers.first else {
      throw ModuleError(.arguments([.noEncoderLayers]))
    }
    var check = ArgumentCheck()
    for (index, layer) in layers.enumerated() {
      check.require(
        layer.sizes == first.sizes,
        .encoderLayer(index, layer.sizes, expected: first.sizes))
    }
    try check.finish()
    try norm?.check("norm", size: first.size)
    try AttentionWindow.check(length: sequenceLength, query: -1)
  }

  public var typeName: String { "TransformerEncoder" }

  public var summary: String {
    "num_layers=\(layers.count), " + layers[0].summary
      + AttentionWindow.summary(length: sequenceLength)
      + (norm == nil ? "" : ", norm")
  }

  public var parameterCount: Int { layers.reduce(norm?.count ?? 0) { $0 + $1.count } }

  public func divergence(frame: Shape) -> String? {
    AttentionWindow.divergence(length: sequenceLength)
  }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    try AttentionWindow.append(
      layers.map { TransformerBlock($0) }, norm: norm.map { ChannelNorm($0) },
      window: sequenceLength, mode: .single(query: -1, forwardsAll: false), to: input,
      of: typeName, into: &plan)
  }
}

extension TransformerEncoder: ClipWindowed {
  public var windowLength: Int? { sequenceLength }

  public func with(windowLength: Int) throws(ModuleError) -> any Module {
    try TransformerEncoder(layers: layers, norm: norm, sequenceLength: windowLength)
  }
}
