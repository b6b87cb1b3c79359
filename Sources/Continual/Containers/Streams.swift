/// What flows between modules that make or take several streams: one wire, or a list of these.
public indirect enum Streams: Sendable {
  case one(Wire)
  case many([Streams])

  /// How many streams there are at the outermost level; nil for a single one.
  var count: Int? {
    if case .many(let streams) = self { streams.count } else { nil }
  }

  /// The most streams, lists counted as well, that a module can take.
  ///
  /// Lists of streams can hold the same list many times over, and a file could double them with every
  /// module.
  static let limit = 1 << 12

  /// Whether there are more than the limit; as many are counted.
  var areTooMany: Bool {
    var left = Streams.limit
    return !count(down: &left)
  }

  private func count(down left: inout Int) -> Bool {
    left -= 1
    guard left >= 0 else { return false }
    if case .many(let streams) = self {
      for stream in streams where !stream.count(down: &left) { return false }
    }
    return true
  }

  /// All wires, in order.
  var wires: [Wire] {
    switch self {
    case .one(let wire): [wire]
    case .many(let streams): streams.flatMap(\.wires)
    }
  }
}

/// A module that makes or takes several streams, as `continual`'s `Broadcast`, `Parallel`,
/// `ParallelDispatch` and `Reduce`.
///
/// It can stand in a ``Sequential``, next to others of its kind.
public protocol MultiStreamModule: Module {
  /// Appends what this module does to `input`, and returns where the results are.
  ///
  /// - Throws: ``ModuleError`` where the module cannot take such streams.
  func lower(_ input: Streams, into plan: inout PlanBuilder) throws(ModuleError) -> Streams
}

extension MultiStreamModule {
  /// Takes and makes one stream.
  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    switch try lower(.one(input), into: &plan) {
    case .one(let wire): return wire
    case .many(let streams):
      throw ModuleError(.streams(.severalMade(streams.count, type: typeName)))
    }
  }
}

extension PlanBuilder {
  /// Lowers a module inside another on one stream or several.
  mutating func lower(
    _ child: NamedModule, streams: Streams
  ) throws(ModuleError) -> Streams {
    guard !streams.areTooMany else {
      throw ModuleError(.streams(.tooMany), path: [child.name])
    }
    if let module = child.module as? any MultiStreamModule {
      return try enter(child) { plan throws(ModuleError) in
        let outputs = try module.lower(streams, into: &plan)
        // Only a module that joins streams has work of its own.
        if module is Reduce, case .one(let output) = outputs {
          plan.place(child, inputs: streams.wires, output: output)
        }
        return outputs
      }
    }
    guard case .one(let input) = streams else {
      throw ModuleError(
        .streams(.severalGiven(streams.count ?? 1, type: child.module.typeName)), path: [child.name]
      )
    }
    return .one(try lower(child, input: input))
  }
}
