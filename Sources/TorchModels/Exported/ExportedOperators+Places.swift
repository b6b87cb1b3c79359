import Checkpoints
import OrderedCollections
import PlainData
import Tensors

// The places of the largest numbers, and what is found there: the nearest vector of a codebook.
//
// A place is kept as a one among zeros along the axis in which it is. What stands at it in a table is a product with
// that table then, which has the bits of the row.
extension ExportedOperators {
  static let places: [String: Operation] = [
    "argmax": { translator, node throws(ExportedProblem) in
      try translator.place(node, factor: 1)
    },
    "argmin": { translator, node throws(ExportedProblem) in
      try translator.place(node, factor: -1)
    },
    "embedding": { translator, node throws(ExportedProblem) in
      guard case .places(let places, let axis)? = translator.value(node, "indices") else {
        throw .notOfTheClip("indices")
      }
      return try translator.rows(of: translator.operand(node, "weight"), at: places, axis, node)
    },
    "index": { translator, node throws(ExportedProblem) in
      guard case .values(let names) = node["indices"], names.count == 1, let name = names[0],
        case .places(let places, let axis)? = translator.values[name]
      else { throw .takesSomePlaces }
      return try translator.rows(of: translator.operand(node, "self"), at: places, axis, node)
    },
    "one_hot": { translator, node throws(ExportedProblem) in
      guard case .places(var places, let axis)? = translator.value(node, "self") else {
        throw .notOfTheClip("self")
      }
      places.dims.append([axis])
      return .signal(places)
    },
  ]

  /// Calls that take places as they are, or only move their axes.
  static let takesPlaces: Set = ["embedding", "index", "one_hot"]

  /// Calls that give places other axes.
  static let movesPlaces: Set = [
    "view", "reshape", "flatten", "unflatten", "_unsafe_view", "squeeze", "unsqueeze", "permute",
    "transpose", "t", "contiguous", "clone", "detach", "alias", "to", "_to_copy",
  ]
}

extension ExportedTranslator {
  /// Calls with places among what they take: axes are moved, or the places become numbers.
  ///
  /// - Returns: what a call makes that only moves axes; nil for others.
  mutating func movingPlaces(_ node: ExportedNode) throws(ExportedProblem) -> ExportedValue? {
    guard !ExportedOperators.takesPlaces.contains(node.name) else { return nil }
    for name in Set(node.arguments.values.flatMap(\.names)).sorted() {
      guard case .places(let places, let axis)? = values[name] else { continue }
      if ExportedOperators.movesPlaces.contains(node.name),
        let operation = ExportedOperators.all[node.name]
      {
        if ["to", "_to_copy"].contains(node.name) { return .places(places, axis) }
        var trial = self
        trial.values[name] = .signal(places)
        if case .signal(let moved)? = try? operation(&trial, node), moved.node == places.node {
          return .places(moved, axis)
        }
      }
      values[name] = .signal(try numbers(of: places, axis, node))
    }
    return nil
  }

  /// Places as numbers, from zero.
  mutating func numbers(
    of places: ExportedSignal, _ axis: Int, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    let count = places.axes[axis]
    let column = Tensor64(Shape([count, 1]), (0..<count).map(Double.init))
    return try multiplied(places, by: named(column, node), columns: 1, along: axis, node)
  }

  /// The place of the largest number along an axis, or of the smallest with a factor below zero.
  fileprivate mutating func place(
    _ node: ExportedNode, factor: Double
  ) throws(ExportedProblem) -> ExportedValue {
    guard node["dim"] != .none else { throw .findsPlaces }
    let input = try signal(node)
    return try place(factor == 1 ? input : try scaled(input, by: factor, node), node)
  }

  /// The place of the largest number along the axis that a call names.
  mutating func place(
    _ input: ExportedSignal, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedValue {
    let dim = try dim(node, rank: input.dims.count)
    var (first, axis) = try largestPlace(input, dim, node)
    first.dims[dim] = []
    if !bool(node, "keepdim", or: false) { first = first.removing(dim: dim) }
    return .places(first, axis)
  }

  /// A clip with one of its axes in space, and the largest number along it.
  mutating func largestAlong(
    _ input: ExportedSignal, _ dim: Int, _ node: ExportedNode
  ) throws(ExportedProblem) -> (clip: ExportedSignal, largest: ExportedSignal, axis: Int) {
    var clip = try settled(input, node)
    if clip.axis(of: dim) == nil { clip = try withChannels(clip, dim: dim, node) }
    guard let own = clip.axis(of: dim), own != ExportedSignal.batch, !clip.isFlat else {
      throw .channelsOrBatch(.reduces)
    }
    guard own != ExportedSignal.time else { throw .findsPlaces }
    if own == ExportedSignal.channels { clip = try withoutChannels(clip, node) }
    guard let axis = clip.axis(of: dim), axis > ExportedSignal.time else {
      throw .channelsOrBatch(.reduces)
    }
    var largest = clip
    largest.node = try adaptive("AdaptiveMaxPool", node, clip, [axis: 1])
    largest.axes[axis] = 1
    return (clip, largest, axis)
  }

  /// A one at the first place where a number is the largest along an axis, and zeros elsewhere.
  private mutating func largestPlace(
    _ input: ExportedSignal, _ dim: Int, _ node: ExportedNode
  ) throws(ExportedProblem) -> (ExportedSignal, axis: Int) {
    let (clip, largest, axis) = try largestAlong(input, dim, node)
    let count = clip.axes[axis]
    guard count.times(count) <= ExportedConstants.limit else {
      throw .constants(limit: ExportedConstants.limit)
    }
    guard
      case .signal(let distance) = try joined(
        [clip, try scaled(largest, by: -1, node)], "Add", node)
    else { throw .findsPlaces }
    // The sign is zero at the largest, and -1 below it.
    let ones = try applied(
      "Add", node, try lambda("sign", distance, node), ["constant": .double(1)])
    // Where several are the same, those behind the first do not count.
    let before = Tensor64(
      Shape([count, count]), (0..<count * count).map { $0 / count < $0 % count ? 1 : 0 })
    let earlier = try multiplied(
      ones, by: named(before, node), columns: count, along: axis, node)
    let isFirst = try applied(
      "Add", node, try scaled(try lambda("sign", earlier, node), by: -1, node),
      ["constant": .double(1)])
    guard case .signal(let first) = try joined([ones, isFirst], "Multiply", node) else {
      throw .findsPlaces
    }
    return (first, axis)
  }

  /// The rows of a table at places.
  fileprivate mutating func rows(
    of table: ExportedValue, at places: ExportedSignal, _ axis: Int, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedValue {
    guard let shape = table.constantShape, shape.count == 2, shape[0] == places.axes[axis] else {
      throw .operand(.matrix)
    }
    var result = places
    result.dims.append([axis])
    return .signal(
      try multiplied(
        result, by: try name(table, axes: [0, 1], node), columns: shape[1], along: axis, node))
  }
}
