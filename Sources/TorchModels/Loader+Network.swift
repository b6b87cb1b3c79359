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

  /// The network that an architecture and a layout make, with what does not fit.
  struct Network {
    let layout: Layout
    let module: any Module
    let builder: ModelBuilder

    init(
      _ architecture: Architecture, _ layout: Layout, catalog: Catalog, isTrial: Bool = false
    ) {
      self.layout = layout
      builder = ModelBuilder(layout.table, catalog: catalog, isTrial: isTrial)
      module = builder.module(architecture.model, at: "")
      builder.reportUnused()
    }

    /// Whether names and shapes fit, whatever the values are.
    var hasRightNames: Bool {
      builder.problems.allSatisfy { problem in
        switch problem {
        case .notFinite, .unreadable: true
        case .missing, .unexpected, .shape, .description: false
        }
      }
    }
  }

  mutating func build(
    _ stated: Architecture?, _ found: StateDict
  ) throws(LoadError) -> (network: Network, architecture: Architecture) {
    let options = stated?.weights ?? WeightsOptions()
    try checkCost(of: options.rename, in: found)
    let state = found.renamed(options)
    let architecture: Architecture
    if let stated {
      architecture = stated
    } else {
      architecture = try inferred(from: state)
    }
    var attempts = layouts(state, raw: found, options)
    var network = Network(
      architecture, attempts.removeFirst(), catalog: catalog, isTrial: isOutline)
    // Whether another layout fits is told from names and shapes alone, before its tensors are read.
    if !network.hasRightNames,
      let better = attempts.first(where: {
        Network(architecture, $0, catalog: catalog, isTrial: true).builder.problems.isEmpty
      })
    {
      network = Network(architecture, better, catalog: catalog, isTrial: isOutline)
    }
    notes += network.layout.state.notes + network.layout.weights.notes
    guard network.builder.problems.isEmpty else {
      throw .model(
        ModelError(
          file: checkpoint.name,
          problems: network.builder.problems + (broken(network).map { [$0] } ?? []),
          fitting: network.builder.fittingCount))
    }
    return (network, architecture)
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
    guard overflow || steps > 1 << 27 else { return }
    throw .weights(
      file: checkpoint.name,
      "\(renames.count) renamings of \(state.tensors.count) names would take too long",
      hint: "use fewer or shorter patterns in \"rename\"")
  }

  /// Where the modules do not fit to each other, besides what is wrong with their tensors.
  ///
  /// Told only where all modules are what they should be in kind and size, so that one misfit is not
  /// reported as the consequence of another.
  private func broken(_ network: Network) -> ModelError.Problem? {
    let builder = network.builder
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
      _ = try Plan(network.module, frame: frame, clipLength: 64, budget: 1 << 26)
      return nil
    } catch {
      guard error.code == .shape else { return nil }
      let path = error.path.joined(separator: ".")
      let place = builder.has(path + ".weight") ? path + ".weight" : path
      return .description(place: place, message: error.reason, hint: "")
    }
  }

  /// The ways in which the names of the file can be meant, the most likely first.
  private func layouts(
    _ state: StateDict, raw: StateDict, _ options: WeightsOptions
  ) -> [Layout] {
    var states = [state]
    if options.stripPrefixes == nil {
      if raw.tensors.keys != state.tensors.keys, options.rename.isEmpty { states.append(raw) }
      if let shorter = state.withoutCommonRoot() { states.append(shorter) }
    }
    if let match = options.match { return states.map { Layout($0, match) } }
    let exact = states.map { Layout($0, .exact) }
    let flattened = exact.filter { KeyTable.collisions(in: $0.weights.parameters.keys).isEmpty }
    return exact
      + flattened.map { layout in
        var state = layout.state
        state.notes.append("names are compared without the parts that are numbers")
        return Layout(state, .flattened)
      }
  }

  private mutating func inferred(from state: StateDict) throws(LoadError) -> Architecture {
    let inferred = try state.inferredArchitecture(file: checkpoint.name, catalog: catalog)
    assumptions = inferred.assumptions
    return Architecture(model: inferred.model, source: .inferred)
  }
}
