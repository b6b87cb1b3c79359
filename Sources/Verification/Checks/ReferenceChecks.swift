import Continual
import Tensors

/// CV8: the network against what PyTorch computed.
///
/// Two questions, kept apart. *Is the architecture the user's?* The network's own float64 oracle
/// against a float64 output of PyTorch: both are exact up to 1e-15 or so, and must agree to 1e-9 of
/// the rms. *Does each mode compute it?* The float32 output of each mode against the same, within the
/// tolerance plus the rounding noise that was measured between clip and oracle.
extension VerificationRun {
  private enum Case {
    static let forward = Requirement(.architecture, profile: "forward")
    static let steps = Requirement(.architecture, profile: "steps")
    static let index = Requirement(.referenceSteps)
    static func mode(_ mode: Mode, _ tensor: String) -> Requirement {
      Requirement(.referenceDiffers, mode: mode, profile: tensor)
    }
  }

  mutating func planReference() {
    guard let reference = options.reference else {
      return notes.append(
        "no reference: nothing shows that the architecture is the user's; give PyTorch's output "
          + "with --expect")
    }
    guard let input = options.input else {
      ledger.require(Requirement(.referenceMissing))
      return ledger.doubt(
        Requirement(.referenceMissing), "an expected output says nothing without its input")
    }
    if reference.forward == nil && reference.steps == nil {
      ledger.require(Requirement(.referenceMissing))
      ledger.doubt(Requirement(.referenceMissing), "neither forward nor steps is given")
    }
    let hasSteps = plan.outputCount(ofSteps: input.shape[2]) > 0
    if reference.forward != nil {
      ledger.require(Case.forward)
      ledger.require(Case.mode(.clip, "forward"))
      if !partsAtThisLength {
        ledger.require(Case.mode(.steps, "forward"))
        if hasSteps { ledger.require(Case.mode(.step, "forward")) }
      }
    }
    if reference.steps != nil {
      ledger.require(Case.steps)
      ledger.require(Case.mode(.step, "steps"))
    }
    if reference.stepsIndex != nil { ledger.require(Case.index) }
  }

  mutating func checkReference() throws(VerificationError) {
    guard let reference = options.reference, let input = options.input else { return }
    tell("PyTorch's output")
    let clip = try forward(input).output.widened
    var stream = plan.makeStream()
    let steps = try steps(input, through: &stream)
    var noise: Double?
    let exact = oracleOutput(input) { (oracle, clip) throws(VerificationError) in
      try oracle.forward(clip)
    }
    if case .success(let exact) = exact, exact.shape == clip.shape {
      noise = Comparison(clip, exact, within: .exact).worst
    }
    let all = steps.output.widened
    let stepped = all.frames(0..<steps.outputSteps.count)
    if let expected = reference.forward {
      judgeArchitecture(Case.forward, exact, expected, noise: noise)
      judge(Case.mode(.clip, "forward"), clip, expected, noise: noise)
      if ledger.requires(Case.mode(.steps, "forward")) {
        judge(Case.mode(.steps, "forward"), all, expected, noise: noise)
      }
      if ledger.requires(Case.mode(.step, "forward")) {
        let count = min(stepped.shape[2], expected.values.shape[2])
        let first = PyTorchReference.Output(
          expected.values.frames(0..<count), isFloat32: expected.isFloat32)
        judge(Case.mode(.step, "forward"), stepped, first, noise: noise)
      }
    }
    if let expected = reference.steps {
      let count = expected.values.shape[2]
      let exact = oracleOutput(input) { (oracle, clip) throws(VerificationError) in
        let output = try oracle.steps(clip)
        return output.frames(0..<min(count, output.shape[2]))
      }
      judgeArchitecture(Case.steps, exact, expected, noise: noise)
      judge(Case.mode(.step, "steps"), stepped, expected, noise: noise)
    }
    if let index = reference.stepsIndex { judgeIndex(index, steps.outputSteps) }
  }

  private func oracleOutput(
    _ input: Tensor, _ ask: (NetworkOracle, Tensor64) throws(VerificationError) -> Tensor64
  ) -> Result<Tensor64, VerificationError> {
    do throws(VerificationError) {
      return .success(try ask(oracle, input.widened))
    } catch {
      return .failure(error)
    }
  }

  /// Whether PyTorch's output or our weights were rounded to float32, so that agreement to 1e-9
  /// cannot be asked for.
  private func isRounded(_ expected: PyTorchReference.Output) -> Bool {
    expected.isFloat32 || subject.roundsWeights
  }

  private mutating func judgeArchitecture(
    _ requirement: Requirement, _ exact: Result<Tensor64, VerificationError>,
    _ expected: PyTorchReference.Output, noise: Double?
  ) {
    let got: Tensor64
    switch exact {
    case .success(let output): got = output
    case .failure(let error):
      ledger.doubt(requirement, error.description)
      find(
        Finding(
          .architecture, verdict: .inconclusive, module: error.path,
          profiles: requirement.profile.map { [$0] } ?? [],
          message: "the network could not be computed in float64: \(error.reason)"))
      return
    }
    let rms = expected.values.rms
    // Rounded weights move the output about as far as rounded arithmetic does.
    let allowed = isRounded(expected) ? 1e-6 * rms + 4 * (noise ?? 0) : 1e-9 * rms
    if isRounded(expected) {
      let reason =
        expected.isFloat32 ? "PyTorch's output is float32" : "weights were rounded to float32"
      notes.append(
        "\(requirement.profile ?? ""): \(reason), so the architecture is judged to "
          + "\(Number.short(allowed)) instead of \(Number.short(1e-9 * rms))")
    }
    compare(
      requirement, got, expected.values, allowed: allowed,
      message: "the architecture is not the one that made PyTorch's output",
      hint: "compare strides, paddings, activations and eps with the Python model")
  }

  private mutating func judge(
    _ requirement: Requirement, _ got: Tensor64, _ expected: PyTorchReference.Output, noise: Double?
  ) {
    let want = expected.values
    let rms = want.rms
    let noise = noise ?? 0
    guard noise <= 1e-3 * rms || rms == 0 else {
      ledger.doubt(
        requirement,
        "rounding noise of \(Number.short(noise)) is more than a thousandth of the rms "
          + Number.short(rms))
      find(
        Finding(
          .referenceDiffers, verdict: .inconclusive, mode: requirement.mode,
          message:
            "rounding noise of \(Number.short(noise)) is too large to judge an output of rms "
            + Number.short(rms)))
      return
    }
    let tolerance = Tolerance(for: want, scale: 0).allowed
    let allowed = tolerance + noise * (isRounded(expected) ? 4 : 1)
    compare(
      requirement, got, want, allowed: allowed,
      message: "\(requirement.mode?.rawValue ?? "") does not compute what PyTorch did", hint: nil)
  }

  private mutating func compare(
    _ requirement: Requirement, _ got: Tensor64, _ want: Tensor64, allowed: Double,
    message: String, hint: String?
  ) {
    var finding = Finding(
      requirement.check, mode: requirement.mode, profiles: requirement.profile.map { [$0] } ?? [],
      message: message, hint: hint)
    guard got.shape == want.shape else {
      ledger.record(
        requirement,
        Measurement(elements: max(got.shape.count, want.shape.count, 1), worst: .infinity))
      finding.message += ": it has shape \(got.shape), PyTorch's \(want.shape)"
      finding.error = .infinity
      return find(finding)
    }
    let comparison = Comparison(got, want, within: Tolerance(allowed: allowed))
    ledger.record(requirement, comparison.measurement)
    endToEnd.append(
      Report.EndToEndRow(
        pair: requirement.mode.map { "\($0.rawValue)/PyTorch" } ?? "f64/PyTorch",
        profile: requirement.profile ?? "", elements: comparison.elements,
        maxAbs: comparison.worst, rms: comparison.rms, allowed: comparison.allowed))
    guard comparison.measurement.verdict == .fail else { return }
    finding.error = comparison.worst
    finding.allowed = comparison.allowed
    finding.locate(comparison, got: got, want: want) { _ in nil }
    let difference = Difference(comparison, got: got, want: want)
    finding.pattern = difference.pattern
    if finding.hint == nil { finding.hint = difference.hint }
    finding.message +=
      ", by \(Number.short(comparison.worst)) of rms \(Number.short(comparison.rms))"
    find(finding)
  }

  private mutating func judgeIndex(_ expected: [Int], _ found: [Int]) {
    let wrong = zip(expected, found).count { $0 != $1 } + abs(expected.count - found.count)
    ledger.record(
      Case.index, Measurement(elements: max(expected.count, found.count), worst: Double(wrong)))
    guard wrong > 0 else { return }
    let show = { (steps: [Int]) in
      steps.prefix(6).map(String.init).joined(separator: ", ") + (steps.count > 6 ? ", ..." : "")
    }
    find(
      Finding(
        .referenceSteps, mode: .step,
        message: "outputs come in steps \(show(found)), PyTorch's in \(show(expected))",
        error: Double(wrong), allowed: 0))
  }
}
