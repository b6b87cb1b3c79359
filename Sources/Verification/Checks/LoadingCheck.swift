import Continual

extension VerificationRun {
  private var loaded: Requirement { Requirement(.loaded) }
  private var assumed: Requirement { Requirement(.assumed) }

  mutating func planLoading() {
    ledger.require(loaded)
    if !subject.loading.assumptions.isEmpty { ledger.require(assumed) }
  }

  /// What loading brought to light: misfits are differences, assumptions leave the verdict open.
  mutating func checkLoading() {
    let loading = subject.loading
    ledger.record(
      loaded,
      Measurement(
        elements: max(loading.tensorCount, plan.modules.count), worst: Double(loading.misfits.count)
      ))
    for misfit in loading.misfits { find(Finding(.loaded, module: misfit, message: misfit)) }
    guard !loading.assumptions.isEmpty else { return }
    ledger.record(assumed, Measurement(elements: loading.assumptions.count, worst: 0))
    if loading.acceptsAssumptions {
      notes.append(
        "assumed, and accepted: " + loading.assumptions.joined(separator: "; "))
      return
    }
    ledger.doubt(assumed, "the file does not say everything, and what was assumed is not accepted")
    find(
      Finding(
        .assumed, verdict: .inconclusive,
        message: "\(loading.assumptions.count) things were assumed that the file does not say",
        pattern: loading.assumptions.joined(separator: "; "),
        hint: "give an architecture file, or accept them with --assume-defaults"))
  }
}
