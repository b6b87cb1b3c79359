/// A module without a notion of time, applied to each frame: an image network in a video network.
///
/// In `continual` it is a `Lambda` around a module of `torch.nn`. The module inside is made for
/// frames (B, C, S…); its dimensions do not count time.
public struct Framewise: Module {
  /// The module that is applied to each frame.
  public let module: NamedModule

  /// Applies a module to each frame.
  public init(_ module: NamedModule) { self.module = module }

  public var typeName: String { "Framewise" }

  public var children: [NamedModule] { [module] }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    try plan.lower(module, input: input)
  }
}
