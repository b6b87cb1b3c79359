public import Tensors

/// Attention of frames to frames whose queries, keys and values are channels of the input, as
/// `torch.nn.functional.scaled_dot_product_attention`.
///
/// Takes (B, C, T) with the channels of all queries, then those of all keys, then those of all values,
/// head after head in each, `C = heads (2 keySize + valueSize)`. Makes (B, heads valueSize, T).
///
/// * Causal: each frame attends to itself and to the L - 1 frames before it. Clips and steps have the
///   same bits; for clips of at most L frames it is what PyTorch makes with `is_causal`.
///   With a ``bias``, a number is added to the product with the frame so many frames back, as relative positions
///   and ALiBi have it. With ``relativeKeys``, the product of a second query with the vector of that distance is
///   added, as in Transformer-XL and the relative positions of Shaw et al.; the second queries are the last
///   channels, `heads relativeSize` more.
/// * Otherwise `forward` makes all T frames of a clip, each attending to all of it. Steps make the newest
///   frame of the last L, from step L - 1 on.
///
/// A step costs `L heads (keySize + valueSize)` products, and a stream remembers as many numbers.
public struct DotProductAttention: Module {
  /// The number of heads.
  public let heads: Int

  /// The number of channels of a query and of a key.
  public let keySize: Int

  /// The number of channels of a value.
  public let valueSize: Int

  /// The number of frames that are attended to in steps, L.
  public let sequenceLength: Int

  /// Whether a frame attends to none that come after it.
  public let isCausal: Bool

  /// What products of queries and keys are multiplied by.
  public let scale: Double

  /// What is added to products before the softmax, (heads, L): for the frame itself, the one before it, and so on;
  /// nil for nothing.
  public let bias: Tensor?

  /// Vectors of which the product with a second query is added before products are scaled, (heads, L, relativeSize):
  /// for the frame itself, the one before it, and so on; nil for none.
  public let relativeKeys: Tensor?

  /// The number of channels of a second query; zero without ``relativeKeys``.
  public var relativeSize: Int { relativeKeys?.shape[2] ?? 0 }

  /// Makes an attention.
  ///
  /// - Parameters:
  ///   - heads: how many, at least one.
  ///   - keySize: the channels of a query and of a key, at least one.
  ///   - valueSize: the channels of a value, at least one; nil for as many.
  ///   - sequenceLength: the number of frames that are attended to in steps, at least one.
  ///   - isCausal: whether a frame attends to none that come after it.
  ///   - scale: what products of queries and keys are multiplied by; nil for `1 / sqrt(keySize)`.
  ///   - bias: what is added to them, (heads, L), for causal ones alone.
  ///   - relativeKeys: what second queries are multiplied by, (heads, L, relativeSize), for causal ones alone.
  /// - Throws: ``ModuleError`` that names all arguments that cannot be.
  public init(
    heads: Int, keySize: Int, valueSize: Int? = nil, sequenceLength: Int,
    isCausal: Bool = false, scale: Double? = nil, bias: Tensor? = nil,
    relativeKeys: Tensor? = nil
  ) throws(ModuleError) {
    self.heads = heads
    self.keySize = keySize
    self.valueSize = valueSize ?? keySize
    self.sequenceLength = sequenceLength
    self.isCausal = isCausal
    self.scale = scale ?? 1 / Double(max(keySize, 1)).squareRoot()
    self.bias = bias
    self.relativeKeys = relativeKeys
    var check = ArgumentCheck()
    // Three of these are added and multiplied without overflow.
    let sizes = 1...1 << 16
    check.require("num_heads", [heads], in: sizes)
    check.require("key_size", [keySize], in: sizes)
    check.require("value_size", [self.valueSize], in: sizes)
    check.require("sequence_len", [sequenceLength], in: 1...ArgumentCheck.largest)
    try check.finish()
    let count = isCausal ? "num_heads" : "0"
    if let bias {
      check.require(
        isCausal && bias.shape == Shape([heads, sequenceLength]),
        .shape("relative_bias", bias.shape, expected: [.any(count), .any("sequence_len")]))
    }
    if let keys = relativeKeys {
      check.require(
        isCausal && keys.shape.rank == 3 && sizes.contains(keys.shape.axes.last ?? 0)
          && keys.shape.axes.dropLast() == [heads, sequenceLength],
        .shape(
          "relative_keys", keys.shape,
          expected: [.any(count), .any("sequence_len"), .any("relative_size")]))
    }
    try check.finish()
  }

  public var typeName: String { "DotProductAttention" }

  public var summary: String {
    "num_heads=\(heads), key_size=\(keySize), value_size=\(valueSize), "
      + "sequence_len=\(sequenceLength)" + (isCausal ? ", is_causal=True" : "")
      + (bias == nil ? "" : ", relative_bias=True")
      + (relativeKeys == nil ? "" : ", relative_size=\(relativeSize)")
  }

  public var parameterCount: Int {
    (bias?.shape.count ?? 0) + (relativeKeys?.shape.count ?? 0)
  }

  public func divergence(frame: Shape) -> String? {
    isCausal
      ? nil
      : "makes all frames of a clip, each attending to the whole clip, and in steps, over the last "
        + (sequenceLength == 1 ? "frame" : "\(sequenceLength) frames") + ", only the newest of them"
  }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    let frame = input.frame
    guard frame.rank == 2 else {
      throw ModuleError(.frame(.axes(frame: frame, type: typeName, expected: 2)))
    }
    let channels = heads * (2 * keySize + valueSize + relativeSize)
    guard frame[1] == channels else {
      throw ModuleError(.frame(.channels(frame: frame, expected: channels, of: .attention)))
    }
    return plan.append(try DotProductAttentionKernel(self, frame: frame), to: input)
  }
}

extension DotProductAttention: SinglePosition {
  public var windowLength: Int? { sequenceLength }

  package var queryIndex: Int { -1 }

  package var singleOutputForward: Bool { isCausal }

  public func with(windowLength: Int) throws(ModuleError) -> any Module {
    // Frames further back than any before get what the furthest one had.
    func lengthened(_ table: Tensor, _ size: Int) -> [Float] {
      (0..<heads).flatMap { head in
        (0..<windowLength).flatMap { age in
          let start = (head * sequenceLength + min(age, sequenceLength - 1)) * size
          return table.scalars[start..<start + size]
        }
      }
    }
    return try DotProductAttention(
      heads: heads, keySize: keySize, valueSize: valueSize, sequenceLength: windowLength,
      isCausal: isCausal, scale: scale,
      bias: bias.map { Tensor(Shape([heads, windowLength]), lengthened($0, 1)) },
      relativeKeys: relativeKeys.map {
        Tensor(Shape([heads, windowLength, relativeSize]), lengthened($0, relativeSize))
      })
  }
}
