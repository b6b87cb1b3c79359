public import Continual
public import Tensors

// Modules that attend over a window. `forward` attends to the whole clip; steps are the windows.

/// What the oracles of these modules have in common.
protocol WindowReferenced: ReferencedLeaf, NoiseMeasured, SumDefined, ClipWindowed {
  /// The number of channels.
  var channels: Int { get }

  /// Which positions of a window a step and a clip yield.
  var asked: WindowPart { get }

  /// About how many products the oracle needs for a window of so many positions.
  func products(positions: Int) -> Int

  /// What becomes of all positions of a window, computed in any kind of numbers.
  func positions<Scalar: OracleScalar>() -> ([[Scalar]]) -> [[Scalar]]
}

extension WindowReferenced {
  private func oracle<Scalar: OracleScalar>() -> WindowsOracle<Scalar> {
    WindowsOracle(size: channels, compute: positions())
  }

  public var operationsPerElement: Int {
    let positions = windowLength ?? 16
    let outputs = asked == .all ? channels * positions : channels
    return products(positions: positions) / outputs
  }

  public func referenceLength(ofClip frames: Int) -> Int? {
    switch asked {
    case .one(_, isAllOfClip: true): frames
    case .one(let query, isAllOfClip: false): (-frames..<frames).contains(query) ? 1 : nil
    case .all: frames > 0 ? 1 : nil
    }
  }

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

  /// The larger noise of the clip and of its windows.
  public func noise(_ clip: Tensor64) throws(VerificationError) -> Double {
    func noise(isSteps: Bool) throws(VerificationError) -> Double {
      let exact: OracleFrames<Double> = try made(clip, isSteps: isSteps)
      return exact.largestDifference(from: try made(clip, isSteps: isSteps))
    }
    let whole = try noise(isSteps: false)
    return windowLength == nil ? whole : max(whole, try noise(isSteps: true))
  }

  /// What a clip becomes, or its windows.
  private func made<Scalar: OracleScalar>(
    _ clip: Tensor64, isSteps: Bool
  ) throws(VerificationError) -> OracleFrames<Scalar> {
    guard isSteps else { return try oracle().clip(clip, asked) }
    guard let windowLength else {
      throw VerificationError(.oracle(.unknownSequence))
    }
    return try oracle().steps(clip, length: windowLength, asked)
  }
}

extension SingleOutputMultiheadAttention: WindowReferenced {
  var channels: Int { weights.size }

  var asked: WindowPart { .one(queryIndex, isAllOfClip: !singleOutputForward) }

  func products(positions: Int) -> Int { weights.products(positions: positions) }

  func positions<Scalar: OracleScalar>() -> ([[Scalar]]) -> [[Scalar]] { weights.positions() }
}

extension RetroactiveMultiheadAttention: WindowReferenced {
  var channels: Int { weights.size }

  var asked: WindowPart { .all }

  func products(positions: Int) -> Int { weights.products(positions: positions) }

  func positions<Scalar: OracleScalar>() -> ([[Scalar]]) -> [[Scalar]] { weights.positions() }
}

extension SingleOutputTransformerEncoderLayer: WindowReferenced {
  var channels: Int { weights.size }

  var asked: WindowPart { .one(queryIndex, isAllOfClip: !singleOutputForward) }

  func products(positions: Int) -> Int { weights.products(positions: positions) }

  func positions<Scalar: OracleScalar>() -> ([[Scalar]]) -> [[Scalar]] { [weights].positions() }
}

extension RetroactiveTransformerEncoderLayer: WindowReferenced {
  var channels: Int { weights.size }

  var asked: WindowPart { .all }

  func products(positions: Int) -> Int { weights.products(positions: positions) }

  func positions<Scalar: OracleScalar>() -> ([[Scalar]]) -> [[Scalar]] { [weights].positions() }
}

extension TransformerEncoder: WindowReferenced {
  var channels: Int { layers[0].size }

  var asked: WindowPart { .one(-1, isAllOfClip: false) }

  func products(positions: Int) -> Int {
    layers.reduce(0) { $0 + $1.products(positions: positions) }
  }

  func positions<Scalar: OracleScalar>() -> ([[Scalar]]) -> [[Scalar]] { layers.positions(norm) }
}

extension AttentionWeights {
  /// The products of a window.
  fileprivate func products(positions: Int) -> Int {
    positions * size * (4 * size + 2 * positions)
  }

  fileprivate func positions<Scalar: OracleScalar>() -> ([[Scalar]]) -> [[Scalar]] {
    AttentionOracle(self).callAsFunction
  }
}

extension TransformerLayerWeights {
  /// The products of a window.
  fileprivate func products(positions: Int) -> Int {
    attention.products(positions: positions) + 2 * positions * size * hiddenSize
  }
}

extension [TransformerLayerWeights] {
  /// What the layers, one after the other, and a normalization behind them make of a window.
  fileprivate func positions<Scalar: OracleScalar>(
    _ norm: TransformerLayerWeights.Norm? = nil
  ) -> ([[Scalar]]) -> [[Scalar]] {
    let layers = map { TransformerLayerOracle<Scalar>($0) }
    let norm = norm.map { ChannelNormOracle<Scalar>($0) }
    return { window in
      let output = layers.reduce(window) { $1($0) }
      return norm.map { norm in output.map { norm($0) } } ?? output
    }
  }
}

extension RecyclingPositionalEncoding: ReferencedLeaf {
  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    let (rows, size) = (table.shape[0], table.shape[1])
    guard clip.shape.rank == 3, clip.shape[1] == size else {
      throw VerificationError(.clip(.encoding(clip.shape, channels: size)))
    }
    let frames = (0..<clip.shape[2]).map { time in
      clip.frame(time).scalars.enumerated().map { index, value in
        value + Double(table.scalars[time % rows * size + index % size])
      }
    }
    return Tensor64(frames: frames, of: clip.shape.frame)
  }
}
