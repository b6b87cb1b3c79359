public import Tensors

/// The weights of an attention of several heads, by the names of `torch.nn.MultiheadAttention`.
///
/// The E channels are cut into `heads` runs of equal length, one for each head.
public struct AttentionWeights: Hashable, Sendable {
  /// `in_proj_weight`: (3 E, E), the rows of the queries, then of the keys, then of the values; made
  /// anew by each call once a plan has packed it.
  public var inWeight: Tensor { input.tensor }

  /// `in_proj_bias`: (3 E), or nil.
  public let inBias: Tensor?

  /// `out_proj.weight`: (E, E); as ``inWeight``.
  public var outWeight: Tensor { output.tensor }

  /// `out_proj.bias`: (E), or nil.
  public let outBias: Tensor?

  /// `num_heads`.
  public let heads: Int

  /// `in_proj_weight` and `out_proj.weight`, as tensors or packed.
  let input: Weight
  let output: Weight

  /// Collects the weights of an attention.
  ///
  /// - Parameters:
  ///   - inWeight: (3 E, E).
  ///   - inBias: (3 E), or nil.
  ///   - outWeight: (E, E).
  ///   - outBias: (E), or nil.
  ///   - heads: a divisor of E.
  /// - Throws: ``ModuleError`` that names everything that does not fit together.
  public init(
    inWeight: Tensor, inBias: Tensor?, outWeight: Tensor, outBias: Tensor?, heads: Int
  ) throws(ModuleError) {
    try self.init(
      input: Weight(inWeight), inBias: inBias, output: Weight(outWeight), outBias: outBias,
      heads: heads)
  }

  package init(
    input: Weight, inBias: Tensor?, output: Weight, outBias: Tensor?, heads: Int
  ) throws(ModuleError) {
    self.input = input
    self.inBias = inBias
    self.output = output
    self.outBias = outBias
    self.heads = heads
    var check = ArgumentCheck()
    let size = output.shape.rank == 2 ? output.shape[0] : 0
    check.require(
      size > 0 && output.shape[1] == size,
      .shape("out_proj.weight", output.shape, expected: [.any("embed_dim"), .any("embed_dim")]))
    check.require(
      input.shape.axes == [3 * size, size],
      .shape("in_proj_weight", input.shape, expected: [.exactly(3 * size), .exactly(size)]))
    for (name, bias, count) in [
      ("in_proj_bias", inBias, 3 * size), ("out_proj.bias", outBias, size),
    ] {
      if let bias {
        check.require(
          bias.shape.axes == [count], .shape(name, bias.shape, expected: [.exactly(count)]))
      }
    }
    check.require(
      heads > 0 && size.isMultiple(of: max(heads, 1)),
      .heads(heads, channels: size))
    try check.finish()
    input.expect(inputPacking)
    output.expect(Packing(blocks: [size]))
  }

  /// The number of channels, E.
  public var size: Int { output.shape[0] }

  /// How the weights of what comes in are cut: those of the queries, and those of keys and values.
  var inputPacking: Packing { Packing(blocks: [size, 2 * size]) }

  /// The number of weights.
  var count: Int {
    [input.shape, inBias?.shape, output.shape, outBias?.shape].reduce(0) { $0 + ($1?.count ?? 0) }
  }
}

/// The weights and choices of one layer of a transformer, by the names of
/// `torch.nn.TransformerEncoderLayer`.
///
/// With `normFirst` false, a layer is `y = norm1(x + attention(x))` and
/// `norm2(y + linear2(activation(linear1(y))))`; with it, `y = x + attention(norm1(x))` and
/// `y + linear2(activation(linear1(norm2(y))))`.
public struct TransformerLayerWeights: Hashable, Sendable {
  /// The function between the two linear layers.
  public enum Activation: String, Hashable, Sendable, CaseIterable {
    /// max(x, 0)
    case relu
    /// x times the normal distribution function.
    case gelu
  }

  /// A normalization of the channels.
  public struct Norm: Hashable, Sendable {
    /// What the normalized channels are multiplied by: (E); nil for one.
    public var weight: Tensor?
    /// What is then added: (E); nil for zero.
    public var bias: Tensor?
    /// What is added to the variance.
    public var eps: Double

    /// Collects the weights of a normalization.
    public init(weight: Tensor?, bias: Tensor?, eps: Double = 1e-5) {
      self.weight = weight
      self.bias = bias
      self.eps = eps
    }

    /// The number of weights.
    var count: Int { (weight?.shape.count ?? 0) + (bias?.shape.count ?? 0) }

    fileprivate func check(_ name: String, size: Int, into check: inout ArgumentCheck) {
      for (part, tensor) in [("weight", weight), ("bias", bias)] {
        if let tensor {
          check.require(
            tensor.shape.axes == [size],
            .shape("\(name).\(part)", tensor.shape, expected: [.exactly(size)]))
        }
      }
    }

    /// Throws where the weights are not those of so many channels.
    func check(_ name: String, size: Int) throws(ModuleError) {
      var problems = ArgumentCheck()
      check(name, size: size, into: &problems)
      try problems.finish()
    }
  }

  /// A matrix product along the channels.
  public struct Product: Hashable, Sendable {
    /// The factors: (out, in); made anew by each call once a plan has packed them.
    public var weight: Tensor { factors.tensor }
    /// What is added: (out), or nil.
    public let bias: Tensor?

    private let factors: Weight

    /// Collects the weights of a product.
    public init(weight: Tensor, bias: Tensor?) {
      self.init(weight: Weight(weight), bias: bias)
    }

    package init(weight: Weight, bias: Tensor?) {
      factors = weight
      self.bias = bias
      if let rows = weight.shape.axes.first { weight.expect(Packing(blocks: [rows])) }
    }

    /// The packed factors.
    var matrix: PackedMatrix { factors.matrix(bias: bias) }

    fileprivate var shape: Shape { factors.shape }

    fileprivate var count: Int { shape.count + (bias?.shape.count ?? 0) }
  }

  /// `self_attn`.
  public let attention: AttentionWeights
  /// `linear1`: from E to the hidden channels.
  public let linear1: Product
  /// `linear2`: back to E.
  public let linear2: Product
  /// `norm1`, of the attention.
  public let norm1: Norm
  /// `norm2`, of the linear layers.
  public let norm2: Norm
  /// The function between the linear layers.
  public let activation: Activation
  /// `norm_first`: whether what goes into a part is normalized, instead of what comes out.
  public let normFirst: Bool

  /// Collects the weights of a layer.
  ///
  /// - Parameters:
  ///   - attention: `self_attn`.
  ///   - linear1: (hidden, E).
  ///   - linear2: (E, hidden).
  ///   - norm1: of E channels.
  ///   - norm2: of E channels.
  ///   - activation: the function between the linear layers.
  ///   - normFirst: whether the input of each part is normalized.
  /// - Throws: ``ModuleError`` that names everything that does not fit together.
  public init(
    attention: AttentionWeights, linear1: Product, linear2: Product, norm1: Norm, norm2: Norm,
    activation: Activation = .relu, normFirst: Bool = false
  ) throws(ModuleError) {
    self.attention = attention
    self.linear1 = linear1
    self.linear2 = linear2
    self.norm1 = norm1
    self.norm2 = norm2
    self.activation = activation
    self.normFirst = normFirst
    var check = ArgumentCheck()
    let size = attention.size
    let hidden = linear1.shape.rank == 2 ? linear1.shape[0] : 0
    check.require(
      hidden > 0 && linear1.shape[1] == size,
      .shape(
        "linear1.weight", linear1.shape, expected: [.any("dim_feedforward"), .exactly(size)]))
    check.require(
      linear2.shape.axes == [size, hidden],
      .shape("linear2.weight", linear2.shape, expected: [.exactly(size), .exactly(hidden)]))
    for (name, bias, count) in [
      ("linear1", linear1.bias, hidden), ("linear2", linear2.bias, size),
    ] {
      if let bias {
        check.require(
          bias.shape.axes == [count],
          .shape("\(name).bias", bias.shape, expected: [.exactly(count)]))
      }
    }
    norm1.check("norm1", size: size, into: &check)
    norm2.check("norm2", size: size, into: &check)
    try check.finish()
  }

  /// The number of channels, E.
  public var size: Int { attention.size }

  /// The number of channels between the linear layers.
  public var hiddenSize: Int { linear1.shape[0] }

  /// All sizes in which the layers of an encoder are alike.
  var sizes: ModuleError.EncoderSizes {
    .init(channels: size, hidden: hiddenSize, heads: attention.heads)
  }

  /// The number of weights.
  var count: Int {
    attention.count + linear1.count + linear2.count + norm1.count + norm2.count
  }

  /// The arguments worth printing.
  var summary: String {
    "d_model=\(size), nhead=\(attention.heads), dim_feedforward=\(hiddenSize), "
      + "activation=\"\(activation.rawValue)\"" + (normFirst ? ", norm_first=True" : "")
  }
}
