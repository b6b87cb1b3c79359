/// Makes one stream of several, as `continual.Reduce`.
public struct Reduce: MultiStreamModule {
  /// How they become one.
  public let reduction: Reduction

  /// Joins streams.
  public init(_ reduction: Reduction = .sum) { self.reduction = reduction }

  public var typeName: String { "Reduce" }

  public var summary: String { "\"\(reduction.rawValue)\"" }

  public func lower(
    _ input: Streams, into plan: inout PlanBuilder
  ) throws(ModuleError) -> Streams {
    guard case .many(let streams) = input else {
      throw ModuleError(.streams(.oneToJoin))
    }
    var wires: [Wire] = []
    for stream in streams {
      guard case .one(let wire) = stream else {
        throw ModuleError(.streams(.nested))
      }
      wires.append(wire)
    }
    return .one(try plan.join(wires, by: reduction, pairing: plan.pairing(of: wires)))
  }
}
