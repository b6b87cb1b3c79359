/// A module in one mode.
struct LayerKey: Hashable {
  let index: Int
  let mode: Mode
}

/// What has been seen of a module in one mode, over all inputs.
struct LayerTally {
  private(set) var cases = 0
  private(set) var elements = 0
  private(set) var nonFinite = 0
  private(set) var maxAbs = 0.0
  private(set) var sum = 0.0
  private(set) var rms = 0.0
  private(set) var allowed = 0.0
  /// The smallest difference that was not allowed with every input.
  private(set) var resolution = Double.infinity
  /// The same, as a part of the rms of the output.
  private(set) var relativeResolution = Double.infinity
  var modesMaxAbs: Double?
  var verdict = Verdict.ok
}

extension LayerTally {
  /// Adds what another check has seen.
  mutating func add(_ other: LayerTally) {
    let isWorse =
      other.cases > 0 && (cases == 0 || other.maxAbs * allowed >= maxAbs * other.allowed)
    if isWorse { (maxAbs, allowed, rms) = (other.maxAbs, other.allowed, other.rms) }
    cases += other.cases
    elements += other.elements
    nonFinite += other.nonFinite
    sum += other.sum
    resolution = min(resolution, other.resolution)
    relativeResolution = min(relativeResolution, other.relativeResolution)
    if let difference = other.modesMaxAbs { modesMaxAbs = max(modesMaxAbs ?? 0, difference) }
    lower(to: other.verdict)
  }

  /// Adds what came of one input; nil where the module made a clip of another shape.
  mutating func add(_ comparison: Comparison?) {
    guard let comparison else {
      verdict = .fail
      return
    }
    cases += 1
    elements += comparison.elements
    nonFinite += comparison.nonFinite
    resolution = min(resolution, comparison.screen)
    if comparison.rms > 0 {
      relativeResolution = min(relativeResolution, comparison.screen / comparison.rms)
    }
    sum += comparison.mean * Double(comparison.elements)
    // The row shows the input that comes closest to what is allowed, or goes farthest beyond.
    let isWorse =
      cases == 1 || comparison.worst * allowed >= maxAbs * comparison.allowed
    if isWorse {
      maxAbs = comparison.worst
      allowed = comparison.allowed
      rms = comparison.rms
    }
    lower(to: comparison.measurement.verdict)
  }
  /// A difference beats doubt, doubt beats sameness.
  private mutating func lower(to other: Verdict) {
    switch other {
    case .fail: verdict = .fail
    case .inconclusive where verdict == .ok: verdict = .inconclusive
    case .ok, .warning, .inconclusive: break
    }
  }
}
