import OrderedCollections
import PlainData

// Several clips in one, and parts of what a call makes.
extension ExportedOperators {
  static let joining: [String: Operation] = [
    "cat": concatenated, "concat": concatenated, "concatenate": concatenated,
    "maximum": { translator, node throws(ExportedProblem) in
      let signals = [try translator.signal(node), try translator.signal(node, "other")]
      return try translator.joined(signals, "Reduce", node, ["reduce": .string("max")])
    },
  ]

  private static let concatenated: Operation = { translator, node throws(ExportedProblem) in
    guard case .values(let names) = node["tensors"] else {
      throw .operand(.joinedTensors)
    }
    var signals: [ExportedSignal] = []
    for name in names {
      guard case .signal(let signal)? = name.flatMap({ translator.values[$0] }) else {
        throw .operand(.joinedValues)
      }
      signals.append(signal)
    }
    guard let first = signals.first else { throw .joinsNothing }
    if signals.count == 1 { return .signal(first) }
    let dim = try translator.dim(node, or: 0, rank: first.dims.count)
    signals = try translator.aligned(signals, node)
    for index in signals.indices {
      // Places become channels, and are joined as these are.
      guard dim < signals[index].dims.count else { throw .joinedAxis }
      if signals[index].axis(of: dim) == ExportedSignal.channels { continue }
      guard !signals[index].dims[dim].contains(ExportedSignal.time),
        !signals[index].dims[dim].contains(ExportedSignal.batch)
      else { throw .joinedAxis }
      signals[index] = try translator.withChannels(signals[index], dim: dim, node)
      signals[index].dims[dim] = [ExportedSignal.channels]
    }
    return try translator.joined(
      signals, "Reduce", node, ["reduce": .string("concat")], addingChannels: true)
  }
}
