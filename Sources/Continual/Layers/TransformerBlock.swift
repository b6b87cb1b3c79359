import Tensors

/// One layer of a transformer, or an attention alone, with packed weights.
///
/// It works on matrices (channels, positions) in a work space; the oldest position is first. All
/// sums run in the order of the channels or of the positions, whatever the number of columns, so that
/// clip and step have the same bits.
struct TransformerBlock: Sendable {
  /// What follows the attention in a layer.
  struct Tail: Sendable {
    let linear1: PackedMatrix
    let linear2: PackedMatrix
    let norm1: ChannelNorm
    let norm2: ChannelNorm
    let activation: TransformerLayerWeights.Activation
    let normFirst: Bool
  }

  /// The number of channels, E.
  let size: Int
  let heads: Int
  let queries: PackedMatrix
  /// The rows of the keys, then of the values.
  let keysAndValues: PackedMatrix
  let out: PackedMatrix
  let tail: Tail?

  /// Packs an attention alone.
  init(_ weights: AttentionWeights) {
    self.init(weights, tail: nil)
  }

  /// Packs a layer.
  init(_ weights: TransformerLayerWeights) {
    self.init(
      weights.attention,
      tail: Tail(
        linear1: weights.linear1.matrix, linear2: weights.linear2.matrix,
        norm1: ChannelNorm(weights.norm1), norm2: ChannelNorm(weights.norm2),
        activation: weights.activation, normFirst: weights.normFirst))
  }

  private init(_ weights: AttentionWeights, tail: Tail?) {
    size = weights.size
    heads = weights.heads
    let matrices = weights.input.matrices(
      weights.inputPacking, biases: weights.inBias?.scalars)
    queries = matrices[0]
    keysAndValues = matrices[1]
    out = weights.output.matrix(bias: weights.outBias)
    self.tail = tail
  }

  /// The number of channels between the linear layers.
  var hiddenSize: Int { tail?.linear1.rows ?? 0 }

  /// What is normalized before the attention, if anything is.
  var firstNorm: ChannelNorm? { tail.flatMap { $0.normFirst ? $0.norm1 : nil } }
}

/// A normalization of the channels of each position.
struct ChannelNorm: Sendable {
  let weight: [Float]?
  let bias: [Float]?
  let eps: Double

  init(_ norm: TransformerLayerWeights.Norm) {
    weight = norm.weight?.scalars
    bias = norm.bias?.scalars
    eps = norm.eps
  }

  /// Normalizes the columns of a matrix (size, columns) of a work space.
  ///
  /// - Parameters:
  ///   - source: where the matrix is.
  ///   - target: where the normalized one goes; may be the same place.
  ///   - size: the number of channels.
  ///   - columns: the number of positions.
  ///   - work: what both are parts of.
  func apply(
    from source: Int, to target: Int, size: Int, columns: Int, in work: inout MutableSpan<Float>
  ) {
    let count = size * columns
    guard source != target else {
      var own = work._mutatingExtracting(target..<target + count)
      return NormLoops.normalizeColumns(
        nil, into: &own, size: size, eps: eps, weight: weight?.span, bias: bias?.span)
    }
    DenseLoops.withParts(
      of: &work, reading: source..<source + count, writing: target..<target + count
    ) { source, target in
      NormLoops.normalizeColumns(
        source, into: &target, size: size, eps: eps, weight: weight?.span, bias: bias?.span)
    }
  }
}
