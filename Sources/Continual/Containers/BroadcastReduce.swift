/// Branches on the same input whose outputs become one, as `continual.BroadcastReduce`; before
/// `continual` 0.10 the class was called `Parallel`.
///
/// Output `j` is made of output `j` of every branch, whatever their delays and strides, so that the
/// `auto_delay` of the Python library, which lengthens branches to the same delay, adds nothing. Without
/// it the library joins what comes in the same step, which is noted (``Pairing/byStep``).
public struct BroadcastReduce: Module {
  /// The branches.
  public let children: [NamedModule]

  /// How their outputs become one.
  public let reduce: Reduction

  /// Whether the Python library lengthens the branches to the same delay.
  public let autoDelay: Bool

  /// Makes branches with names of their own.
  ///
  /// - Parameters:
  ///   - children: at least one branch.
  ///   - reduce: how their outputs become one.
  ///   - autoDelay: whether the Python library lengthens the branches to the same delay.
  /// - Throws: ``ModuleError`` where there is no branch.
  public init(
    _ children: [NamedModule], reduce: Reduction = .sum, autoDelay: Bool = true
  ) throws(ModuleError) {
    guard !children.isEmpty else {
      throw ModuleError(.arguments([.noBranches]))
    }
    self.children = children
    self.reduce = reduce
    self.autoDelay = autoDelay
  }

  public var typeName: String { "BroadcastReduce" }

  public var summary: String {
    "reduce=\"\(reduce.rawValue)\"" + (autoDelay ? "" : ", auto_delay=False")
  }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    var outputs: [Wire] = []
    for child in children { outputs.append(try plan.lower(child, input: input)) }
    return try plan.join(outputs, by: reduce, pairing: autoDelay ? .byIndex : .byStep)
  }
}
