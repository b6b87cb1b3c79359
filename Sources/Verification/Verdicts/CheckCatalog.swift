/// What a code means, for reports and for readers of them.
package struct CheckDefinition: Hashable, Sendable {
  /// The code.
  package let code: CheckCode
  /// What the check is about.
  package let family: CheckFamily
  /// Its name in a few words.
  package let title: String
  /// The unit of its measurements: empty for values, else as in `steps`.
  package let unit: String
  /// The worst that a finding of it can say: that something differs, or that something is open.
  package let severity: Verdict
  /// What has to hold, in one sentence.
  package let meaning: String

  fileprivate init(
    _ code: CheckCode, _ family: CheckFamily, _ title: String, unit: String = "",
    severity: Verdict = .fail, _ meaning: String
  ) {
    self.code = code
    self.family = family
    self.title = title
    self.unit = unit
    self.severity = severity
    self.meaning = meaning
  }
}

/// All checks, each once, and the rows in which reports add them up.
package enum CheckCatalog {
  /// A row of the table of checks: the comparisons of a family, perhaps of one mode only.
  struct Row {
    let family: CheckFamily
    let mode: Mode?
    let name: String
    /// The unit: empty for values, `-` where the numbers of a row cannot be compared.
    let unit: String

    fileprivate init(_ family: CheckFamily, _ name: String, unit: String = "", mode: Mode? = nil) {
      self.family = family
      self.mode = mode
      self.name = name
      self.unit = unit
    }
  }

  /// The rows, in their order.
  static let rows = [
    Row(.load, "load, names, shapes", unit: "-"),
    Row(.time, "time alignment", unit: "steps"),
    Row(.layers, "layers against f64, clip", mode: .clip),
    Row(.layers, "layers against f64, step", mode: .step),
    Row(.modes, "modes agree end to end"),
    Row(.state, "state and isolation", unit: "bits"),
    Row(.robustness, "NaN, burst, denormal", unit: "-"),
    Row(.drift, "long streams", unit: "elements"),
    Row(.reference, "against PyTorch"),
  ]

  /// The checks, in the order of their codes.
  package static let checks = [
    CheckDefinition(
      .loaded, .load, "loaded", unit: "tensors",
      "every tensor of the file fits the network, and the network needs no other"),
    CheckDefinition(
      .assumed, .load, "assumptions", unit: "assumptions", severity: .inconclusive,
      "the file says everything that the network is made of, or the rest is accepted"),
    CheckDefinition(
      .refused, .load, "refused", unit: "-",
      "the file can be read, and is a network that can be run"),
    CheckDefinition(
      .delay, .time, "delay and warm-up", unit: "steps",
      "the first output comes in the step that the network declares"),
    CheckDefinition(
      .shift, .time, "shift", "the outputs of steps are those of the clip at the same index"),
    CheckDefinition(
      .stridePhase, .time, "stride phase", unit: "steps",
      "outputs come in the steps that the network declares"),
    CheckDefinition(
      .padding, .time, "padding", "what stands for frames outside the clip is the same in steps"),
    CheckDefinition(
      .lengths, .time, "lengths", unit: "frames",
      "clip, steps and end padding make as many frames as their definition says"),
    CheckDefinition(
      .meaning, .time, "meaning in steps",
      "no module looks at the whole clip where its steps look at fewer frames"),
    CheckDefinition(
      .library, .time, "stepped by continual", unit: "-",
      "continual 1.2.4 steps the network as it is meant; a warning, unless the network runs there"),
    CheckDefinition(
      .stepless, .time, "steps at all", unit: "modules",
      "every module can be stepped; of one that needs the whole clip at once, only clips are judged"
    ),
    CheckDefinition(
      .layer, .layers, "layer against float64",
      "each module computes its definition in float64, up to rounding, of the input it received"),
    CheckDefinition(
      .layerUndecided, .layers, "layer undecided", severity: .inconclusive,
      "each module has a definition that it can be compared with"),
    CheckDefinition(
      .modes, .modes, "modes agree", "steps and clip are the same, up to rounding, end to end"),
    CheckDefinition(
      .reset, .state, "reset", unit: "bits", "a stream that was reset is as a fresh one"),
    CheckDefinition(
      .snapshot, .state, "snapshot", unit: "bits",
      "a stream whose state was saved and restored goes on as if nothing had happened"),
    CheckDefinition(
      .purity, .state, "purity", unit: "bits",
      "computing a clip, or stepping a copy, changes neither streams nor later clips"),
    CheckDefinition(
      .chunks, .state, "chunks", unit: "bits",
      "outputs do not depend on how frames are cut into chunks"),
    CheckDefinition(
      .isolation, .state, "isolation", unit: "bits",
      "streams of one network, and entries of one batch, do not disturb each other"),
    CheckDefinition(
      .causality, .state, "causality", unit: "bits",
      "no output of a clip depends on frames that come after it is due"),
    CheckDefinition(
      .memory, .state, "memory", unit: "frames",
      "an output depends on the frames that it depends on by definition, and on none before its receptive "
        + "field"),
    CheckDefinition(
      .nonFinite, .robustness, "finite", unit: "elements",
      "a frame of NaN reaches the same outputs in both modes"),
    CheckDefinition(
      .burst, .robustness, "burst", unit: "elements",
      "a frame of large numbers overflows in both modes or in none"),
    CheckDefinition(
      .denormal, .robustness, "zeros and denormals",
      "zeros and numbers near zero give the same in both modes"),
    CheckDefinition(
      .drift, .drift, "long streams", unit: "elements",
      "after many frames outputs are still those of the clip, or of a stream that began shortly before"
    ),
    CheckDefinition(
      .referenceDiffers, .reference, "against PyTorch",
      "each mode computes PyTorch's output, up to rounding"),
    CheckDefinition(
      .referenceMissing, .reference, "reference missing", severity: .inconclusive,
      "an expected output comes with the input it belongs to"),
    CheckDefinition(
      .stale, .reference, "stale fixture", unit: "files",
      "the file of the model is the one that the fixture was recorded of"),
    CheckDefinition(
      .architecture, .reference, "architecture against PyTorch",
      "the network, computed in float64, is the one that made PyTorch's output"),
    CheckDefinition(
      .referenceSteps, .reference, "steps against PyTorch", unit: "steps",
      "outputs come in the same steps as PyTorch's"),
  ]

  private static let definitions = Dictionary(
    checks.map { ($0.code, $0) }, uniquingKeysWith: { first, _ in first })

  /// What a code means.
  package static func definition(of code: CheckCode) -> CheckDefinition {
    guard let definition = definitions[code] else {
      preconditionFailure("\(code.rawValue) is missing in the catalogue of checks")
    }
    return definition
  }
}
