public import Checkpoints
import Continual
import Foundation
import OrderedCollections
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
  /// - Throws: ``LoadError`` with everything that does not fit.
  public init(
    contentsOf path: String, architecture architecturePath: String? = nil
  ) throws(LoadError) {
    let checkpoint: Checkpoint
    do throws(CheckpointError) {
      checkpoint = try Checkpoint(contentsOf: path)
    } catch {
      throw .checkpoint(error)
    }
    try self.init(checkpoint, at: path, architecture: architecturePath)
  }

  /// Loads a network from a checkpoint that is open already.
  ///
  /// - Parameters:
  ///   - checkpoint: the file.
  ///   - path: where it is; an architecture and PyTorch's outputs are looked for beside it.
  ///   - architecturePath: an architecture file; nil to look for the architecture.
  /// - Throws: ``LoadError`` with everything that does not fit.
  public init(
    _ checkpoint: Checkpoint, at path: String, architecture architecturePath: String? = nil
  ) throws(LoadError) {
    var loader = Loader(checkpoint: checkpoint, path: path)
    self = try loader.load(architecturePath: architecturePath)
  }
}

/// The steps from a checkpoint to a network.
private struct Loader {
  let checkpoint: Checkpoint
  let path: String
  var notes: [String] = []
  var assumptions: [String] = []

  mutating func load(architecturePath: String?) throws(LoadError) -> LoadedModel {
    let found = try statedArchitecture(architecturePath)
    let state = try StateDict(in: checkpoint, root: found?.weights.root)
    let (module, builder, architecture, tensors) = try build(found, state)
    if let root = checkpoint.root, !PickledModule.isModule(root) { noteForeignNames() }
    var types: [ScalarType: Int] = [:]
    for tensor in tensors.values { types[tensor.scalarType, default: 0] += 1 }
    return LoadedModel(
      module: module, architecture: architecture, file: checkpoint.name,
      format: checkpoint.format.rawValue, notes: notes + builder.notes, assumptions: assumptions,
      tensorCount: tensors.count,
      parameterCount: tensors.values.reduce(0) { $0 + $1.shape.count },
      scalarTypes: types.sorted { ($1.value, $0.key.name) < ($0.value, $1.key.name) }.map(\.key),
      reference: try reference(), endsWithoutTime: builder.timeIsGone,
      sample: architecture.inputShape.map(LoadedModel.Sample.init) ?? builder.suggestedSample)
  }
}

// The architecture.
extension Loader {
  /// The architecture that something says; nil where nothing does.
  private func statedArchitecture(_ given: String?) throws(LoadError) -> Architecture? {
    do throws(ArchitectureError) {
      if let given { return try read(given) }
      if let (key, value) = NetworkNotes.architecture(of: checkpoint) {
        let source = "\(checkpoint.name): \(key)"
        var document = value
        if case .string(let text) = value {
          document = try JSONReader.read(Data(text.utf8), name: source)
        }
        return try ArchitectureReader.read(
          document, source: source, origin: .checkpoint(key: key))
      }
      let beside = URL(filePath: path).deletingPathExtension().path() + ".arch.json"
      if FileManager.default.fileExists(atPath: beside) { return try read(beside) }
      if let module = pickledModule() {
        let model = try PickledModule.describe(module, file: checkpoint.name)
        return Architecture(model: model, source: .pickledModule)
      }
      return nil
    } catch {
      throw .architecture(error)
    }
  }

  private func read(_ path: String) throws(ArchitectureError) -> Architecture {
    let name = URL(filePath: path).lastPathComponent
    let bytes: Data
    do {
      bytes = try Data(contentsOf: URL(filePath: path))
    } catch {
      throw ArchitectureError(
        source: path, place: "$", "cannot be read: \((error as NSError).localizedDescription)")
    }
    return try ArchitectureReader.read(
      JSONReader.read(bytes, name: name), source: name, origin: .file(name))
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

// The network.
extension Loader {
  private typealias Built = (
    module: any Module, builder: ModelBuilder, architecture: Architecture,
    tensors: OrderedDictionary<String, StoredTensor>
  )

  private mutating func build(
    _ stated: Architecture?, _ found: StateDict
  ) throws(LoadError) -> Built {
    let options = stated?.weights ?? WeightsOptions()
    let state = found.renamed(options)
    let architecture: Architecture
    if let stated {
      architecture = stated
    } else {
      architecture = try inferred(from: state)
    }
    // What fits is told from names and shapes alone; only then are the tensors read.
    var attempts = layouts(state, raw: found, options)
    var chosen = attempts.removeFirst()
    if !fits(architecture, chosen) {
      chosen = attempts.first { fits(architecture, $0) } ?? chosen
    }
    notes += chosen.state.notes
    let builder = ModelBuilder(KeyTable(chosen.state.parameters, match: chosen.match))
    let module = builder.module(architecture.model, at: "")
    builder.reportUnused()
    guard builder.problems.isEmpty else {
      let more = broken(module, builder).map { [$0] } ?? []
      throw .model(
        ModelError(
          file: checkpoint.name, problems: builder.problems + more, fitting: builder.fittingCount))
    }
    return (module, builder, architecture, chosen.state.tensors)
  }

  /// Where the modules do not fit to each other, besides what is wrong with their tensors.
  ///
  /// Told only where all modules are what they should be in kind and size, so that one misfit is not
  /// reported as the consequence of another.
  private func broken(_ module: any Module, _ builder: ModelBuilder) -> ModelError.Problem? {
    let isWhole = builder.problems.allSatisfy { problem in
      switch problem {
      case .missing(_, let expected, _): !expected.contains("any")
      case .unexpected, .notFinite, .unreadable: true
      case .shape, .description: false
      }
    }
    guard isWhole, let sample = builder.suggestedSample,
      let frame = Shape(checking: [1, sample.channels] + sample.space.map { $0 ?? 64 })
    else { return nil }
    do throws(ModuleError) {
      _ = try Plan(module, frame: frame, clipLength: 64)
      return nil
    } catch {
      guard error.code == .shape else { return nil }
      let path = error.path.joined(separator: ".")
      let place = builder.has(path + ".weight") ? path + ".weight" : path
      return .description(place: place, message: error.reason, hint: "")
    }
  }

  private typealias Layout = (state: StateDict, match: WeightsOptions.Match)

  /// The ways in which the names of the file can be meant, the most likely first.
  private func layouts(
    _ state: StateDict, raw: StateDict, _ options: WeightsOptions
  ) -> [Layout] {
    var states = [state]
    if options.stripPrefixes == nil {
      if raw.tensors.keys != state.tensors.keys, options.rename.isEmpty { states.append(raw) }
      if let shorter = state.withoutCommonRoot() { states.append(shorter) }
    }
    if let match = options.match { return states.map { ($0, match) } }
    return states.map { ($0, .exact) }
      + states.filter { KeyTable.collisions(in: $0.tensors.keys).isEmpty }.map { state in
        var state = state
        state.notes.append("names are compared without the parts that are numbers")
        return (state, .flattened)
      }
  }

  private func fits(_ architecture: Architecture, _ layout: Layout) -> Bool {
    let builder = ModelBuilder(
      KeyTable(layout.state.parameters, match: layout.match), isTrial: true)
    _ = builder.module(architecture.model, at: "")
    builder.reportUnused()
    return builder.problems.isEmpty
  }

  private mutating func inferred(from state: StateDict) throws(LoadError) -> Architecture {
    var shapes: OrderedDictionary<String, Shape> = [:]
    for (name, tensor) in state.tensors { shapes[name] = tensor.shape }
    do throws(ArchitectureError) {
      let inferred = try InferredArchitecture(
        shapes: shapes, modulePaths: state.modulePaths, file: checkpoint.name)
      assumptions = inferred.assumptions
      return Architecture(model: inferred.model, source: .inferred)
    } catch {
      throw .architecture(error)
    }
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
        return try LoadedModel.Reference(tensors, source: "\(checkpoint.name): reference")
      }
      let beside = URL(filePath: path).deletingPathExtension().path() + ".expect.safetensors"
      guard FileManager.default.fileExists(atPath: beside) else { return nil }
      let file = try Checkpoint(contentsOf: beside)
      notes.append("what PyTorch computed is in \(file.name)")
      return try LoadedModel.Reference(file)
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
    var tensors: OrderedDictionary<String, StoredTensor> = [:]
    for tensor in file.tensors {
      tensors[file.tensors.count == 1 ? "forward" : tensor.path] = tensor
    }
    try self.init(tensors, source: file.name)
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
