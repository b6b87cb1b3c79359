import Checkpoints
import Continual
import Foundation
import OrderedCollections
import PlainData
import Tensors

/// The steps from a checkpoint to a network.
struct Loader {
  let file: NetworkFile
  let catalog: Catalog
  /// Whether no tensor is read.
  var isOutline = false
  var notes: [String] = []
  var assumptions: [String] = []
  /// The tensors that the network of a recipe does not use.
  var unusedTensors: Set<String> = []

  var checkpoint: Checkpoint { file.checkpoint }

  mutating func load(architecturePath: FilePath?) throws(LoadError) -> LoadedModel {
    let exported = architecturePath == nil ? try exportedNetwork() : nil
    let found: Architecture?
    let state: StateDict
    if let exported {
      (found, state) = (Architecture(exported), StateDict(exported.tensors))
    } else {
      found = try statedArchitecture(architecturePath)
      state = try file.stateDict(root: found?.weights.root)
    }
    if isOutline { try checkSize(state) }
    let (network, layout, architecture) = try build(found, state)
    let (blueprint, tensors) = (network.blueprint, layout.state.tensors)
    if let root = checkpoint.root, !root.isModule { noteForeignNames() }
    var types: [ScalarType: Int] = [:]
    for tensor in tensors.values { types[tensor.scalarType, default: 0] += 1 }
    var reference = try reference()
    // An architecture that was drafted of a program has its nodes too.
    if let program = exported ?? file.exported.flatMap({ try? $0.get() }) {
      reference = reference?.ofNodes(program)
    }
    if let order = exported?.order { reference = reference?.ordered(by: order) }
    return LoadedModel(
      module: network.module, architecture: architecture,
      sample: architecture.inputShape.map(InputSample.init) ?? blueprint.suggestedSample,
      endsWithoutTime: blueprint.timeIsGone,
      provenance: LoadedModel.Provenance(
        file: file, notes: notes + blueprint.notes, assumptions: assumptions,
        stepless: exported?.stepless ?? [],
        tensorCount: tensors.count,
        parameterCount: tensors.values.reduce(0) { $0 + $1.shape.count },
        scalarTypes: types.sorted { ($1.value, $0.key.name) < ($0.value, $1.key.name) }
          .map(\.key),
        roundsWeights: types[.float64] != nil || !layout.weights.folded.isEmpty
          || exported?.calculatesConstants ?? false,
        stateDict: state, namesByPath: blueprint.namesByPath),
      reference: reference, axisOrder: exported?.order, catalog: catalog)
  }
}

// MARK: - An outline

extension Loader {
  /// What a tensor counts at most, so that sums do not overflow.
  private static let countLimit = 1 << 40

  /// Even zeros take memory where weights are packed.
  private func checkSize(_ state: StateDict) throws(LoadError) {
    let count = state.tensors.values.reduce(0) { $0 + min($1.shape.count, Loader.countLimit) }
    guard count > file.limits.outlinedNumbers else { return }
    throw .weights(
      file: checkpoint.name, .outline(numbers: count, limit: file.limits.outlinedNumbers))
  }
}

// MARK: - The architecture

extension Loader {
  /// The network of an exported program, unless a file beside it says what it is; nil for other files.
  private mutating func exportedNetwork() throws(LoadError) -> ExportedNetwork? {
    guard let exported = file.exported, !Sidecar.architecture.path(beside: file.path).exists
    else { return nil }
    do throws(ArchitectureError) {
      let network = try exported.get()
      notes += network.notes
      assumptions += network.assumptions
      return network
    } catch {
      throw .architecture(error)
    }
  }

  /// The architecture that something says; nil where nothing does.
  private mutating func statedArchitecture(_ given: FilePath?) throws(LoadError) -> Architecture? {
    do throws(ArchitectureError) {
      if let given, let recipe = Recipe.named(by: given) {
        switch recipe {
        case .success(let recipe): return try taken(recipe, "asked for")
        case .failure(let unknown):
          throw ArchitectureError(
            source: checkpoint.name, place: "--recipe", .recipe(unknown.name))
        }
      }
      if let given { return try read(given) }
      if file.exported == nil, let (key, value) = file.notedArchitecture {
        let source = "\(checkpoint.name): \(key)"
        let origin = Architecture.Source.checkpoint(key: key)
        if case .string(let text) = value {
          return try ArchitectureReader.read(
            json: text.utf8, source: source, origin: origin, limits: file.limits, catalog: catalog)
        }
        return try ArchitectureReader.read(
          value, source: source, origin: origin, catalog: catalog)
      }
      let beside = Sidecar.architecture.path(beside: file.path)
      if beside.exists { return try read(beside) }
      if let module = pickledModule() {
        do throws(ArchitectureError) {
          let model = try PickledModule.describe(module, in: checkpoint, catalog: catalog)
          return Architecture(model: model, source: .pickledModule)
        } catch {
          // Its classes are unknown, and can be those of a package all the same.
          guard let state = try? file.stateDict(root: nil),
            let found = try recipe(fitting: state.renamed(WeightsOptions()))
          else { throw error }
          return found
        }
      }
      return nil
    } catch {
      throw .architecture(error)
    }
  }

  /// The recipe whose tensors a file has; nil where none has them.
  ///
  /// - Throws: ``ArchitectureError`` where several have.
  mutating func recipe(fitting state: StateDict) throws(ArchitectureError) -> Architecture? {
    var recipes: [Recipe] = []
    for recipe in Recipe.fitting(state) {
      let table = KeyTable(recipe.tensors(of: state).folded.parameters, match: .exact)
      let network = Network(
        drawing: try recipe.architecture(catalog).model, of: table, catalog: catalog)
      if network.misfits.isEmpty { recipes.append(recipe) }
    }
    guard recipes.count < 2 else {
      throw ArchitectureError(
        source: checkpoint.name, place: "its tensors",
        .recipes(recipes.map { "\($0.name) (\($0.assumptions))" }))
    }
    guard let recipe = recipes.first else { return nil }
    return try taken(recipe, "told by the names and kernels of all tensors")
  }

  /// The architecture of a recipe, which is said with what it assumes.
  private mutating func taken(
    _ recipe: Recipe, _ reason: String
  ) throws(ArchitectureError) -> Architecture {
    notes.append(
      "the recipe \(recipe.name) of \(recipe.package) is \(reason); it assumes \(recipe.assumptions)"
    )
    unusedTensors = recipe.unused
    return try recipe.architecture(catalog)
  }

  private func read(_ path: FilePath) throws(ArchitectureError) -> Architecture {
    let name = path.name.description
    let bytes = try rethrowing(
      { (error: CheckpointError) in
        ArchitectureError(source: path.description, place: "", .file(error))
      },
      try path.contents(expected: "an architecture file", limit: file.limits.jsonBytes))
    return try ArchitectureReader.read(
      json: bytes, source: name, origin: .file(name), limits: file.limits, catalog: catalog)
  }

  /// The root, or what a training script keeps under a usual key.
  private func pickledModule() -> PickledValue? {
    guard let root = checkpoint.root else { return nil }
    if root.isModule { return root }
    return StateDict.wrappers.lazy.compactMap { root[$0] }.first(where: \.isModule)
  }
}

// MARK: - What is not understood

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

// MARK: - What PyTorch computed

extension Loader {
  /// `input` and `reference` of the checkpoint, or of `NAME.expect.safetensors` beside it.
  private mutating func reference() throws(LoadError) -> LoadedModel.Reference? {
    do throws(CheckpointError) {
      var tensors = try file.reference.get()
      if !tensors.isEmpty {
        tensors["input"] = tensors["input"] ?? NetworkNotes.example(of: checkpoint)
        notes.append("what PyTorch computed is in the checkpoint (\"reference\")")
        var reference = try reference(of: tensors, source: "\(checkpoint.name): reference")
        reference.isExample = checkpoint.program != nil
        return reference
      }
      let beside = Sidecar.reference.path(beside: file.path)
      guard beside.exists else { return try example() }
      let results = try Checkpoint(contentsOf: beside, limits: file.limits)
      notes.append("what PyTorch computed is in \(results.name)")
      return isOutline
        ? LoadedModel.Reference(
          outlineOf: LoadedModel.Reference.tensors(of: results), source: results.name)
        : try LoadedModel.Reference(results)
    } catch {
      throw .checkpoint(error)
    }
  }

  /// The clip that a program was exported with, of which nobody says what PyTorch made.
  private mutating func example() throws(CheckpointError) -> LoadedModel.Reference? {
    guard let example = NetworkNotes.example(of: checkpoint) else { return nil }
    var reference = try reference(
      of: ["input": example], source: "\(checkpoint.name): the example")
    reference.isExample = true
    guard reference.input?.scalars.allSatisfy(\.isFinite) ?? false else {
      notes.append("the example that the program was exported with is not finite, and not used")
      return nil
    }
    return reference
  }

  private func reference(
    of tensors: OrderedDictionary<String, StoredTensor>, source: String
  ) throws(CheckpointError) -> LoadedModel.Reference {
    isOutline
      ? LoadedModel.Reference(outlineOf: tensors, source: source)
      : try LoadedModel.Reference(tensors, source: source)
  }
}
