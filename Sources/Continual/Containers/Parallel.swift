/// Modules side by side, each on a stream of its own, as `continual.Parallel`.
///
/// With `auto_delay`, streams come out as late as that of the slowest module, also where that one is
/// left out later. Without, each comes as early as it can: the Python library then joins what comes in the
/// same step (``Pairing/byStep``). Streams of this library match frames by their index either way.
public struct Parallel: MultiStreamModule {
  /// The modules, in the order of the streams.
  public let children: [NamedModule]

  /// Whether all streams come as late as the slowest.
  public let autoDelay: Bool

  /// Puts modules side by side.
  ///
  /// - Parameters:
  ///   - children: the modules, in the order of the streams.
  ///   - autoDelay: whether all streams come as late as the slowest.
  public init(_ children: [NamedModule], autoDelay: Bool = true) {
    self.children = children
    self.autoDelay = autoDelay
  }

  public var typeName: String { "Parallel" }

  public var summary: String { autoDelay ? "" : "auto_delay=False" }

  public func lower(
    _ input: Streams, into plan: inout PlanBuilder
  ) throws(ModuleError) -> Streams {
    guard case .many(let streams) = input, streams.count == children.count else {
      throw ModuleError(.streams(.modules(children.count, streams: input.count)))
    }
    var outputs: [Streams] = []
    for (child, stream) in zip(children, streams) {
      outputs.append(try plan.lower(child, streams: stream))
    }
    guard autoDelay else {
      plan.leaveDelays(of: outputs.flatMap(\.wires))
      return .many(outputs)
    }
    let delays = zip(streams, outputs).map { input, output in
      let start = input.wires.map { plan.timing(of: $0).delay }.max() ?? 0
      return (output.wires.map { plan.timing(of: $0).delay }.max() ?? 0) - start
    }
    let latest = delays.max() ?? 0
    for index in outputs.indices {
      outputs[index] = try delayed(outputs[index], by: latest - delays[index], in: &plan)
    }
    return .many(outputs)
  }

  /// Streams that come later by a number of frames of the plan's input.
  ///
  /// Where that is not a whole number of output frames, the rest is left to whoever joins the streams.
  private func delayed(
    _ streams: Streams, by frames: Int, in plan: inout PlanBuilder
  ) throws(ModuleError) -> Streams {
    switch streams {
    case .one(let wire):
      let late = plan.timing(of: wire).rate.count(of: frames)
      return .one(try Delay(frames: late).lower(wire, into: &plan))
    case .many(let inner):
      var outputs: [Streams] = []
      for stream in inner { outputs.append(try delayed(stream, by: frames, in: &plan)) }
      return .many(outputs)
    }
  }
}
