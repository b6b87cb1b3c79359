public import Continual
public import Tensors

// Modules that attend over a window. `forward` attends to the whole clip; steps are the windows.

extension SingleOutputMultiheadAttention: ReferencedLeaf {
  private var oracle: WindowsOracle {
    WindowsOracle(size: weights.size) { AttentionOracle.attention(weights, $0) }
  }

  public var operationsPerElement: Int {
    AttentionCost.perWindow(weights, positions: sequenceLength ?? 16) / weights.size
  }

  public func referenceLength(ofClip frames: Int) -> Int? {
    singleOutputForward ? AttentionCost.length(query: queryIndex, frames: frames) : frames
  }

  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    singleOutputForward
      ? try oracle.one(clip, query: queryIndex) : try oracle.whole(clip)
  }

  public func referenceSteps(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try oracle.steps(clip, length: try AttentionCost.known(sequenceLength), query: queryIndex)
  }
}

extension RetroactiveMultiheadAttention: ReferencedLeaf {
  private var oracle: WindowsOracle {
    WindowsOracle(size: weights.size) { AttentionOracle.attention(weights, $0) }
  }

  public var operationsPerElement: Int {
    AttentionCost.perWindow(weights, positions: sequenceLength ?? 16) / weights.size
      / (sequenceLength ?? 16)
  }

  public func referenceLength(ofClip frames: Int) -> Int? {
    frames > 0 ? 1 : nil
  }

  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try oracle.all(clip)
  }

  public func referenceSteps(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try oracle.allSteps(clip, length: try AttentionCost.known(sequenceLength))
  }
}

extension SingleOutputTransformerEncoderLayer: ReferencedLeaf {
  private var oracle: WindowsOracle {
    WindowsOracle(size: weights.size) { AttentionOracle.layer(weights, $0) }
  }

  public var operationsPerElement: Int {
    AttentionCost.perWindow(weights, positions: sequenceLength ?? 16) / weights.size
  }

  public func referenceLength(ofClip frames: Int) -> Int? {
    singleOutputForward ? AttentionCost.length(query: queryIndex, frames: frames) : frames
  }

  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    singleOutputForward
      ? try oracle.one(clip, query: queryIndex) : try oracle.whole(clip)
  }

  public func referenceSteps(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try oracle.steps(clip, length: try AttentionCost.known(sequenceLength), query: queryIndex)
  }
}

extension RetroactiveTransformerEncoderLayer: ReferencedLeaf {
  private var oracle: WindowsOracle {
    WindowsOracle(size: weights.size) { AttentionOracle.layer(weights, $0) }
  }

  public var operationsPerElement: Int {
    AttentionCost.perWindow(weights, positions: sequenceLength ?? 16) / weights.size
      / (sequenceLength ?? 16)
  }

  public func referenceLength(ofClip frames: Int) -> Int? {
    frames > 0 ? 1 : nil
  }

  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try oracle.all(clip)
  }

  public func referenceSteps(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try oracle.allSteps(clip, length: try AttentionCost.known(sequenceLength))
  }
}

extension TransformerEncoder: ReferencedLeaf {
  private var oracle: WindowsOracle {
    WindowsOracle(size: layers[0].size) { window in
      let output = layers.reduce(window) { AttentionOracle.layer($1, $0) }
      return norm.map { norm in output.map { AttentionOracle.norm(norm, $0) } } ?? output
    }
  }

  public var operationsPerElement: Int {
    layers.reduce(0) { $0 + AttentionCost.perWindow($1, positions: sequenceLength ?? 16) }
      / layers[0].size
  }

  public func referenceLength(ofClip frames: Int) -> Int? { frames > 0 ? 1 : nil }

  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try oracle.one(clip, query: -1)
  }

  public func referenceSteps(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try oracle.steps(clip, length: try AttentionCost.known(sequenceLength), query: -1)
  }
}

extension RecyclingPositionalEncoding: ReferencedLeaf {
  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    let (rows, size) = (table.shape[0], table.shape[1])
    guard clip.shape.rank == 3, clip.shape[1] == size else {
      throw VerificationError(.shape, "an encoding of \(size) channels on a clip \(clip.shape)")
    }
    let frames = (0..<clip.shape[2]).map { time in
      clip.frame(time).scalars.enumerated().map { index, value in
        value + Double(table.scalars[time % rows * size + index % size])
      }
    }
    return Tensor64(frames: frames, of: clip.shape.frame)
  }
}

/// What a window costs the oracle, and how long its outputs are.
private enum AttentionCost {
  static func perWindow(_ weights: AttentionWeights, positions: Int) -> Int {
    positions * weights.size * (4 * weights.size + 2 * positions)
  }

  static func perWindow(_ weights: TransformerLayerWeights, positions: Int) -> Int {
    perWindow(weights.attention, positions: positions)
      + 2 * positions * weights.size * weights.hiddenSize
  }

  /// The length of the window.
  ///
  /// - Throws: ``VerificationError`` where the module does not say it.
  static func known(_ length: Int?) throws(VerificationError) -> Int {
    guard let length else {
      throw VerificationError(.noOracle, "has no sequence_len, so its steps have no definition")
    }
    return length
  }

  static func length(query: Int, frames: Int) -> Int? {
    (-frames..<frames).contains(query) ? 1 : nil
  }
}
