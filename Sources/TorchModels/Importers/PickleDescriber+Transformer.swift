import Checkpoints
import OrderedCollections
import PlainData
import Tensors

// MARK: - Transformers

// `torch.nn` has a class for a layer; functions of `continual` put one together from other modules, which
// are recognised by the class of every part.
extension PickleDescriber {
  /// What an encoder consists of: layers, each of which says what it is itself, and a norm.
  func describeEncoder(
    _ description: inout ModuleDescription, _ value: PickledValue, path: String, depth: Int
  ) {
    guard value.calleeName?.module.hasPrefix("continual") != true else {
      return describeContinualEncoder(&description, value, path: path, depth: depth)
    }
    for (key, layer) in value.part("layers")?.attribute("_modules")?.items ?? [] {
      guard let key = key.string, layer.isModule else { continue }
      description.modules.append(
        describe(layer, name: "layers." + key, path: path.adding("layers." + key), depth: depth + 1)
      )
    }
    describeLastNorm(&description, value.part("norm"), path: path)
  }

  /// The norm behind the last layer.
  private func describeLastNorm(
    _ description: inout ModuleDescription, _ norm: PickledValue?, path: String
  ) {
    guard let norm, norm.isModule else {
      description.arguments["norm"] = .bool(false)
      return
    }
    description.arguments["norm"] = .bool(true)
    description.take("norm_eps", from: norm.attribute("eps"))
    if norm.calleeName?.name != "LayerNorm" {
      problem(path, .lastNorm)
    }
  }

  /// What a layer of `torch.nn` keeps in its parts: heads, eps, and the activation.
  func describeParts(
    _ description: inout ModuleDescription, _ value: PickledValue, path: String
  ) {
    description.take("nhead", from: value.part("self_attn")?.attribute("num_heads"))
    description.take("d_model", from: value.part("self_attn")?.attribute("embed_dim"))
    description.take("layer_norm_eps", from: value.part("norm1")?.attribute("eps"))
    describeActivation(
      &description, value.attribute("activation") ?? value.part("activation"), path: path)
  }

  /// The function between the linear layers: a function, or a module, perhaps in a `Lambda`.
  private func describeActivation(
    _ description: inout ModuleDescription, _ value: PickledValue?, path: String
  ) {
    let activation = value?.part("fn") ?? value?.attribute("fn") ?? value
    let names = [
      activation?.global?.name, activation?.calleeName?.name, activation?.arguments.last?.string,
    ]
    let known = names.compactMap { $0?.lowercased() }.first { $0 == "relu" || $0 == "gelu" }
    let approximate = activation?.attribute("approximate")?.string ?? "none"
    guard let known, approximate == "none" else {
      return problem(path, .activation)
    }
    description.arguments["activation"] = .string(known)
  }
}

// MARK: - What `continual` makes

extension PickleDescriber {
  /// The layer of a transformer that a `Sequential` is; nil for any other.
  func transformerLayer(
    _ value: PickledValue, name: String?, path: String
  ) -> ModuleDescription? {
    guard let attention = value.part("0.self_attn"), value.part("0.residual") != nil,
      let kind = attention.calleeName?.name.without(suffix: "MultiheadAttention")
    else { return nil }
    let isRetroactive = kind == "Retroactive"
    var description = ModuleDescription(
      type: kind + "TransformerEncoderLayer", name: name,
      place: path.isEmpty ? "the network" : path)
    let parts = isRetroactive ? retroactiveParts : singleOutputParts
    for (part, classes) in parts {
      let found = value.part(part)?.calleeName?.name
      if !classes.contains(found ?? "") {
        problem(path.adding(part), .part(found: found, expected: classes))
      }
    }
    let after = isRetroactive ? "1.fn" : "1"
    let linears = after + (isRetroactive ? "._ff_block.fn" : "._ff_block.1")
    let fields = [
      ("d_model", "embed_dim"), ("nhead", "num_heads"), ("sequence_len", "sequence_len"),
      ("query_index", "query_index"), ("single_output_forward", "single_output_forward"),
    ]
    for (argument, attribute) in fields.prefix(isRetroactive ? 3 : 5) {
      description.take(argument, from: attention.attribute(attribute))
    }
    description.take(
      "dim_feedforward", from: value.part(linears + ".linear1")?.attribute("out_features"))
    description.take(
      "layer_norm_eps",
      from: value.part(after + (isRetroactive ? ".norm1" : ".norm1.fn"))?.attribute("eps"))
    describeActivation(&description, value.part(linears + ".activation"), path: path)
    let isUsual =
      attention.attribute("batch_first")?.bool == true
      && attention.attribute("embed_dim_second")?.bool == true
      && attention.attribute("add_zero_attn")?.bool == false
      && attention.attribute("bias_k")?.isNone == true
      && attention.attribute("_parameters")?["in_proj_bias"]?.isNone == false
    if !isUsual { problem(path, .attention) }
    return description
  }

  /// What a `TransformerEncoder` of `continual` consists of.
  ///
  /// That is a retroactive layer, one in a `RetroactiveLambda` that gives a single output, and a function
  /// that drops an axis. An encoder of a single layer is described as a `Sequential`.
  private func describeContinualEncoder(
    _ description: inout ModuleDescription, _ value: PickledValue, path: String, depth: Int
  ) {
    let layers = value.part("layers")?.attribute("_modules")?.items ?? []
    guard layers.count > 1 else {
      description.type = "Sequential"
      description.arguments = [:]
      return describeChildren(of: &description, value, path: path, depth: depth)
    }
    let inner = value.part("layers.1.fn")
    guard layers.count == 3, value.part("layers.1")?.calleeName?.name == "RetroactiveLambda",
      let inner, let outer = value.part("layers.0"),
      let first = transformerLayer(outer, name: nil, path: path.adding("layers.0")),
      let second = transformerLayer(inner, name: nil, path: path.adding("layers.1.fn"))
    else {
      return problem(path, .encoder(parts: layers.count))
    }
    let shared = second.arguments.filter {
      $0.key != "query_index" && $0.key != "single_output_forward"
    }
    if first.type != "RetroactiveTransformerEncoderLayer"
      || second.type != "SingleOutputTransformerEncoderLayer" || first.arguments != shared
      || second.arguments["query_index"] != .int(-1)
    {
      problem(path, .layersDiffer)
    }
    description.arguments = first.arguments
    description.arguments["num_layers"] = .int(2)
    let norm = value.part("norm")
    describeLastNorm(&description, norm?.part("fn") ?? norm, path: path)
  }
}

/// The classes of all parts of `SingleOutputTransformerEncoderLayer`; where it makes all frames of a
/// clip, its residual is a `Lambda`.
private let singleOutputParts: [(part: String, classes: [String])] = [
  ("0", ["BroadcastReduce"]), ("0.residual", ["SelectOrDelay", "Lambda"]),
  ("0.self_attn", ["SingleOutputMultiheadAttention"]), ("1", ["Sequential"]),
  ("1.norm1", ["Lambda"]), ("1.norm1.fn", ["LayerNorm"]),
  ("1._ff_block", ["BroadcastReduce"]), ("1._ff_block.0", ["Delay"]),
  ("1._ff_block.1", ["Sequential"]), ("1._ff_block.1.linear1", ["Linear"]),
  ("1._ff_block.1.linear2", ["Linear"]), ("1.norm2", ["Lambda"]), ("1.norm2.fn", ["LayerNorm"]),
]

private let retroactiveParts: [(part: String, classes: [String])] = [
  ("0", ["BroadcastReduce"]), ("0.residual", ["RetroactiveUnity"]),
  ("0.self_attn", ["RetroactiveMultiheadAttention"]), ("1", ["RetroactiveLambda"]),
  ("1.fn", ["Sequential"]), ("1.fn.norm1", ["LayerNorm"]), ("1.fn._ff_block", ["NaiveResidual"]),
  ("1.fn._ff_block.fn", ["Sequential"]), ("1.fn._ff_block.fn.linear1", ["Linear"]),
  ("1.fn._ff_block.fn.linear2", ["Linear"]), ("1.fn.norm2", ["LayerNorm"]),
]

extension PickledValue {
  /// A module inside this one, by its dotted path.
  fileprivate func part(_ path: String) -> PickledValue? {
    var value = self
    for name in path.split(separator: ".") {
      guard let next = value.attribute("_modules")?[String(name)] else { return nil }
      value = next
    }
    return value
  }
}

extension ModuleDescription {
  /// Sets an argument, where there is something that it can be.
  fileprivate mutating func take(_ argument: String, from value: PickledValue?) {
    if let value, let known = PlainValue(value) { arguments[argument] = known }
  }
}
