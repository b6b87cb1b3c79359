import Checkpoints
import Continual
import OrderedCollections
import Tensors

// Which of the ways to read the names of a file makes the network.
extension Loader {
  /// One way in which the names of the file can be meant.
  struct Layout {
    var state: StateDict
    let weights: FoldedWeights
    let match: WeightsOptions.Match

    init(_ state: StateDict, _ match: WeightsOptions.Match) {
      self.state = state
      self.match = match
      weights = state.folded
    }

    var table: KeyTable { KeyTable(weights.parameters, match: match) }
  }

  mutating func build(
    _ stated: Architecture?, _ found: StateDict
  ) throws(LoadError) -> (network: Network, layout: Layout, architecture: Architecture) {
    let said: Architecture? =
      if let stated { stated } else { try known(by: found.renamed(WeightsOptions())) }
    let options = said?.weights ?? WeightsOptions()
    try checkCost(of: options.rename, in: found)
    let renamed = found.renamed(options)
    let architecture = if let said { said } else { try inferred(from: renamed) }
    let state = renamed.without(unusedTensors)
    // Which layout fits is told from names and shapes alone, before any tensor is read.
    var chosen = Layout(state, options.match ?? .exact)
    var drawn = draw(architecture, chosen)
    if !drawn.misfits.isEmpty {
      for layout in otherLayouts(state, raw: found.without(unusedTensors), options) {
        let attempt = draw(architecture, layout)
        guard attempt.misfits.isEmpty else { continue }
        (chosen, drawn) = (layout, attempt)
        break
      }
    }
    let network = isOutline ? drawn : drawn.filled(architecture.model)
    notes += chosen.state.notes + chosen.weights.notes
    let misfits = network.misfits
    guard misfits.isEmpty else {
      throw .model(
        ModelError(
          file: checkpoint.name,
          problems: misfits + (broken(network, misfits).map { [$0] } ?? []),
          fitting: network.fittingCount))
    }
    return (network, chosen, architecture)
  }

  private func draw(_ architecture: Architecture, _ layout: Layout) -> Network {
    Network(drawing: architecture.model, of: layout.table, catalog: catalog)
  }

  /// Renaming takes steps in proportion to names times patterns; a file decides about both.
  private func checkCost(
    of renames: [WeightsOptions.Rename], in state: StateDict
  ) throws(LoadError) {
    let instructions = renames.reduce(0) { sum, rename in
      sum + ((try? NamePattern(rename.pattern))?.instructions.count ?? 0)
    }
    let letters = state.tensors.keys.reduce(0) { $0 + $1.utf8.count + 1 }
    let (steps, overflow) = letters.multipliedReportingOverflow(by: instructions)
    guard overflow || steps > Loader.renamingSteps else { return }
    throw .weights(
      file: checkpoint.name, .renamings(renames.count, ofNames: state.tensors.count))
  }

  /// The most steps that renaming may take: letters of names times instructions of patterns.
  private static let renamingSteps = 1 << 27

  /// Where the modules do not fit to each other, besides what is wrong with their tensors.
  ///
  /// Reported only if every module was made of tensors of the right shapes, so that one problem is not
  /// reported twice.
  private func broken(
    _ network: Network, _ misfits: [ModelError.Problem]
  ) -> ModelError.Problem? {
    let isWhole = misfits.allSatisfy { problem in
      switch problem {
      case .missing(_, let expected, _): !expected.contains(nil)
      case .unexpected, .notFinite, .unreadable: true
      case .shape, .ambiguous, .parametrization, .unknownClass, .unknownArgument, .argument,
        .module, .description:
        false
      }
    }
    guard isWhole, let sample = network.blueprint.suggestedSample,
      let frame = Shape(checking: [1, sample.channels] + sample.space.map { $0 ?? 64 })
    else { return nil }
    do throws(ModuleError) {
      _ = try Plan(network.module, frame: frame, clipLength: 64, budget: Loader.trialBudget)
      return nil
    } catch {
      guard error.code == .shape else { return nil }
      let path = error.path.joined(separator: ".")
      let weight = path.adding("weight")
      return .module(place: network.blueprint.has(weight) ? weight : path, error)
    }
  }

  /// How many floats a plan may take that is made to tell what does not fit.
  private static let trialBudget = 1 << 26

  /// The ways in which the names of the file can be meant besides the most likely one, in the order in which they are
  /// likely.
  private func otherLayouts(
    _ state: StateDict, raw: StateDict, _ options: WeightsOptions
  ) -> [Layout] {
    var states = [state]
    if options.stripPrefixes == nil {
      if raw.tensors.keys != state.tensors.keys, options.rename.isEmpty { states.append(raw) }
      if let shorter = state.withoutCommonRoot() { states.append(shorter) }
    }
    // What is drafted of an exported program names its tensors as the calls use them.
    if let other = file.exportedStateDict, options.rename.isEmpty { states.append(other) }
    if let match = options.match { return states.dropFirst().map { Layout($0, match) } }
    let exact = states.map { Layout($0, .exact) }
    let flattened = exact.filter { KeyTable.collisions(in: $0.weights.parameters.keys).isEmpty }
    return exact.dropFirst()
      + flattened.map { layout in
        var state = layout.state
        state.notes.append("names are compared without the parts that are numbers")
        return Layout(state, .flattened)
      }
  }

  /// The architecture of the recipe that the tensors are those of; nil where there is none.
  private mutating func known(by state: StateDict) throws(LoadError) -> Architecture? {
    do throws(ArchitectureError) {
      return try recipe(fitting: state)
    } catch {
      throw .architecture(error)
    }
  }

  /// The most tensors of a network that is guessed: of more, some will be joined otherwise than in a chain.
  private static let guessedTensors = 100

  private mutating func inferred(from state: StateDict) throws(LoadError) -> Architecture {
    let count = state.tensors.keys.count { !$0.hasSuffix("num_batches_tracked") }
    guard count <= Loader.guessedTensors else {
      throw .architecture(
        ArchitectureError(source: checkpoint.name, place: "its tensors", .guess(of: count)))
    }
    let inferred = try state.inferredArchitecture(file: checkpoint.name, catalog: catalog)
    assumptions = inferred.assumptions
    return Architecture(model: inferred.model, source: .inferred)
  }
}
