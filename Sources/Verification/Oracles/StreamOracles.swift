public import Continual
public import Tensors

/// What flows between modules of several streams, in `Double`.
private indirect enum Flow {
  case one(Tensor64)
  case many([Flow])
}

/// A sequence, and with it the modules that make and take several streams: they only have a meaning
/// inside one.
extension Sequential: Referenced {
  public func reference(
    _ clip: Tensor64, inside: any InsideReference
  ) throws(VerificationError) -> Tensor64 {
    try run(clip, inside, isSteps: false)
  }

  public func referenceSteps(
    _ clip: Tensor64, inside: any InsideReference
  ) throws(VerificationError) -> Tensor64 {
    try run(clip, inside, isSteps: true)
  }

  private func run(
    _ clip: Tensor64, _ inside: any InsideReference, isSteps: Bool
  ) throws(VerificationError) -> Tensor64 {
    let result = try StreamOracle(isSteps: isSteps).run(children, .one(clip), inside)
    guard case .one(let output) = result else {
      throw VerificationError(.shape, "a sequence ends with several streams")
    }
    return output
  }

  public func referenceLength(ofClip frames: Int, inside: (any Module, Int) -> Int?) -> Int? {
    var lengths: [Int] = [frames]
    for child in children {
      switch child.module {
      case let parallel as Parallel:
        // One stream stands for as many as there are modules.
        if lengths.count == 1 {
          lengths = [Int](repeating: lengths[0], count: parallel.children.count)
        }
        var next: [Int] = []
        for (module, length) in zip(parallel.children, lengths) {
          guard let length = inside(module.module, length) else { return nil }
          next.append(length)
        }
        lengths = next
      case is BroadcastStreams, is ParallelDispatch:
        continue
      case is Reduce:
        let distinct = Set(lengths).subtracting(lengths.contains { $0 != 1 } ? [1] : [])
        guard distinct.count == 1, let length = distinct.first else { return nil }
        lengths = [length]
      default:
        guard lengths.count == 1, let length = inside(child.module, lengths[0]) else { return nil }
        lengths = [length]
      }
    }
    return lengths.count == 1 ? lengths[0] : nil
  }
}

/// Runs the modules of a sequence on streams.
private struct StreamOracle {
  /// Whether steps are meant: output `j` of each stream belongs together, as far as all have one.
  let isSteps: Bool

  func run(
    _ modules: [NamedModule], _ input: Flow, _ inside: any InsideReference
  ) throws(VerificationError) -> Flow {
    var flow = input
    for (index, child) in modules.enumerated() {
      if let broadcast = child.module as? BroadcastStreams {
        let next = index + 1 < modules.count ? modules[index + 1].module as? Parallel : nil
        let count = broadcast.count ?? next?.children.count ?? 1
        flow = .many([Flow](repeating: flow, count: count))
      } else {
        flow = try run(child, flow, inside)
      }
    }
    return flow
  }

  private func run(
    _ child: NamedModule, _ flow: Flow, _ inside: any InsideReference
  ) throws(VerificationError) -> Flow {
    switch (child.module, flow) {
    case (let sequence as Sequential, .many):
      return try run(sequence.children, flow, inside.entering(child))
    case (let parallel as Parallel, .many(let streams)):
      let inside = inside.entering(child)
      var outputs: [Flow] = []
      for (module, stream) in zip(parallel.children, streams) {
        outputs.append(try run(module, stream, inside))
      }
      return .many(outputs)
    case (let dispatch as ParallelDispatch, .many(let streams)):
      return .many(dispatch.mapping.map { select($0, from: streams) })
    case (let reduce as Reduce, .many(let streams)):
      var clips: [Tensor64] = []
      for case .one(let clip) in streams { clips.append(clip) }
      let aligned = isSteps ? Combination.aligned(clips) : clips
      return .one(try Combination.combine(aligned, by: reduce.reduction))
    case (let sequence as Sequential, .one):
      // A sequence inside a sequence is no place of its own in a plan.
      return try run(sequence.children, flow, inside.entering(child))
    case (_, .one(let clip)):
      return .one(try inside.output(of: child, for: clip))
    case (_, .many(let streams)):
      throw VerificationError(
        .shape, "\(child.module.typeName) takes one stream, found \(streams.count)")
    }
  }

  private func select(_ mapping: ParallelDispatch.Mapping, from streams: [Flow]) -> Flow {
    switch mapping {
    case .stream(let index): streams[index]
    case .group(let mappings): .many(mappings.map { select($0, from: streams) })
    }
  }
}
