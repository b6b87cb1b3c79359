/// Makes several streams of one, as `continual.Broadcast`.
public struct BroadcastStreams: MultiStreamModule {
  /// How many; nil for as many as the `Parallel` that follows takes.
  public let count: Int?

  /// Makes `count` streams of one.
  ///
  /// - Throws: ``ModuleError`` where the count is not positive, or too large.
  public init(count: Int? = nil) throws(ModuleError) {
    if let count, !(1..<Streams.limit).contains(count) {
      throw ModuleError(.arguments([.broadcastCount(count)]))
    }
    self.count = count
  }

  public var typeName: String { "Broadcast" }

  public var summary: String { count.map(String.init) ?? "" }

  public func lower(
    _ input: Streams, into plan: inout PlanBuilder
  ) throws(ModuleError) -> Streams {
    guard let count else {
      throw ModuleError(.streams(.unknownCount))
    }
    return .many([Streams](repeating: input, count: count))
  }
}
