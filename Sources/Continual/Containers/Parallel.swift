/// Modules side by side, each on a stream of its own, as `continual.Parallel`.
///
/// No branch is delayed: where streams are joined, frames are matched by their index.
public struct Parallel: MultiStreamModule {
  /// The modules, in the order of the streams.
  public let children: [NamedModule]

  /// Puts modules side by side.
  public init(_ children: [NamedModule]) { self.children = children }

  public var typeName: String { "Parallel" }

  public func lower(
    _ input: Streams, into plan: inout PlanBuilder
  ) throws(ModuleError) -> Streams {
    guard case .many(let streams) = input, streams.count == children.count else {
      throw ModuleError(
        .argument,
        "has \(children.count) modules for \(input.count.map(String.init) ?? "one") streams; "
          + "put a Broadcast in front")
    }
    var outputs: [Streams] = []
    for (child, stream) in zip(children, streams) {
      outputs.append(try plan.lower(child, streams: stream))
    }
    return .many(outputs)
  }
}
