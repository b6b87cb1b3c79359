import Continual

/// CV1: what loading brought to light.
///
/// Misfits are differences, as are calls that cannot be stepped, and a file that is not the one of which a
/// fixture was recorded; assumptions leave the verdict open.
struct LoadingCheck: Check {
  static let codes: Set<CheckCode> = [.loaded, .assumed, .stepless, .stale]

  let loading: LoadingFacts

  /// The number of modules of the network.
  let moduleCount: Int

  private static let loaded = Requirement(.loaded)
  private static let assumed = Requirement(.assumed)
  private static let stepless = Requirement(.stepless)
  private static let stale = Requirement(.stale)

  func plan(_ evidence: inout Evidence) {
    evidence.require(LoadingCheck.loaded)
    if !loading.assumptions.isEmpty { evidence.require(LoadingCheck.assumed) }
    if !loading.stepless.isEmpty { evidence.require(LoadingCheck.stepless) }
    if loading.recordedSHA256 != nil { evidence.require(LoadingCheck.stale) }
  }

  func run(_ evidence: inout Evidence) {
    evidence.record(
      LoadingCheck.loaded,
      Measurement(
        elements: max(loading.tensorCount, moduleCount), worst: Double(loading.misfits.count)))
    for misfit in loading.misfits { evidence.find(Finding(.misfit(misfit), module: misfit)) }
    judgeSteps(&evidence)
    judgeFile(&evidence)
    guard !loading.assumptions.isEmpty else { return }
    evidence.record(
      LoadingCheck.assumed, Measurement(elements: loading.assumptions.count, worst: 0))
    if loading.acceptsAssumptions {
      return evidence.note(
        "assumed, and accepted: " + loading.assumptions.joined(separator: "; "))
    }
    evidence.doubt(
      LoadingCheck.assumed,
      "the file does not say everything, and what was assumed is not accepted")
    evidence.find(Finding(.assumptions(loading.assumptions)))
  }

  private func judgeFile(_ evidence: inout Evidence) {
    guard let recorded = loading.recordedSHA256 else { return }
    let found = loading.sha256 ?? ""
    evidence.record(
      LoadingCheck.stale, Measurement(elements: 1, worst: recorded == found ? 0 : 1))
    if recorded != found {
      evidence.find(Finding(.stale(recorded: recorded, found: found)))
    }
  }

  private func judgeSteps(_ evidence: inout Evidence) {
    guard !loading.stepless.isEmpty else { return }
    evidence.record(
      LoadingCheck.stepless,
      Measurement(elements: moduleCount, worst: Double(loading.stepless.count)))
    for call in loading.stepless { evidence.find(Finding(.stepless(call), module: call.place)) }
  }
}
