/// Branches on the same input whose outputs become one, as `continual.BroadcastReduce`; before
/// `continual` 0.10 the class was called `Parallel`.
///
/// Output `j` is made of output `j` of every branch, whatever their delays and strides.
public struct BroadcastReduce: Module {
  /// The branches.
  public let children: [NamedModule]

  /// How their outputs become one.
  public let reduce: Reduction

  /// Whether the branches wait for each other; without it steps join what comes at the same time.
  public let autoDelay: Bool

  /// Makes branches with names of their own.
  ///
  /// - Throws: ``ModuleError`` where there is no branch.
  public init(
    _ children: [NamedModule], reduce: Reduction = .sum, autoDelay: Bool = true
  ) throws(ModuleError) {
    guard !children.isEmpty else {
      throw ModuleError(.argument, "BroadcastReduce needs at least one branch")
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
    return try plan.join(outputs, by: reduce, aligned: autoDelay)
  }
}
