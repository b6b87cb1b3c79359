/// Modules one after the other, as `torch.nn.Sequential` and `continual.Sequential`.
public struct Sequential: MultiStreamModule {
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

  public func lower(
    _ input: Streams, into plan: inout PlanBuilder
  ) throws(ModuleError) -> Streams {
    var streams = input
    for (index, child) in children.enumerated() {
      streams = try plan.lower(try completed(child, at: index), streams: streams)
    }
    return streams
  }

  /// A `Broadcast` that does not say into how many streams is told by the `Parallel` behind it.
  private func completed(
    _ child: NamedModule, at index: Int
  ) throws(ModuleError) -> NamedModule {
    guard let broadcast = child.module as? BroadcastStreams, broadcast.count == nil,
      index + 1 < children.count, let parallel = children[index + 1].module as? Parallel
    else { return child }
    return NamedModule(child.name, try BroadcastStreams(count: parallel.children.count))
  }
}
