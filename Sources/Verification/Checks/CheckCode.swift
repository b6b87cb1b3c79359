/// What a check is about; the first digit of its code.
public enum CheckFamily: Int, Hashable, Sendable, CaseIterable {
  case load = 1
  case time = 2
  case layers = 3
  case modes = 4
  case state = 5
  case robustness = 6
  case reference = 8

  /// The code, as in `CV3`.
  public var code: String { "CV\(rawValue)" }
}

/// One check, by its stable code.
public enum CheckCode: String, Hashable, Sendable, CaseIterable {
  case loaded = "CV101"
  case assumed = "CV102"
  case delay = "CV201"
  case shift = "CV202"
  case stridePhase = "CV203"
  case padding = "CV204"
  case lengths = "CV205"
  case meaning = "CV206"
  case layer = "CV301"
  case layerUndecided = "CV302"
  case modes = "CV401"
  case reset = "CV501"
  case snapshot = "CV502"
  case purity = "CV503"
  case chunks = "CV504"
  case isolation = "CV505"
  case causality = "CV506"
  case memory = "CV507"
  case nonFinite = "CV601"
  case burst = "CV602"
  case denormal = "CV603"
  case referenceDiffers = "CV801"
  case referenceMissing = "CV802"
  case architecture = "CV806"
  case referenceSteps = "CV807"

  /// What it is about.
  public var family: CheckFamily {
    switch self {
    case .loaded, .assumed: .load
    case .delay, .shift, .stridePhase, .padding, .lengths, .meaning: .time
    case .layer, .layerUndecided: .layers
    case .modes: .modes
    case .reset, .snapshot, .purity, .chunks, .isolation, .causality, .memory: .state
    case .nonFinite, .burst, .denormal: .robustness
    case .referenceDiffers, .referenceMissing, .architecture, .referenceSteps: .reference
    }
  }

  /// Whether it is a difference between clip and steps, end to end.
  var isBetweenModes: Bool {
    switch self {
    case .modes, .shift, .padding, .meaning: true
    default: false
    }
  }

  /// The name of the check in a few words.
  public var title: String {
    switch self {
    case .loaded: "loaded"
    case .assumed: "assumptions"
    case .delay: "delay and warm-up"
    case .shift: "shift"
    case .stridePhase: "stride phase"
    case .padding: "padding"
    case .lengths: "lengths"
    case .meaning: "meaning in steps"
    case .layer: "layer against float64"
    case .layerUndecided: "layer undecided"
    case .modes: "modes agree"
    case .reset: "reset"
    case .snapshot: "snapshot"
    case .purity: "purity"
    case .chunks: "chunks"
    case .isolation: "isolation"
    case .causality: "causality"
    case .memory: "memory"
    case .nonFinite: "finite"
    case .burst: "burst"
    case .denormal: "zeros and denormals"
    case .referenceDiffers: "against PyTorch"
    case .referenceMissing: "reference missing"
    case .architecture: "architecture against PyTorch"
    case .referenceSteps: "steps against PyTorch"
    }
  }
}

/// A way of computing a clip.
public enum Mode: String, Hashable, Sendable, CaseIterable {
  /// The whole clip at once: `forward`.
  case clip
  /// In chunks, with end padding: `forward_steps`.
  case steps
  /// Frame by frame: `forward_step`.
  case step
}

/// What came of a check.
public enum Verdict: String, Hashable, Sendable, CaseIterable {
  /// Everything required was compared, and is the same.
  case ok
  /// Something differs.
  case fail
  /// Something required was not compared, or could not be decided.
  case inconclusive
}
