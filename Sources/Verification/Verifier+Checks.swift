import Continual
import Tensors

extension Verifier {
  /// All families of checks.
  static var families: [any Check.Type] {
    [
      LoadingCheck.self, TimeCheck.self, WrittenCheck.self, CaseCheck.self, StateCheck.self,
      RobustnessCheck.self, ReferenceCheck.self,
    ]
  }

  /// The checks of a run, in the order in which they are planned and made.
  func checks(_ network: NetworkUnderTest, _ cases: [ClipCase]) -> [any Check] {
    let path = subject.loading.path
    let modes = wants(.modes) ? ModeCheck(network: network, path: path) : nil
    let layers =
      wants(.layers) ? LayerCheck(network: network, budget: options.layerBudget, path: path) : nil
    var checks: [any Check] = [
      LoadingCheck(loading: subject.loading, moduleCount: network.plan.modules.count)
    ]
    if wants(.time) {
      checks.append(TimeCheck(network: network, modes: modes))
      checks.append(WrittenCheck(network: network, input: options.input))
    }
    checks.append(
      CaseCheck(
        network: network, cases: cases, layers: layers, modes: modes,
        recordingBudget: options.recordingBudget))
    if wants(.state) { checks.append(StateCheck(network)) }
    if wants(.robustness) { checks.append(RobustnessCheck(network: network)) }
    if wants(.reference) {
      checks.append(
        ReferenceCheck(
          network: network, reference: options.reference,
          isRequired: options.requiresReference, input: options.input,
          roundsWeights: subject.roundsWeights))
    }
    return checks
  }

  /// What the plan leaves out, and what of it holds for clips of this length only.
  func notes(on network: NetworkUnderTest) -> [String] {
    var notes: [String] = []
    let left = CheckFamily.allCases.filter { !wants($0) }
    if !left.isEmpty {
      notes.append("left out as asked: " + left.map(\.code).joined(separator: ", "))
    }
    guard !network.partsAtThisLength else { return notes }
    return notes
      + network.divergences.map { cause in
        "clip and steps agree for clips of \(network.clipLength) frames: "
          + "\(cause.path.isEmpty ? cause.description : cause.path) \(cause.reason)"
      }
  }

  /// Whether a family of checks is to be made.
  private func wants(_ family: CheckFamily) -> Bool { options.families.contains(family) }
}
