/// Branches on the same input whose outputs become one, as `continual.BroadcastReduce`; before
/// `continual` 0.10 the class was called `Parallel`.
///
/// Output `j` is made of output `j` of every branch, whatever their delays and strides. The
/// `auto_delay` of the Python library, which lengthens branches to the same delay, is not needed.
public struct BroadcastReduce: Module {
  /// The branches.
  public let children: [NamedModule]

  /// How their outputs become one.
  public let reduce: Reduction

  /// Makes branches with names of their own.
  ///
  /// - Throws: ``ModuleError`` where there is no branch.
  public init(
    _ children: [NamedModule], reduce: Reduction = .sum
  ) throws(ModuleError) {
    guard !children.isEmpty else {
      throw ModuleError(.argument, "BroadcastReduce needs at least one branch")
    }
    self.children = children
    self.reduce = reduce
  }

  public var typeName: String { "BroadcastReduce" }

  public var summary: String { "reduce=\"\(reduce.rawValue)\"" }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    var outputs: [Wire] = []
    for child in children { outputs.append(try plan.lower(child, input: input)) }
    return try plan.join(outputs, by: reduce)
  }
}
