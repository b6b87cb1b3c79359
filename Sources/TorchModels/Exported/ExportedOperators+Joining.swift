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
    let values = names.map { $0.flatMap { translator.values[$0] } ?? .unknown }
    if let lengthened = try translator.lengthened(values, node) { return .signal(lengthened) }
    var signals: [ExportedSignal] = []
    for value in values {
      guard case .signal(let signal) = value else { throw .operand(.joinedValues) }
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
    return .signal(
      try translator.concatenated(
        signals, dim: try translator.dim(node, or: 0, rank: first.dims.count), node))
  }
}

extension ExportedTranslator {
  /// A clip with zeros in front of it or behind it, as a `cat` puts them there; nil where it joins something
  /// else.
  fileprivate mutating func lengthened(
    _ values: [ExportedValue], _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal? {
    let places = values.indices.filter { if case .signal = values[$0] { true } else { false } }
    guard places.count == 1, values.count > 1, node.name != "stack",
      case .signal(let signal) = values[places[0]]
    else { return nil }
    let dim = try dim(node, or: 0, rank: signal.dims.count)
    guard let axis = signal.axis(of: dim), axis >= ExportedSignal.time else { return nil }
    var ends = [0, 0]
    for (index, value) in values.enumerated() where index != places[0] {
      guard let numbers = try read(value), numbers.shape.rank == signal.dims.count,
        numbers.scalars.allSatisfy({ $0 == 0 })
      else { return nil }
      ends[index < places[0] ? 0 : 1] += numbers.shape[dim]
    }
    var result = try settled(signal, node)
    result.axes[axis] = result.axes[axis].plus(ends[0].plus(ends[1]))
    result.padding = .init(ends: [axis: ends], mode: "zeros")
    return result
  }

  /// Clips joined along an axis of PyTorch, which becomes the channels.
  mutating func concatenated(
    _ clips: [ExportedSignal], dim: Int, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    var signals = try aligned(clips, node)
    for index in signals.indices {
      // Places become channels, and are joined as these are.
      guard dim < signals[index].dims.count else { throw .joinedAxis }
      if signals[index].axis(of: dim) == ExportedSignal.channels { continue }
      guard !signals[index].dims[dim].contains(ExportedSignal.time),
        !signals[index].dims[dim].contains(ExportedSignal.batch)
      else { throw .joinedAxis }
      signals[index] = try withChannels(signals[index], dim: dim, node)
      signals[index].dims[dim] = [ExportedSignal.channels]
    }
    let result = try joined(
      signals, "Reduce", node, ["reduce": .string("concat")], addingChannels: true)
    guard case .signal(let signal) = result else { throw .joinsNothing }
    return signal
  }

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
