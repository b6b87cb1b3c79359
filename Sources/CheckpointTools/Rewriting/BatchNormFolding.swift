import Checkpoints
import OrderedCollections
import PlainData
package import Tensors
import TorchModels

/// A `BatchNorm` that is made a part of the convolution or linear layer in front of it.
///
///     y = gamma (W x + b - mean) / sqrt(var + eps) + beta
///       = (a W) x + ((b - mean) a + beta)        with a = gamma / sqrt(var + eps)
///
/// This holds for every output of the layer by itself, so padding, stride and steps do not matter.
/// The new weights are computed in double precision and rounded once.
extension NetworkRewrite {
  /// Folds every `BatchNorm` right behind a layer that can take it; an `Identity` stays in its place.
  ///
  /// - Throws: ``ConversionError`` where there is none.
  package mutating func foldBatchNorms() throws(ConversionError) {
    var folding = Folding(
      weights: weights, of: description, catalog: original.catalog)
    description = folding.folded(description, at: "")
    guard !folding.folded.isEmpty else {
      throw ConversionError(
        original.file, [.nothingToFold] + folding.kept.map(ConversionError.Problem.kept))
    }
    weights = folding.result
    let norms = Set(folding.folded)
    modules = modules.map {
      norms.contains($0.path) ? ($0.path, .object(["version": .int(1)])) : $0
    }
    notes.append("folded into the layer in front: " + folding.folded.joined(separator: ", "))
    notes += folding.kept.map(\.description)
  }
}

/// A `BatchNorm` that is not folded.
package struct KeptNorm: Hashable, Sendable {
  /// Why it is not.
  package enum Reason: Hashable, Sendable {
    /// There is no layer right in front of it that can take it.
    case noLayer
    /// The layer works in another place as well.
    case shared(layer: String)
    /// The layer does not have a channel for each statistic.
    case channels(layer: String)
    /// The weight's numbers are not floating-point numbers of 16 bits or more.
    case type(ScalarType, layer: String)
  }

  /// The path of the norm.
  package let norm: String
  /// Why it stays.
  package let reason: Reason
}

extension KeptNorm: CustomStringConvertible {
  /// As in `1.norm stays: 1.conv also works in another place`.
  package var description: String {
    let why =
      switch reason {
      case .noLayer: "it is not right behind a convolution or linear layer"
      case .shared(let layer): "\(layer) also works in another place"
      case .channels(let layer): "\(layer) is not a layer with its channels"
      case .type(let type, let layer): "\(layer).weight is of type \(type.name)"
      }
    return "\(norm) stays: \(why)"
  }
}

private struct Folding {
  /// The paths of the norms that were folded.
  private(set) var folded: [String] = []

  /// Those that were not, and why.
  private(set) var kept: [KeptNorm] = []

  private var tensors: OrderedDictionary<String, TensorSource>

  /// The paths of layers that work in several places, with the same weights.
  private let shared: Set<String>

  private let catalog: Catalog

  init(
    weights: [(name: String, tensor: TensorSource)], of description: ModuleDescription,
    catalog: Catalog
  ) {
    self.catalog = catalog
    var places: [String: Int] = [:]
    catalog.count(description, at: "", in: &places)
    shared = Set(places.filter { $0.value > 1 }.keys)
    tensors = OrderedDictionary(
      weights.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
  }

  var result: [(name: String, tensor: TensorSource)] {
    tensors.map { (name: $0.key, tensor: $0.value) }
  }

  /// The description without the norms that are folded.
  mutating func folded(_ description: ModuleDescription, at path: String) -> ModuleDescription {
    var description = description
    /// The layer whose outputs nothing has changed since.
    var layer: Int?
    for (index, child) in description.modules.enumerated() {
      let childPath = path.adding(module: child.name ?? "")
      if catalog[child.type]?.effect == .channelwise {
        let before =
          catalog[description.type]?.structure == .sequence
          ? layer : catalog.layer(readBy: child, in: description)
        if let before,
          fold(childPath, of: child, into: &description.modules[before], at: path)
        {
          description.modules[index] = ModuleDescription(
            type: LayerDefinition.nothing, name: child.name, place: child.place)
          description.modules[index].wiring = child.wiring
          folded.append(childPath)
        } else if before == nil {
          kept.append(KeptNorm(norm: childPath, reason: .noLayer))
        }
        layer = nil
      } else if catalog.isLayer(child) {
        layer = index
      } else if catalog[child.type]?.effect != .nothing {
        layer = nil
        description.modules[index] = folded(child, at: childPath)
      }
    }
    return description
  }

  private mutating func fold(
    _ norm: String, of description: ModuleDescription, into layer: inout ModuleDescription,
    at path: String
  ) -> Bool {
    let layerPath = path.adding(module: layer.name ?? "")
    guard !shared.contains(layerPath) else {
      kept.append(KeptNorm(norm: norm, reason: .shared(layer: layerPath)))
      return false
    }
    func part(_ name: String) -> StoredTensor? { tensors[norm.adding(name)]?.stored }
    guard let source = tensors[layerPath.adding("weight")], let weight = source.stored,
      let mean = part("running_mean"), let variance = part("running_var"),
      let channels = WeightChannels(
        weight.shape, count: mean.shape, isTransposed: catalog[layer.type]?.weightAxes?.output == 1)
    else {
      kept.append(KeptNorm(norm: norm, reason: .channels(layer: layerPath)))
      return false
    }
    guard [.float16, .bfloat16, .float32, .float64].contains(weight.scalarType) else {
      kept.append(KeptNorm(norm: norm, reason: .type(weight.scalarType, layer: layerPath)))
      return false
    }
    let eps: Double
    switch description.arguments["eps"] {
    case .double(let value)?: eps = value
    case .int(let value)?: eps = Double(value)
    default: eps = 1e-5
    }
    let affine = Affine(
      mean: mean, variance: variance, scale: part("weight"), shift: part("bias"), eps: eps)
    let bias = tensors[layerPath.adding("bias")]?.stored
    let type = weight.scalarType
    tensors[layerPath.adding("weight")] = TensorSource(
      shape: weight.shape, scalarType: type
    ) {
      () throws(CheckpointError) -> [Double] in
      let factors = try affine.factors()
      return try weight.wideValues().scalars.enumerated().map { $1 * factors[channels[$0]] }
    }
    let newBias = TensorSource(shape: mean.shape, scalarType: type) {
      () throws(CheckpointError) -> [Double] in
      try affine.applied(to: try bias?.wideValues().scalars)
    }
    if bias != nil {
      tensors[layerPath.adding("bias")] = newBias
    } else if let place = tensors.index(forKey: layerPath.adding("weight")) {
      tensors.updateValue(newBias, forKey: layerPath.adding("bias"), insertingAt: place + 1)
    }
    for name in ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"] {
      tensors[norm.adding(name)] = nil
    }
    layer.arguments["bias"] = .bool(true)
    return true
  }
}

extension Catalog {
  /// Counts the places in which each layer works.
  fileprivate func count(
    _ description: ModuleDescription, at path: String, in places: inout [String: Int]
  ) {
    for child in description.modules {
      let childPath = path.adding(module: child.name ?? "")
      if isLayer(child) { places[childPath, default: 0] += 1 }
      count(child, at: childPath, in: &places)
    }
  }

  /// A layer whose outputs are the channels.
  fileprivate func isLayer(_ module: ModuleDescription) -> Bool {
    guard let axes = self[module.type]?.weightAxes else { return false }
    return axes.axisArgument.map { module.arguments[$0] == .int(1) } ?? true
  }

  /// The layer of a graph whose outputs a module reads, and nothing else does.
  fileprivate func layer(
    readBy child: ModuleDescription, in graph: ModuleDescription
  ) -> Int? {
    guard self[graph.type]?.structure == .graph, let input = child.wiring?.inputs,
      input.count == 1, graph.arguments["output"] != .string(input[0]),
      graph.modules.count(where: { $0.wiring?.inputs.contains(input[0]) ?? false }) == 1,
      let index = graph.modules.firstIndex(where: { $0.wiring?.id == input[0] }),
      isLayer(graph.modules[index])
    else { return nil }
    return index
  }
}

/// Which output channel each element of a weight belongs to.
private struct WeightChannels: Sendable {
  /// The input channels of a group, and the output channels of a group; one group for most layers.
  private let inputs: Int
  private let outputs: Int
  /// The elements of one output channel that are side by side.
  private let run: Int

  /// - Returns: nil where there are other channels than a weight of this shape has.
  init?(_ weight: Shape, count channels: Shape, isTransposed: Bool) {
    guard channels.rank == 1, channels[0] > 0, weight.rank > 0 else { return nil }
    guard isTransposed else {
      guard weight[0] == channels[0] else { return nil }
      (inputs, outputs, run) = (1, weight[0], weight.count / weight[0])
      return
    }
    guard weight.rank > 2, weight[1] > 0, channels[0].isMultiple(of: weight[1]),
      weight[0].isMultiple(of: channels[0] / weight[1])
    else { return nil }
    inputs = weight[0] / (channels[0] / weight[1])
    outputs = weight[1]
    run = weight.axes.dropFirst(2).reduce(1, *)
  }

  subscript(element: Int) -> Int {
    let (row, output) = (element / run).quotientAndRemainder(dividingBy: outputs)
    return row / inputs * outputs + output
  }
}

/// What a `BatchNorm` does to each channel.
private struct Affine: Sendable {
  let mean: StoredTensor
  let variance: StoredTensor
  let scale: StoredTensor?
  let shift: StoredTensor?
  let eps: Double

  /// By what each channel is multiplied.
  func factors() throws(CheckpointError) -> [Double] {
    let variances = try variance.wideValues().scalars
    let scales = try scale?.wideValues().scalars
    return variances.indices.map { (scales?[$0] ?? 1) / (variances[$0] + eps).squareRoot() }
  }

  /// The new bias for an old one, or for none.
  func applied(to bias: [Double]?) throws(CheckpointError) -> [Double] {
    let factors = try factors()
    let means = try mean.wideValues().scalars
    let shifts = try shift?.wideValues().scalars
    return factors.indices.map { channel in
      ((bias?[channel] ?? 0) - means[channel]) * factors[channel] + (shifts?[channel] ?? 0)
    }
  }
}
