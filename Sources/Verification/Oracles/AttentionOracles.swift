public import Continual
public import Tensors

// Modules that attend over a window. `forward` attends to the whole clip; steps are the windows.

/// What the oracles of these modules have in common.
protocol WindowReferenced: ReferencedLeaf, ClipWindowed {
  /// What becomes of all positions of a window.
  var oracle: WindowsOracle { get }

  /// Which of them a step and a clip yield.
  var asked: WindowsOracle.Asked { get }

  /// About how many products the oracle needs for a window of so many positions.
  func products(positions: Int) -> Int
}

extension WindowReferenced {
  public var operationsPerElement: Int {
    let positions = windowLength ?? 16
    let outputs = asked == .all ? oracle.size * positions : oracle.size
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
    switch asked {
    case .one(_, isAllOfClip: true): try oracle.whole(clip)
    case .one(let query, isAllOfClip: false): try oracle.one(clip, query: query)
    case .all: try oracle.all(clip)
    }
  }

  public func referenceSteps(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    guard let windowLength else {
      throw VerificationError(.noOracle, "has no sequence_len, so its steps have no definition")
    }
    return switch asked {
    case .one(let query, _): try oracle.steps(clip, length: windowLength, query: query)
    case .all: try oracle.allSteps(clip, length: windowLength)
    }
  }
}

extension SingleOutputMultiheadAttention: WindowReferenced {
  var oracle: WindowsOracle { .attention(weights) }

  var asked: WindowsOracle.Asked { .one(queryIndex, isAllOfClip: !singleOutputForward) }

  func products(positions: Int) -> Int { weights.products(positions: positions) }
}

extension RetroactiveMultiheadAttention: WindowReferenced {
  var oracle: WindowsOracle { .attention(weights) }

  var asked: WindowsOracle.Asked { .all }

  func products(positions: Int) -> Int { weights.products(positions: positions) }
}

extension SingleOutputTransformerEncoderLayer: WindowReferenced {
  var oracle: WindowsOracle { .layers([weights]) }

  var asked: WindowsOracle.Asked { .one(queryIndex, isAllOfClip: !singleOutputForward) }

  func products(positions: Int) -> Int { weights.products(positions: positions) }
}

extension RetroactiveTransformerEncoderLayer: WindowReferenced {
  var oracle: WindowsOracle { .layers([weights]) }

  var asked: WindowsOracle.Asked { .all }

  func products(positions: Int) -> Int { weights.products(positions: positions) }
}

extension TransformerEncoder: WindowReferenced {
  var oracle: WindowsOracle { .layers(layers, norm) }

  var asked: WindowsOracle.Asked { .one(-1, isAllOfClip: false) }

  func products(positions: Int) -> Int {
    layers.reduce(0) { $0 + $1.products(positions: positions) }
  }
}

extension WindowsOracle {
  /// Which positions of a window a step yields, and which a clip.
  enum Asked: Hashable {
    /// One of them; of a clip also one, or all of its frames.
    case one(Int, isAllOfClip: Bool)
    /// All of them, as one frame.
    case all
  }

  fileprivate static func attention(_ weights: AttentionWeights) -> WindowsOracle {
    WindowsOracle(size: weights.size) { AttentionOracle.attention(weights, $0) }
  }

  fileprivate static func layers(
    _ layers: [TransformerLayerWeights], _ norm: TransformerLayerWeights.Norm? = nil
  ) -> WindowsOracle {
    WindowsOracle(size: layers[0].size) { window in
      let output = layers.reduce(window) { AttentionOracle.layer($1, $0) }
      return norm.map { norm in output.map { AttentionOracle.norm(norm, $0) } } ?? output
    }
  }
}

extension AttentionWeights {
  /// The products of a window.
  fileprivate func products(positions: Int) -> Int {
    positions * size * (4 * size + 2 * positions)
  }
}

extension TransformerLayerWeights {
  /// The products of a window.
  fileprivate func products(positions: Int) -> Int {
    attention.products(positions: positions) + 2 * positions * size * hiddenSize
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
