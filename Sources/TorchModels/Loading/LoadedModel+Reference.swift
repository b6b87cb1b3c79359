public import Checkpoints
import OrderedCollections
import Tensors

extension LoadedModel.Reference {
  /// What comes before the path of a module in the name of its output.
  package static let layerPrefix = "layer."

  /// The most numbers of a clip that is made up for an outline.
  private static let outlineLimit = 1 << 26

  /// Reads what PyTorch computed from a file of tensors.
  ///
  /// Their names are `input`, `forward`, `steps` and `steps_index`; the only tensor of a file is
  /// taken as `forward`. Of a network with several outputs the others are `forward_1`, `forward_2`, ….
  ///
  /// - Throws: `CheckpointError` where a tensor cannot be read.
  public init(_ file: Checkpoint) throws(CheckpointError) {
    try self.init(LoadedModel.Reference.tensors(of: file), source: file.name)
    byteCount = file.byteCount
  }

  static func tensors(of file: Checkpoint) -> OrderedDictionary<String, StoredTensor> {
    var tensors: OrderedDictionary<String, StoredTensor> = [:]
    for tensor in file.tensors {
      tensors[file.tensors.count == 1 ? "forward" : tensor.path] = tensor
    }
    return tensors
  }

  /// The shape of the clip alone, for a network that is not run.
  init(
    outlineOf tensors: OrderedDictionary<String, StoredTensor>, source: String
  ) {
    self.source = source
    if let input = tensors["input"], input.shape.count <= LoadedModel.Reference.outlineLimit {
      self.input = Tensor(input.shape)
    }
  }

  init(
    _ tensors: OrderedDictionary<String, StoredTensor>, source: String
  ) throws(CheckpointError) {
    self.source = source
    input = try tensors["input"]?.values()
    forward = try tensors["forward"]?.wideValues()
    while let other = tensors["forward_\(otherOutputs.count + 1)"] {
      otherOutputs.append(try other.wideValues())
    }
    steps = try tensors["steps"]?.wideValues()
    stepsIndex = try tensors["steps_index"]?.integers()
    for (name, tensor) in tensors where name.hasPrefix(Self.layerPrefix) {
      layers.append((String(name.dropFirst(Self.layerPrefix.count)), try tensor.wideValues()))
    }
    isSinglePrecision = ["forward", "steps"].contains { name in
      tensors[name].map { $0.scalarType != .float64 } ?? false
    }
  }
}

extension LoadedModel.Reference {
  /// The same with the axes of clips, of a network that has them in another order.
  package func ordered(by order: AxisOrder) -> LoadedModel.Reference {
    var result = self
    result.input = input?.ordered(by: order.input)
    if let forward, !order.parts.isEmpty {
      guard let joined = order.joined([forward] + otherOutputs) else { return result }
      result.forward = joined
      let count = joined.shape[1]
      result.channelCount = count < order.parts.last?.channels.upperBound ?? 0 ? count : nil
      return result
    }
    if let output = order.output { result.forward = forward?.ordered(by: output) }
    return result
  }
}
