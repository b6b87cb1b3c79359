/// Modules one after the other, as `torch.nn.Sequential` and `continual.Sequential`.
public struct Sequential: Module {
  /// The modules, in order.
  public let children: [NamedModule]

  /// Makes a sequence of modules with names of their own.
  public init(_ children: [NamedModule]) {
    self.children = children
  }

  /// Makes a sequence of modules that are named by their index.
  public init(_ modules: any Module...) {
    children = modules.enumerated().map { NamedModule(String($0), $1) }
  }

  public var typeName: String { "Sequential" }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    var wire = input
    for child in children { wire = try plan.lower(child, input: wire) }
    return wire
  }
}
