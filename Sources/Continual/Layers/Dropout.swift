/// Passes its input on, as the dropouts of `torch.nn` do in evaluation mode.
public struct Dropout: Module {
  /// Which class of `torch.nn`; in evaluation mode they are all the same.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case dropout = "Dropout"
    case dropout1d = "Dropout1d"
    case dropout2d = "Dropout2d"
    case dropout3d = "Dropout3d"
    case alphaDropout = "AlphaDropout"
    case featureAlphaDropout = "FeatureAlphaDropout"
  }

  /// Which class of `torch.nn`.
  public let kind: Kind

  /// The probability with which training would drop an element.
  public let probability: Double

  /// Makes a dropout.
  ///
  /// - Parameters:
  ///   - kind: which class of `torch.nn`.
  ///   - probability: `p`, between zero and one.
  /// - Throws: ``ModuleError`` where it is none.
  public init(_ kind: Kind = .dropout, probability: Double = 0.5) throws(ModuleError) {
    self.kind = kind
    self.probability = probability
    var check = ArgumentCheck()
    check.require(
      (0...1).contains(probability), .probability(probability))
    try check.finish()
  }

  public var typeName: String { kind.rawValue }

  public var summary: String { "p=\(Arguments.number(probability))" }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    input
  }
}
