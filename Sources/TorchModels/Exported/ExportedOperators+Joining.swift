import OrderedCollections
import PlainData
import Tensors

// Several clips in one, and parts of what a call makes.
extension ExportedOperators {
  static let joining: [String: Operation] = [
    "cat": concatenated, "concat": concatenated, "concatenate": concatenated,
    "stack": concatenated,
    "maximum": { translator, node throws(ExportedProblem) in
      try translator.extreme(node, isLargest: true)
    },
    "minimum": { translator, node throws(ExportedProblem) in
      try translator.extreme(node, isLargest: false)
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
    if node.name == "stack", let rank = signals.first?.dims.count {
      // Each gets an axis of length one, along which they are joined.
      let dim = try translator.dim(node, or: 0, rank: rank + 1)
      for index in signals.indices where signals[index].dims.count == rank {
        signals[index].dims.insert([], at: dim)
      }
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

extension ExportedTranslator {
  /// The larger or the smaller of two clips, or of a clip and a number.
  fileprivate mutating func extreme(
    _ node: ExportedNode, isLargest: Bool
  ) throws(ExportedProblem) -> ExportedValue {
    var operands = [try operand(node, "self"), try operand(node, "other")]
    if case .signal = operands[0] {} else { operands.swapAt(0, 1) }
    guard case .signal(let one) = operands[0] else { throw .onlyConstants }
    guard case .signal(let other) = operands[1] else {
      guard let numbers = try read(operands[1]), let number = numbers.scalars.first,
        numbers.scalars.allSatisfy({ $0 == number })
      else { throw .operand(.other) }
      return try same(
        "Lambda", node, one,
        ["function": .string("clamp"), isLargest ? "min" : "max": .double(number)])
    }
    if isLargest { return try largest(of: [one, other], node) }
    // The smaller of two is the larger of their opposites.
    let opposites = [try scaled(one, by: -1, node), try scaled(other, by: -1, node)]
    guard case .signal(let largest) = try largest(of: opposites, node) else { return .unknown }
    return .signal(try scaled(largest, by: -1, node))
  }

  /// The largest of several clips, place by place.
  mutating func largest(
    of signals: [ExportedSignal], _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedValue {
    try joined(signals, "Reduce", node, ["reduce": .string("max")])
  }
}
