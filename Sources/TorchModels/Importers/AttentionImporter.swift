import Continual
import PlainData
import Tensors

/// Attention, transformer layers and encoders of `torch.nn` and of `continual`.
///
/// Those of `torch.nn` have no notion of a stream; they are read as what gives the newest frame.
let attentionLayers: [LayerDefinition] = [
  LayerDefinition(
    ["SingleOutputMultiheadAttention", "MultiheadAttention"], family: .attention,
    summary: "Attention of one frame to a window of frames.",
    arguments: attentionArguments + [
      queryIndex,
      .init(
        "single_output_forward", .bool, true, "Whether `forward` gives one frame, as steps do."),
    ]
  ) { context throws(ModuleError) in
    var attention = try SingleOutputMultiheadAttention(
      weights: context.attention(), sequenceLength: context.int("sequence_len"),
      queryIndex: context.int("query_index") ?? -1,
      singleOutputForward: context.flag("single_output_forward"))
    attention.axes = context.axes
    return attention
  },
  LayerDefinition(
    ["DotProductAttention"], family: .attention,
    summary: "Attention whose queries, keys and values are channels: scaled_dot_product_attention.",
    arguments: [
      .init("num_heads", .int, 1, "The number of heads."),
      .init("key_size", .int, .required, "The channels of a query, and of a key."),
      .init("value_size", .int, .unset, "The channels of a value; as many by default."),
      .init("sequence_len", .int, .required, "How many frames a step attends to."),
      .init("is_causal", .bool, false, "Whether a frame attends to none behind it."),
      .init("scale", .number, .unset, "The factor of the products; 1 / sqrt(key_size) by default."),
      .init(
        "relative_bias", .bool, false,
        "Whether a tensor `relative_bias`, (num_heads, sequence_len), is added to them."),
      .init(
        "relative_size", .int, .unset,
        "The channels of a second query, whose products with a tensor `relative_keys`, "
          + "(num_heads, sequence_len, relative_size), are added before the factor."),
    ]
  ) { context throws(ModuleError) in
    try DotProductAttention(
      heads: context.int("num_heads") ?? 1, keySize: context.requiredInt("key_size"),
      valueSize: context.int("value_size"), sequenceLength: context.requiredInt("sequence_len"),
      isCausal: context.flag("is_causal"), scale: context.number("scale"),
      bias: context.flag("relative_bias")
        ? context.tensor(
          "relative_bias", [context.int("num_heads") ?? 1, context.requiredInt("sequence_len")])
        : nil,
      relativeKeys: context.int("relative_size").flatMap { size in
        context.tensor(
          "relative_keys",
          [context.int("num_heads") ?? 1, context.requiredInt("sequence_len"), size])
      })
  },
  LayerDefinition(
    ["RetroactiveMultiheadAttention"], family: .attention,
    summary: "Attention of all frames of a window, again for each new frame.",
    arguments: attentionArguments
  ) {
    context throws(ModuleError) in
    // PyTorch's `forward` has no axis for the one frame of all positions.
    defer { context.loseTime() }
    var attention = try RetroactiveMultiheadAttention(
      weights: context.attention(), sequenceLength: context.int("sequence_len"))
    attention.axes = context.axes
    return attention
  },
  LayerDefinition(
    ["SingleOutputTransformerEncoderLayer"], family: .attention,
    summary: "A transformer layer that gives one frame of its window.",
    arguments: layerArguments + [
      queryIndex,
      .init(
        "single_output_forward", .bool, false, "Whether `forward` gives one frame, as steps do."),
    ]
  ) { context throws(ModuleError) in
    try SingleOutputTransformerEncoderLayer(
      weights: context.layer(), sequenceLength: context.int("sequence_len"),
      queryIndex: context.int("query_index") ?? -1,
      singleOutputForward: context.flag("single_output_forward"))
  }.with { $0.transformer = .layer(isRetroactive: false) },
  LayerDefinition(
    ["TransformerEncoderLayer"], family: .attention,
    summary: "The transformer layer of `torch.nn`, of which the newest frame is taken.",
    arguments: layerArguments + [queryIndex]
  ) {
    context throws(ModuleError) in
    context.noteNewest()
    return try SingleOutputTransformerEncoderLayer(
      weights: context.layer(), sequenceLength: context.int("sequence_len"),
      queryIndex: context.int("query_index") ?? -1, singleOutputForward: true)
  }.with {
    $0.transformer = .layer(isRetroactive: false)
    $0.pickle.adjust = { $0.describeParts(&$1, $2, path: $3) }
  },
  LayerDefinition(
    ["RetroactiveTransformerEncoderLayer"], family: .attention,
    summary: "A transformer layer that gives all frames of its window, again for each new frame.",
    arguments: layerArguments
  ) {
    context throws(ModuleError) in
    defer { context.loseTime() }
    return try RetroactiveTransformerEncoderLayer(
      weights: context.layer(), sequenceLength: context.int("sequence_len"))
  }.with { $0.transformer = .layer(isRetroactive: true) },
  LayerDefinition(
    ["TransformerEncoder"], family: .attention,
    summary: "Several transformer layers, and a normalization behind them.",
    arguments: layerArguments + [
      .init("num_layers", .int, .told, "The number of layers."),
      .init("norm", .bool, .told, "Whether there is a normalization behind the last layer."),
      .init("norm_eps", .number, 1e-5, "Its `eps`."),
      .init("enable_nested_tensor", .bool, .ignored, "How PyTorch treats padded samples."),
      .init("mask_check", .bool, .ignored, "How PyTorch treats masks."),
    ],
    structure: .parts
  ) { context throws(ModuleError) in
    try context.encoder()
  }.with {
    $0.transformer = .encoder
    $0.pickle.inside = { $0.describeEncoder(&$1, $2, path: $3, depth: $4) }
  },
  LayerDefinition(
    ["RecyclingPositionalEncoding"], family: .attention,
    summary: "A vector of a table is added to each frame, round and round.",
    arguments: [
      .init("embed_dim", .int, .told, "The number of channels."),
      .init("num_embeds", .int, .told, "The number of vectors."),
      .init("learned", .bool, .told, "Whether the table was learned."),
      .init(
        "forward_update_index_steps", .int, .ignored, "How far PyTorch moves on after `forward`."),
    ]
  ) { context throws(ModuleError) in
    let learned = context.bool("learned") ?? !context.hasTensor("pe.pattern")
    let table = context.tensor(
      learned ? "pe.weight" : "pe.pattern", [context.int("num_embeds"), context.int("embed_dim")])
    context.suggestInput(channels: table.shape[1], spaceAxes: 0)
    return try RecyclingPositionalEncoding(table: table, isLearned: learned)
  },
]

private let queryIndex = LayerDefinition.Argument(
  "query_index", .int, .value(.int(-1)), "Which frame of the window attends.")

private let sequenceLength = LayerDefinition.Argument(
  "sequence_len", .int, .unset, "The number of frames of the window; needed to run steps.")

private let attentionArguments: [LayerDefinition.Argument] = [
  .init("embed_dim", .int, .told, "The number of channels."),
  .init("num_heads", .int, .required, "The number of heads."),
  .dropout, .bias,
  .init("add_bias_kv", .bool, false, "Whether biases are a position of their own; refused."),
  .init("add_zero_attn", .bool, false, "Whether zeros are a position of their own; refused."),
  .init("kdim", .int, .unset, "The channels of the keys; has to be `embed_dim`."),
  .init("vdim", .int, .unset, "The channels of the values; has to be `embed_dim`."),
  .batchFirst, sequenceLength,
  .init("forward_returns_attn_mask", .bool, .ignored, "Whether PyTorch gives the mask as well."),
  .init(
    "embed_dim_second", .bool, .ignored, "Where PyTorch has the channels; they come second."),
]

private let layerArguments: [LayerDefinition.Argument] = [
  .init("d_model", .int, .told, "The number of channels."),
  .init("nhead", .int, .required, "The number of heads."),
  .init("dim_feedforward", .int, .told, "The channels between the two linear layers."),
  .dropout,
  .init(
    "activation", .choice(of: TransformerLayerWeights.Activation.self), "relu",
    "The function between the two linear layers."),
  .init("layer_norm_eps", .number, 1e-5, "The `eps` of both normalizations."),
  .batchFirst,
  .init("norm_first", .bool, false, "Whether normalizations come before what they follow else."),
  .bias, sequenceLength,
]

/// Where a layer has its parts, under its own name.
package struct LayerKeys {
  package let attention: String
  package let norm1: String
  package let linear1: String
  package let linear2: String
  package let norm2: String

  /// The layouts, the usual one first: that of `torch.nn`; of `continual`'s layers of one output and
  /// of all, and of one behind another; and of the repository continual-transformers.
  package static let all = [
    LayerKeys("self_attn", "", "", norm: ""),
    LayerKeys("0.self_attn", "1.", "1._ff_block.1.", norm: ".fn"),
    LayerKeys("0.self_attn", "1.fn.", "1.fn._ff_block.fn.", norm: ""),
    LayerKeys("fn.0.self_attn", "fn.1.", "fn.1._ff_block.1.", norm: ".fn"),
    LayerKeys(
      attention: "0.1", norm1: "1.fn", linear1: "2.1.0", linear2: "2.1.3", norm2: "3.fn"),
  ]

  private init(_ attention: String, _ norms: String, _ linears: String, norm suffix: String) {
    self.init(
      attention: attention, norm1: norms + "norm1" + suffix, linear1: linears + "linear1",
      linear2: linears + "linear2", norm2: norms + "norm2" + suffix)
  }

  private init(
    attention: String, norm1: String, linear1: String, linear2: String, norm2: String
  ) {
    self.attention = attention
    self.norm1 = norm1
    self.linear1 = linear1
    self.linear2 = linear2
    self.norm2 = norm2
  }
}

// Attention.
extension ImportContext {
  fileprivate func attention() throws(ModuleError) -> AttentionWeights {
    noteLayout()
    if flag("add_zero_attn") {
      report(
        "attention to an added position of zeros has no steps", argument: "add_zero_attn",
        hint: "train it with add_zero_attn=False")
    }
    if flag("add_bias_kv") || hasTensor("bias_k") {
      report(
        "attention to an added position of biases has no steps",
        argument: has("add_bias_kv") ? "add_bias_kv" : nil,
        hint: "train it with add_bias_kv=False")
      ignoreTensor("bias_k")
      ignoreTensor("bias_v")
    }
    return try attention(
      "", size: int("embed_dim"), heads: "num_heads", hasBias: bool("bias"))
  }

  /// The weights of an attention whose tensors are under a name.
  private func attention(
    _ name: String, size: Int?, heads: String, hasBias: Bool?
  ) throws(ModuleError) -> AttentionWeights {
    let prefix = name.isEmpty ? "" : name + "."
    let size = size ?? shape(prefix + "out_proj.weight")?.axes.first
    for dimension in ["kdim", "vdim"] where declares(dimension) {
      if let given = int(dimension), let size, given != size {
        report(
          "is \(given), and embed_dim \(size): keys and values of another source have no steps here",
          argument: dimension)
      }
    }
    if !hasTensor(prefix + "in_proj_weight"), hasTensor(prefix + "q_proj_weight") {
      report(
        "has separate projections of queries, keys and values (kdim, vdim), which have no steps",
        hint: "make it with kdim and vdim equal to embed_dim")
      for tensor in ["q_proj_weight", "k_proj_weight", "v_proj_weight"] {
        ignoreTensor(prefix + tensor)
      }
    }
    if !has(heads) { report("\(description.type) needs \"\(heads)\"; no tensor tells it") }
    if let size, size > 0, name.isEmpty { suggestInput(channels: size, spaceAxes: 0) }
    let three = size.flatMap { (1...largestSize).contains($0) ? 3 * $0 : nil }
    return try AttentionWeights(
      input: weight(prefix + "in_proj_weight", [three, size]),
      inBias: tensor(prefix + "in_proj_bias", [three], if: hasBias),
      output: weight(prefix + "out_proj.weight", [size, size]),
      outBias: tensor(prefix + "out_proj.bias", [size], if: hasBias),
      heads: int(heads) ?? 1)
  }

  /// In which order PyTorch's `forward` takes the axes of a clip; that of all other modules where nothing
  /// says it.
  fileprivate var axes: AttentionAxes {
    if description.type == "MultiheadAttention" { return .channelsSecond }
    if has("batch_first"), bool("batch_first") == false { return .timeFirst }
    if has("embed_dim_second"), bool("embed_dim_second") == false { return .batchFirst }
    return .channelsSecond
  }

  /// Says in which order the axes of clips are read.
  private func noteLayout() {
    if bool("embed_dim_second") == true, bool("batch_first") != false { return }
    note(
      "\(path("").isEmpty ? description.type : path("")): clips are read as (B, E, T); "
        + "batch_first and embed_dim_second only say where PyTorch has these axes")
  }

  /// Says what is made of a module that knows no stream.
  fileprivate func noteNewest() {
    note(
      "\(description.type) gives one frame: what torch's gives at the newest position, of the whole clip "
        + "in forward, and of the window in steps")
  }
}

// MARK: - Layers

extension ImportContext {
  /// The weights of a layer, whose tensors are under one of the layouts.
  ///
  /// - Parameter name: the name of the layer in this module; empty for the module itself.
  /// - Returns: the weights.
  /// - Throws: ``ModuleError`` where they do not fit together.
  fileprivate func layer(_ name: String = "") throws(ModuleError) -> TransformerLayerWeights {
    let keys =
      LayerKeys.all.first {
        // Two layouts differ only behind the attention.
        hasTensor(name.adding($0.attention) + ".out_proj.weight")
          && hasTensor(name.adding($0.linear1) + ".weight")
      } ?? LayerKeys.all.first { hasTensor(name.adding($0.attention) + ".out_proj.weight") }
      ?? LayerKeys.all[0]
    let hasBias = bool("bias")
    let attention = try attention(
      name.adding(keys.attention), size: int("d_model"), heads: "nhead", hasBias: hasBias)
    let (size, eps) = (attention.size, double("layer_norm_eps"))
    let hidden = int("dim_feedforward") ?? shape(name.adding(keys.linear1) + ".weight")?.axes.first
    if name.isEmpty || name == "layers.0" { suggestInput(channels: size, spaceAxes: 0) }
    func product(_ key: String, _ rows: Int?, _ columns: Int?) -> TransformerLayerWeights.Product {
      .init(
        weight: weight(name.adding(key) + ".weight", [rows, columns]),
        bias: tensor(name.adding(key) + ".bias", [rows], if: hasBias))
    }
    return try TransformerLayerWeights(
      attention: attention, linear1: product(keys.linear1, hidden, size),
      linear2: product(keys.linear2, size, hidden),
      norm1: norm(name.adding(keys.norm1), size: size, eps: eps, hasBias: hasBias),
      norm2: norm(name.adding(keys.norm2), size: size, eps: eps, hasBias: hasBias),
      activation: choice("activation", as: TransformerLayerWeights.Activation.self) ?? .relu,
      normFirst: flag("norm_first"))
  }

  private func norm(
    _ key: String, size: Int, eps: Double, hasBias: Bool?
  ) -> TransformerLayerWeights.Norm {
    .init(
      weight: tensor(key + ".weight", [size]), bias: tensor(key + ".bias", [size], if: hasBias),
      eps: eps)
  }

  /// The layers of an encoder: one description for all of them, or one for each.
  fileprivate func encoder() throws(ModuleError) -> any Module {
    var layers: [TransformerLayerWeights] = []
    if childCount > 0 {
      for index in 0..<childCount {
        let child = child(index, names: ["layers.\(index)"])
        guard let layer = child.module as? SingleOutputTransformerEncoderLayer else {
          if !(child.module is Identity) {
            report(
              "has a \(child.module.typeName) among its layers; it takes TransformerEncoderLayer")
          }
          return Identity()
        }
        layers.append(layer.weights)
      }
    } else {
      let count = int("num_layers") ?? countedLayers
      guard (1...1000).contains(count) else {
        report("found \(count), expected 1 to 1000 layers", argument: "num_layers")
        return Identity()
      }
      for index in 0..<count { layers.append(try layer("layers.\(index)")) }
    }
    let size = layers.first?.size ?? 1
    let key = hasTensor("norm.fn.weight") || hasTensor("norm.fn.bias") ? "norm.fn" : "norm"
    let hasNorm = bool("norm") ?? (hasTensor(key + ".weight") || has("norm_eps"))
    var last: TransformerLayerWeights.Norm?
    if hasNorm {
      last = .init(
        weight: tensor(key + ".weight", [size]), bias: tensor(key + ".bias", [size], if: nil),
        eps: double("norm_eps"))
    }
    noteDifferences(layers)
    // A single layer of continual makes all frames of a clip in `forward`.
    if childCount == 0, layers.count == 1 { return try single(layers[0], norm: last) }
    return try TransformerEncoder(
      layers: layers, norm: last, sequenceLength: int("sequence_len"))
  }

  /// The one layer that an encoder of continual is made of, and the normalization behind it.
  private func single(
    _ layer: TransformerLayerWeights, norm: TransformerLayerWeights.Norm?
  ) throws(ModuleError) -> any Module {
    let encoder = try SingleOutputTransformerEncoderLayer(
      weights: layer, sequenceLength: int("sequence_len"), queryIndex: -1,
      singleOutputForward: false)
    guard let norm else { return encoder }
    let last = try LayerNorm(
      normalizedShape: [layer.size], weight: norm.weight, bias: norm.bias, eps: norm.eps,
      isFramewise: true)
    return Sequential([
      NamedModule("layers.0", encoder), NamedModule("norm", Framewise(NamedModule("fn", last))),
    ])
  }

  /// How many layers the tensors show; one where names have lost their numbers, so that every layer
  /// has the same.
  private var countedLayers: Int {
    func hasLayer(_ index: Int) -> Bool {
      LayerKeys.all.contains { hasTensor("layers.\(index).\($0.attention).out_proj.weight") }
    }
    let count = (0...1000).prefix { hasLayer($0) }.count
    return count > 1000 ? 1 : count
  }

  /// Says where the Python library computes something other than what is named.
  private func noteDifferences(_ layers: [TransformerLayerWeights]) {
    if layers.contains(where: \.normFirst) {
      note("norm_first=True is computed as named; continual ignores it when it converts an encoder")
    }
    if layers.contains(where: { $0.activation == .gelu }) {
      note(
        "activation=\"gelu\" is GELU, as in torch.nn; continual's layers take ReLU for that word")
    }
    if layers.count > 2 {
      note(
        "continual has no encoder of \(layers.count) layers; steps give what torch.nn gives of the window"
      )
    }
  }
}

/// The most channels whose triple is still counted.
private let largestSize = 1 << 20
