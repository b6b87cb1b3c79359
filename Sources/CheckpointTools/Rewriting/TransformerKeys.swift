import TorchModels

/// The names of the parts of transformer layers, which `continual` builds of modules of its own.
///
/// | torch.nn | `continual`, a single layer |
/// |---|---|
/// | `self_attn` | `0.self_attn` |
/// | `norm1` | `1.norm1.fn` |
/// | `linear1` | `1._ff_block.1.linear1` |
///
/// In an encoder of two layers the first is retroactive and the second stands in a `Lambda`, so that
/// they have other names. The library builds no more than two.
enum TransformerKeys {
  /// The new name of each part of a layer or encoder, by every name that it can have before.
  ///
  /// - Parameters:
  ///   - layer: which layer of a transformer it is.
  ///   - path: of the module, before.
  ///   - names: of all tensors, before.
  ///   - layout: how tensors are called afterwards.
  /// - Returns: pairs of names within the module; none for other classes.
  static func renamings(
    _ layer: LayerDefinition.Transformer?, at path: String, of names: [String], to layout: KeyLayout
  ) -> [(from: String, to: String)] {
    switch layer {
    case .layer(let isRetroactive)?:
      return parts(as: layout == .torch ? 0 : isRetroactive ? 2 : 1)
    case .encoder?:
      let prefix = (path.isEmpty ? "" : path + ".") + "layers."
      let count = Set(
        names.compactMap { name in
          name.hasPrefix(prefix) ? name.dropFirst(prefix.count).split(separator: ".").first : nil
        }
      ).count
      guard layout == .torch || count <= 2 else { return [] }
      let norm = layout == .torch ? "norm" : "norm.fn"
      return (0..<count).flatMap { layer in
        // One layer gives one output; of two, the first gives all and the second takes them.
        let place = layout == .torch ? 0 : count == 1 ? 1 : 2 + layer
        return parts(as: place).map { ("layers.\(layer)." + $0.from, "layers.\(layer)." + $0.to) }
      } + [("norm.fn", norm), ("norm", norm)]
    case nil: return []
    }
  }

  /// The parts by all their names, each with that in one of the layouts.
  private static func parts(as place: Int) -> [(from: String, to: String)] {
    let target = LayerKeys.all[place].parts
    return LayerKeys.all.flatMap { keys in Array(zip(keys.parts, target)) }
      .map { (from: $0.0, to: $0.1) }
  }
}

extension LayerKeys {
  fileprivate var parts: [String] { [attention, norm1, linear1, linear2, norm2] }
}
