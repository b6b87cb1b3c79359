/// Makes several streams of one, as `continual.Broadcast`.
public struct BroadcastStreams: MultiStreamModule {
  /// How many; nil for as many as the `Parallel` that follows takes.
  public let count: Int?

  /// Makes `count` streams of one.
  ///
  /// - Throws: ``ModuleError`` where the count is not positive, or too large.
  public init(count: Int? = nil) throws(ModuleError) {
    if let count, !(1..<Streams.limit).contains(count) {
      throw ModuleError(
        .argument, "num_streams is \(count), expected 1 to \(Streams.limit - 1)")
    }
    self.count = count
  }

  public var typeName: String { "Broadcast" }

  public var summary: String { count.map(String.init) ?? "" }

  public func lower(
    _ input: Streams, into plan: inout PlanBuilder
  ) throws(ModuleError) -> Streams {
    guard let count else {
      throw ModuleError(
        .argument, "num_streams is not given, and no Parallel follows that would tell it")
    }
    return .many([Streams](repeating: input, count: count))
  }
}
