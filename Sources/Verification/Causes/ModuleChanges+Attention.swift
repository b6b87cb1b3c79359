import Continual
import Tensors

/// Changes of attentions, and of layers around them.
extension ModuleChanges {
  static func heads(
    _ weights: AttentionWeights, _ make: @escaping (AttentionWeights) throws -> any Module
  ) -> [Alternative] {
    made(
      weights.otherHeads.map { heads in
        ("num_heads=\(heads)", 0, { try make(weights.with(heads: heads)) })
      })
  }

  static func attentions(_ module: SingleOutputMultiheadAttention) -> [Alternative] {
    heads(module.weights) {
      try SingleOutputMultiheadAttention(
        weights: $0, sequenceLength: module.sequenceLength, queryIndex: module.queryIndex,
        singleOutputForward: module.singleOutputForward)
    }
  }

  /// Other layers of the same weights.
  static func others(
    _ layer: TransformerLayerWeights,
    _ make: @escaping (TransformerLayerWeights) throws -> any Module
  ) -> [Alternative] {
    func with(
      heads: Int? = nil, eps: Double? = nil, activation: TransformerLayerWeights.Activation? = nil,
      normFirst: Bool? = nil
    ) throws -> TransformerLayerWeights {
      func norm(_ norm: TransformerLayerWeights.Norm) -> TransformerLayerWeights.Norm {
        .init(weight: norm.weight, bias: norm.bias, eps: eps ?? norm.eps)
      }
      return try TransformerLayerWeights(
        attention: heads.map { try layer.attention.with(heads: $0) } ?? layer.attention,
        linear1: layer.linear1, linear2: layer.linear2, norm1: norm(layer.norm1),
        norm2: norm(layer.norm2), activation: activation ?? layer.activation,
        normFirst: normFirst ?? layer.normFirst)
    }
    var ways: [(String, Int, () throws -> any Module)] = [
      (
        "norm_first=\(layer.normFirst ? "False" : "True")", 0,
        { try make(with(normFirst: !layer.normFirst)) }
      )
    ]
    for activation in [TransformerLayerWeights.Activation.relu, .gelu]
    where activation != layer.activation {
      ways.append(
        ("activation=\"\(activation.rawValue)\"", 0, { try make(with(activation: activation)) }))
    }
    for eps in smallNumbers where eps != layer.norm1.eps {
      ways.append(("layer_norm_eps=\(eps)", 0, { try make(with(eps: eps)) }))
    }
    for heads in layer.attention.otherHeads {
      ways.append(("nhead=\(heads)", 0, { try make(with(heads: heads)) }))
    }
    return made(ways)
  }

  static func layers(_ module: SingleOutputTransformerEncoderLayer) -> [Alternative] {
    others(module.weights) {
      try SingleOutputTransformerEncoderLayer(
        weights: $0, sequenceLength: module.sequenceLength, queryIndex: module.queryIndex,
        singleOutputForward: module.singleOutputForward)
    }
  }

  /// All layers of an encoder have the same arguments.
  static func encoders(_ module: TransformerEncoder) -> [Alternative] {
    let each = module.layers.map { layer in
      others(layer) { Holder(layer: $0) }
    }
    return (each.first ?? []).enumerated().compactMap { index, first in
      let layers = each.compactMap { index < $0.count ? ($0[index].1 as? Holder)?.layer : nil }
      guard layers.count == module.layers.count,
        let other = try? TransformerEncoder(
          layers: layers, norm: module.norm, sequenceLength: module.sequenceLength)
      else { return nil }
      return (first.0, other, first.2)
    }
  }

  /// Carries a changed layer of an encoder.
  private struct Holder: Module {
    let layer: TransformerLayerWeights
    var typeName: String { "" }

    func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire { input }
  }
}

extension AttentionWeights {
  /// The other numbers of heads that are usual, and divide the size.
  fileprivate var otherHeads: [Int] {
    [1, 2, 3, 4, 6, 8, 12, 16].filter { $0 != heads && size.isMultiple(of: $0) }
  }

  /// The same with another number of heads.
  fileprivate func with(heads: Int) throws -> AttentionWeights {
    try AttentionWeights(
      inWeight: inWeight, inBias: inBias, outWeight: outWeight, outBias: outBias, heads: heads)
  }
}
