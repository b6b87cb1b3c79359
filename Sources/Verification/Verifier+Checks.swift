import Continual
import OrderedCollections
import Tensors
import TextLayout

extension Verifier {
  /// All families of checks.
  static var families: [any Check.Type] {
    [
      LoadingCheck.self, TimeCheck.self, WrittenCheck.self, LibraryCheck.self, CaseCheck.self,
      StateCheck.self,
      RobustnessCheck.self, DriftCheck.self, ReferenceCheck.self,
    ]
  }

  /// The checks of a run, in the order in which they are planned and made.
  func checks(_ network: NetworkUnderTest, _ cases: [ClipCase]) -> [any Check] {
    let path = subject.loading.path
    let small = network.reduced ?? network
    var modes = wants(.modes) ? ModeCheck(network: network, path: path) : nil
    modes?.seesFrames = options.keepsPicture
    var layers =
      wants(.layers) ? LayerCheck(network: network, budget: layerBudget, path: path) : nil
    var loading = subject.loading
    // That there are no steps is a matter of time, and not of what is compared with a reference.
    if !wants(.time) { loading.stepless = [] }
    var checks: [any Check] = [
      LoadingCheck(loading: loading, moduleCount: network.plan.modules.count)
    ]
    if wants(.time) {
      checks.append(
        TimeCheck(
          network: small, modes: modes.map { _ in ModeCheck(network: small, path: path) }))
      checks.append(
        WrittenCheck(network: network, input: options.input, seesFrames: options.keepsPicture))
      checks.append(LibraryCheck(network: small, runtime: options.runtime))
    }
    var smallLayers = layers.map {
      LayerCheck(network: small, budget: $0.budget, path: path)
    }
    let smallModes = modes.map { _ in ModeCheck(network: small, path: path) }
    let varied = VariedSizes(
      network: small, layers: smallLayers, modes: smallModes,
      recordingBudget: options.recordingBudget
    ).checks
    let hasOtherSizes = varied.contains { $0.alone == nil }
    layers?.hasOtherSizes = hasOtherSizes
    layers?.seesFrames = options.keepsPicture
    smallLayers?.hasOtherSizes = hasOtherSizes
    checks.append(
      CaseCheck(
        network: network, cases: cases, layers: layers, modes: modes,
        recordingBudget: options.recordingBudget, long: (smallLayers, smallModes)))
    checks += varied as [any Check]
    if wants(.state) {
      // The clips of batches and their entries are then compared in both modes.
      let comparesEntries =
        varied.contains { $0.alone != nil && $0.network.keepsBits } && modes != nil
      checks.append(StateCheck(small, comparesEntries: comparesEntries))
    }
    if wants(.robustness) {
      checks.append(
        RobustnessCheck(
          network: small, layers: smallLayers, recordingBudget: options.recordingBudget))
    }
    if wants(.drift) { checks.append(DriftCheck(network: small, frames: options.longStream)) }
    if wants(.reference) {
      checks.append(
        ReferenceCheck(
          network: network, reference: options.reference,
          isRequired: options.requiresReference, input: options.input,
          roundsWeights: subject.roundsWeights,
          causeSeconds: min(10, (options.budget ?? .infinity) / 4),
          seesFrames: options.keepsPicture))
    }
    return checks
  }

  /// What the definitions may cost: a third of the time that is given, at about 4e9 products a second.
  private var layerBudget: Double {
    min(options.layerBudget, options.budget.map { $0 * 1.3e9 } ?? .infinity)
  }

  /// What the plan leaves out, and what of it holds for clips of this length only.
  func notes(on network: NetworkUnderTest) -> [String] {
    var notes = notesOnExample
    let left = CheckFamily.allCases.filter { !wants($0) }
    // Whoever compares with a fixture asks for nothing else.
    if !left.isEmpty, options.reference?.truth != .fixture {
      notes.append("left out as asked: " + left.map(\.code).joined(separator: ", "))
    }
    if let small = network.reduced {
      notes.append(
        "time, state, long streams and unusual inputs were judged with frames \(small.frame) instead of "
          + "\(network.frame), which take too long")
    }
    if let frame = network.onlyFrame, let cause = network.parting.first {
      notes.append(
        "\(CheckCode.meaning.rawValue): \(cause.path.isEmpty ? cause.description : cause.path) "
          + "\(cause.reason); so the steps are compared with frame \(frame) of clips of "
          + "\(Number.count(network.clipLength, "frame"))")
    }
    guard !network.partsAtThisLength else { return notes }
    return notes
      + OrderedDictionary(grouping: network.divergences, by: \.reason).map { reason, causes in
        "clip and steps agree for clips of \(network.clipLength) frames: "
          + "\(names(of: causes)) \(reason)"
      }
  }

  /// As in `head.pool`, or `each of mean, mean_1, mean_2 and 11 others`.
  private func names(of causes: [NetworkUnderTest.Divergence]) -> String {
    let names = causes.map { $0.path.isEmpty ? $0.description : $0.path }
    guard names.count > 1 else { return names.joined() }
    let shown = names.count > 5 ? 3 : names.count - 1
    let rest =
      names.count - shown == 1 ? names.last ?? "" : "\(names.count - shown) others"
    return "each of \(names.prefix(shown).joined(separator: ", ")) and \(rest)"
  }

  /// Whether a family of checks is to be made.
  private func wants(_ family: CheckFamily) -> Bool { options.families.contains(family) }
}
