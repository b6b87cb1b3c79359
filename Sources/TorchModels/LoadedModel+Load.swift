public import Checkpoints
import Continual
import Foundation
import OrderedCollections
import PlainData
import Tensors

extension LoadedModel {
  /// Loads a network from a checkpoint: tensors, architecture, and what PyTorch computed if the file
  /// brings it.
  ///
  /// The architecture is taken from the first of: the file named by `architecture`, the checkpoint
  /// itself, `NAME.arch.json` beside `NAME.pt`, a pickled module, and last of all the names and
  /// shapes of the tensors.
  ///
  /// - Parameters:
  ///   - path: the checkpoint.
  ///   - architecturePath: an architecture file; nil to look for the architecture.
  ///   - limits: how much the checkpoint may ask for.
  ///   - layers: classes that the library does not know; of two with the same name, these hold.
  /// - Throws: ``LoadError`` with everything that does not fit.
  public init(
    contentsOf path: FilePath, architecture architecturePath: FilePath? = nil,
    limits: Limits = .standard, adding layers: [LayerDefinition] = []
  ) throws(LoadError) {
    let checkpoint: Checkpoint
    do throws(CheckpointError) {
      checkpoint = try Checkpoint(contentsOf: path, limits: limits)
    } catch {
      throw .checkpoint(error)
    }
    try self.init(
      checkpoint, at: path, architecture: architecturePath, limits: limits, adding: layers)
  }

  /// Loads a network from a checkpoint by paths that are texts.
  ///
  /// - Parameters:
  ///   - path: the checkpoint.
  ///   - architecturePath: an architecture file; nil to look for the architecture.
  ///   - limits: how much the checkpoint may ask for.
  ///   - layers: classes that the library does not know; of two with the same name, these hold.
  /// - Throws: ``LoadError`` with everything that does not fit.
  public init(
    contentsOf path: String, architecture architecturePath: String? = nil,
    limits: Limits = .standard, adding layers: [LayerDefinition] = []
  ) throws(LoadError) {
    try self.init(
      contentsOf: FilePath(path), architecture: architecturePath.map { FilePath($0) },
      limits: limits, adding: layers)
  }

  /// Loads a network from a checkpoint that is open already.
  ///
  /// - Parameters:
  ///   - checkpoint: the file.
  ///   - path: where it is; an architecture and PyTorch's outputs are looked for beside it.
  ///   - architecturePath: an architecture file; nil to look for the architecture.
  ///   - limits: how much what is beside it may ask for.
  ///   - layers: classes that the library does not know; of two with the same name, these hold.
  /// - Throws: ``LoadError`` with everything that does not fit.
  public init(
    _ checkpoint: Checkpoint, at path: FilePath, architecture architecturePath: FilePath? = nil,
    limits: Limits = .standard, adding layers: [LayerDefinition] = []
  ) throws(LoadError) {
    var loader = Loader(
      checkpoint: checkpoint, path: path, limits: limits,
      catalog: Catalog.standard.adding(layers))
    self = try loader.load(architecturePath: architecturePath)
  }

  /// Lays out the network of an open checkpoint without reading its tensors, all of which are zeros.
  ///
  /// Modules, shapes and timing are those of the network; values are not, and nobody should run it.
  ///
  /// - Parameters:
  ///   - checkpoint: of any format.
  ///   - path: where it is, for what may be beside it.
  ///   - architecturePath: an architecture file; nil to look for the architecture.
  ///   - limits: how much may be asked for; `limits.outlinedNumbers` in the tensors together.
  ///   - layers: classes that the library does not know; of two with the same name, these hold.
  /// - Throws: ``LoadError`` with everything that does not fit.
  public init(
    outlineOf checkpoint: Checkpoint, at path: FilePath,
    architecture architecturePath: FilePath? = nil, limits: Limits = .standard,
    adding layers: [LayerDefinition] = []
  ) throws(LoadError) {
    var loader = Loader(
      checkpoint: checkpoint, path: path, limits: limits,
      catalog: Catalog.standard.adding(layers), isOutline: true)
    self = try loader.load(architecturePath: architecturePath)
  }
}

/// The steps from a checkpoint to a network.
struct Loader {
  let checkpoint: Checkpoint
  let path: FilePath
  let limits: Limits
  let catalog: Catalog
  /// Whether no tensor is read.
  var isOutline = false
  var notes: [String] = []
  var assumptions: [String] = []

  mutating func load(architecturePath: FilePath?) throws(LoadError) -> LoadedModel {
    let found = try statedArchitecture(architecturePath)
    let state = try StateDict(in: checkpoint, root: found?.weights.root)
    if isOutline { try checkSize(state) }
    let (network, layout, architecture) = try build(found, state)
    let (blueprint, tensors) = (network.blueprint, layout.state.tensors)
    if let root = checkpoint.root, !PickledModule.isModule(root) { noteForeignNames() }
    var types: [ScalarType: Int] = [:]
    for tensor in tensors.values { types[tensor.scalarType, default: 0] += 1 }
    return LoadedModel(
      module: network.module, catalog: catalog, architecture: architecture,
      checkpoint: checkpoint, limits: limits,
      file: checkpoint.name,
      format: checkpoint.format.rawValue, notes: notes + blueprint.notes, assumptions: assumptions,
      tensorCount: tensors.count, namesByPath: blueprint.namesByPath,
      parameterCount: tensors.values.reduce(0) { $0 + $1.shape.count },
      scalarTypes: types.sorted { ($1.value, $0.key.name) < ($0.value, $1.key.name) }.map(\.key),
      roundsWeights: types[.float64] != nil || !layout.weights.folded.isEmpty,
      reference: try reference(), endsWithoutTime: blueprint.timeIsGone,
      sample: architecture.inputShape.map(LoadedModel.Sample.init) ?? blueprint.suggestedSample)
  }
}

// An outline.
extension Loader {
  /// Even zeros take memory where weights are packed.
  private func checkSize(_ state: StateDict) throws(LoadError) {
    let count = state.tensors.values.reduce(0) { $0 + min($1.shape.count, 1 << 40) }
    guard count > limits.outlinedNumbers else { return }
    throw .weights(
      file: checkpoint.name,
      "the network is not laid out: its tensors have \(count) numbers, more than "
        + "\(limits.outlinedNumbers)", hint: "verify reads them all, and shows the network")
  }
}

// The architecture.
extension Loader {
  /// The architecture that something says; nil where nothing does.
  private func statedArchitecture(_ given: FilePath?) throws(LoadError) -> Architecture? {
    do throws(ArchitectureError) {
      if let given { return try read(given) }
      if let (key, value) = NetworkNotes.architecture(of: checkpoint) {
        let source = "\(checkpoint.name): \(key)"
        let origin = Architecture.Source.checkpoint(key: key)
        if case .string(let text) = value {
          return try ArchitectureReader.read(
            json: text.utf8, source: source, origin: origin, catalog: catalog)
        }
        return try ArchitectureReader.read(
          value, source: source, origin: origin, catalog: catalog)
      }
      let beside = Sidecar.architecture.path(beside: path)
      if beside.exists { return try read(beside) }
      if let module = pickledModule() {
        let model = try PickledModule.describe(module, in: checkpoint, catalog: catalog)
        return Architecture(model: model, source: .pickledModule)
      }
      return nil
    } catch {
      throw .architecture(error)
    }
  }

  private func read(_ path: FilePath) throws(ArchitectureError) -> Architecture {
    let name = path.name.description
    let bytes: Data
    do throws(CheckpointError) {
      bytes = try path.contents(expected: "an architecture file", limit: limits.headerBytes)
    } catch {
      throw ArchitectureError(source: path.description, place: "", error.message)
    }
    return try ArchitectureReader.read(
      json: bytes, source: name, origin: .file(name), catalog: catalog)
  }

  /// The root, or what a training script keeps under a usual key.
  private func pickledModule() -> PickledValue? {
    guard let root = checkpoint.root else { return nil }
    if PickledModule.isModule(root) { return root }
    return StateDict.wrappers.lazy.compactMap { root[$0] }.first { PickledModule.isModule($0) }
  }
}

// What is not understood.
extension Loader {
  /// Names that Python would import and call, and that are only data here.
  private mutating func noteForeignNames() {
    let names = checkpoint.globals.filter { !$0.isUnderstood }.map(\.name)
    guard !names.isEmpty else { return }
    let shown = names.prefix(6).joined(separator: ", ")
    notes.append(
      "the file names \(names.count) classes or functions that are never run: \(shown)"
        + (names.count > 6 ? ", …" : ""))
  }
}

// What PyTorch computed.
extension Loader {
  /// `input` and `reference` of the checkpoint, or of `NAME.expect.safetensors` beside it.
  private mutating func reference() throws(LoadError) -> LoadedModel.Reference? {
    do throws(CheckpointError) {
      let tensors = try NetworkNotes.reference(of: checkpoint)
      if !tensors.isEmpty {
        notes.append("what PyTorch computed is in the checkpoint (\"reference\")")
        let source = "\(checkpoint.name): reference"
        return isOutline
          ? LoadedModel.Reference(outlineOf: tensors, source: source)
          : try LoadedModel.Reference(tensors, source: source)
      }
      let beside = Sidecar.reference.path(beside: path)
      guard beside.exists else { return nil }
      let file = try Checkpoint(contentsOf: beside, limits: limits)
      notes.append("what PyTorch computed is in \(file.name)")
      return isOutline
        ? LoadedModel.Reference(
          outlineOf: LoadedModel.Reference.tensors(of: file), source: file.name)
        : try LoadedModel.Reference(file)
    } catch {
      throw .checkpoint(error)
    }
  }
}

extension LoadedModel.Reference {
  /// Reads what PyTorch computed from a file of tensors.
  ///
  /// Their names are `input`, `forward`, `steps` and `steps_index`; the only tensor of a file is
  /// taken as `forward`.
  ///
  /// - Throws: `CheckpointError` where a tensor cannot be read.
  public init(_ file: Checkpoint) throws(CheckpointError) {
    try self.init(LoadedModel.Reference.tensors(of: file), source: file.name)
  }

  fileprivate static func tensors(of file: Checkpoint) -> OrderedDictionary<String, StoredTensor> {
    var tensors: OrderedDictionary<String, StoredTensor> = [:]
    for tensor in file.tensors {
      tensors[file.tensors.count == 1 ? "forward" : tensor.path] = tensor
    }
    return tensors
  }

  /// The shape of the clip alone, for a network that is not run.
  fileprivate init(
    outlineOf tensors: OrderedDictionary<String, StoredTensor>, source: String
  ) {
    self.source = source
    if let input = tensors["input"], input.shape.count <= 1 << 26 {
      self.input = Tensor(input.shape)
    }
  }

  fileprivate init(
    _ tensors: OrderedDictionary<String, StoredTensor>, source: String
  ) throws(CheckpointError) {
    self.source = source
    input = try tensors["input"]?.values()
    forward = try tensors["forward"]?.wideValues()
    steps = try tensors["steps"]?.wideValues()
    stepsIndex = try tensors["steps_index"]?.integers()
    isSinglePrecision = ["forward", "steps"].contains { name in
      tensors[name].map { $0.scalarType != .float64 } ?? false
    }
  }
}
