/// Passes its input on, as `Identity` of `torch.nn` and of `continual`.
public struct Identity: Module {
  /// Makes an identity.
  public init() {}

  public var typeName: String { "Identity" }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    input
  }
}
