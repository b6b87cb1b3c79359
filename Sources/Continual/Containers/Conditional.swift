/// One of two branches, as `continual.Conditional`.
///
/// A file cannot hold the predicate, which is Python code; it can say that it always or never holds.
/// The branch that is taken yields its frames as late as the slower of the two would, and without a
/// second branch the input itself is delayed like the first. (The Python library passes it on
/// undelayed.) Padding, resetting and saving are those of the branch.
public struct Conditional: Module {
  /// When the first branch is taken.
  public enum Predicate: String, Hashable, Sendable, CaseIterable {
    case always
    case never
  }

  /// When the first branch is taken.
  public let predicate: Predicate

  /// The branch that is taken where the predicate holds.
  public let onTrue: NamedModule

  /// The branch that is taken where it does not; nil to pass the input on.
  public let onFalse: NamedModule?

  /// Makes a choice.
  public init(_ predicate: Predicate, onTrue: NamedModule, onFalse: NamedModule? = nil) {
    self.predicate = predicate
    self.onTrue = onTrue
    self.onFalse = onFalse
  }

  public var typeName: String { "Conditional" }

  public var summary: String { "predicate=\"\(predicate.rawValue)\"" }

  public var children: [NamedModule] { [onTrue] + (onFalse.map { [$0] } ?? []) }

  /// The branch that runs; nil where the input is passed on.
  public var taken: NamedModule? { predicate == .always ? onTrue : onFalse }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    let idle = predicate == .always ? onFalse : onTrue
    var latest = 0
    if let idle {
      // The idle branch runs nowhere; a copy of the builder tells how late it would be.
      var trial = plan
      let output = try trial.lower(idle, input: input)
      latest = trial.timing(from: input, to: output).warmUp
    }
    var output = input
    if let taken { output = try plan.lower(taken, input: input) }
    let own = plan.timing(from: input, to: output)
    let late = own.rate.count(of: latest - own.warmUp)
    guard late > 0 else { return output }
    return try Delay(frames: late).lower(output, into: &plan)
  }
}
