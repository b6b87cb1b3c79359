/// Selects, reorders, copies and groups streams, as `continual.ParallelDispatch`.
///
/// `[2, 0, [0, 2], 2]` makes of the streams a, b, c the streams c, a, (a, c), c.
public struct ParallelDispatch: MultiStreamModule {
  /// Where a stream of the output comes from.
  public indirect enum Mapping: Hashable, Sendable {
    /// The stream of this index.
    case stream(Int)
    /// Several, grouped.
    case group([Mapping])
  }

  /// The streams of the output.
  public let mapping: [Mapping]

  /// Rearranges streams.
  public init(_ mapping: [Mapping]) { self.mapping = mapping }

  public var typeName: String { "ParallelDispatch" }

  public var summary: String { ParallelDispatch.render(.group(mapping)) }

  public func lower(
    _ input: Streams, into plan: inout PlanBuilder
  ) throws(ModuleError) -> Streams {
    guard case .many(let streams) = input else {
      throw ModuleError(.streams(.oneToRearrange))
    }
    return try dispatch(.group(mapping), streams)
  }

  private func dispatch(
    _ mapping: Mapping, _ streams: [Streams]
  ) throws(ModuleError) -> Streams {
    switch mapping {
    case .stream(let index):
      guard streams.indices.contains(index) else {
        throw ModuleError(.streams(.missing(index, count: streams.count)))
      }
      return streams[index]
    case .group(let mappings):
      var group: [Streams] = []
      for mapping in mappings { group.append(try dispatch(mapping, streams)) }
      return .many(group)
    }
  }

  private static func render(_ mapping: Mapping) -> String {
    switch mapping {
    case .stream(let index): String(index)
    case .group(let mappings): "[" + mappings.map(render).joined(separator: ", ") + "]"
    }
  }
}
