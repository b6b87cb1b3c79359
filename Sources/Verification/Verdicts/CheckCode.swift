/// What a check is about; the first digit of its code.
public enum CheckFamily: Int, Hashable, Sendable, CaseIterable {
  case load = 1
  case time = 2
  case layers = 3
  case modes = 4
  case state = 5
  case robustness = 6
  case drift = 7
  case reference = 8

  /// The code, as in `CV3`.
  public var code: String { "CV\(rawValue)" }
}

/// One check, by its stable code; `CheckCatalog` says what each means.
public enum CheckCode: String, Hashable, Sendable, CaseIterable {
  case loaded = "CV101"
  case assumed = "CV102"
  case refused = "CV103"
  case delay = "CV201"
  case shift = "CV202"
  case stridePhase = "CV203"
  case padding = "CV204"
  case lengths = "CV205"
  case meaning = "CV206"
  case library = "CV207"
  case stepless = "CV208"
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
  case drift = "CV701"
  case referenceDiffers = "CV801"
  case referenceMissing = "CV802"
  case stale = "CV803"
  case architecture = "CV806"
  case referenceSteps = "CV807"
}

extension CheckCode {
  /// What it is about.
  public var family: CheckFamily { CheckCatalog.definition(of: self).family }

  /// The name of the check in a few words.
  public var title: String { CheckCatalog.definition(of: self).title }
}
