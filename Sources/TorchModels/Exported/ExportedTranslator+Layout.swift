import OrderedCollections
import PlainData
import Tensors

// Axes of clips in another order, split or merged.
extension ExportedTranslator {
  /// What axes are called in a `Rearrange`.
  static let letters = ["b", "c", "t", "h", "w", "v", "u", "s", "r", "q"]

  /// A clip whose axes are others, each a product of axes that it had.
  ///
  /// Batch and time stay what they are. Axes that are in none have to have length one.
  func isPossible(_ order: [[Int]]) -> Bool {
    order.count >= 3 && order.count <= 5 && order[0] == [ExportedSignal.batch]
      && order[2] == [ExportedSignal.time]
      && order.enumerated().allSatisfy { index, parts in
        index == 0 || index == 2
          || !parts.contains { $0 == ExportedSignal.batch || $0 == ExportedSignal.time }
      }
  }

  /// Makes each axis of the clip the product of others.
  mutating func rearranged(
    _ signal: ExportedSignal, to order: [[Int]], _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    let isSame = order == signal.axes.indices.map { [$0] }
    if isSame { return signal }
    guard isPossible(order), !signal.isFlat else {
      throw .axesNotAlone(signal.dims, of: signal.axes)
    }
    let used = Set(order.joined())
    let dropped = signal.axes.indices.filter { !used.contains($0) }
    guard dropped.allSatisfy({ signal.axes[$0] == 1 }), used.count == order.joined().count else {
      throw .losesAxis(of: signal.axes)
    }
    let names = ExportedTranslator.letters
    let left = signal.axes.indices.map { used.contains($0) ? names[$0] : "1" }
    let right = order.map { parts in
      parts.count == 1
        ? names[parts[0]]
        : parts.isEmpty ? "1" : "(\(parts.map { names[$0] }.joined(separator: " ")))"
    }
    var result = signal
    result.node = try add(
      "Rearrange", node, reading: [signal],
      ["pattern": .string("\(left.joined(separator: " ")) -> \(right.joined(separator: " "))")])
    result.axes = order.map { $0.reduce(1) { $0.times(signal.axes[$1]) } }
    result.dims = try signal.dims.map { parts throws(ExportedProblem) in
      try ExportedTranslator.renamed(parts.filter { used.contains($0) }, order)
    }
    return result
  }

  /// A product of axes in terms of axes that are products of these.
  private static func renamed(
    _ parts: [Int], _ order: [[Int]]
  ) throws(ExportedProblem) -> [Int] {
    var rest = parts[...]
    var result: [Int] = []
    while let first = rest.first {
      guard let axis = order.firstIndex(where: { $0.first == first }),
        rest.prefix(order[axis].count).elementsEqual(order[axis])
      else {
        throw .takesApart
      }
      result.append(axis)
      rest = rest.dropFirst(order[axis].count)
    }
    return result
  }

  /// The clip with its axes as PyTorch has them: (B, C, T, S…).
  mutating func inOrder(
    _ signal: ExportedSignal, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    if signal.isInOrder || signal.isFlat { return signal }
    var order = signal.dims.map { $0.filter { signal.axes[$0] != 1 || $0 == 0 || $0 == 2 } }
    // Batch or time of length one are in no axis of PyTorch, and stay where they are.
    if order.first?.isEmpty ?? false { order[0] = [ExportedSignal.batch] }
    if signal.isLastFrame, order.count >= 2 {
      order.insert([ExportedSignal.time], at: ExportedSignal.time)
    }
    guard isPossible(order) else {
      throw .notInOrder(axes: signal.dims.count)
    }
    return try rearranged(signal, to: order, node)
  }

  /// Several clips whose axes are the same ones, each with an axis of its own for each of PyTorch's where they
  /// were not.
  mutating func aligned(
    _ signals: [ExportedSignal], _ node: ExportedNode
  ) throws(ExportedProblem) -> [ExportedSignal] {
    guard Set(signals.map(\.dims)).count > 1 else { return signals }
    var signals = signals
    // Axes that one of them lacks have length one, and are in front.
    let rank = signals.map(\.dims.count).max() ?? 0
    for index in signals.indices where !signals[index].isFlat {
      signals[index].dims.insert(
        contentsOf: [[Int]](repeating: [], count: rank - signals[index].dims.count), at: 0)
    }
    let batch = ExportedTranslator.place(of: ExportedSignal.batch, in: signals)
    let time = ExportedTranslator.place(of: ExportedSignal.time, in: signals)
    for index in signals.indices {
      signals[index] = try aligned(signals[index], batch: batch, time: time, node)
    }
    return signals
  }

  /// The place of an axis of the clip among PyTorch's, in the first of several clips that have it.
  static func place(of axis: Int, in signals: [ExportedSignal]) -> Int? {
    for signal in signals where !signal.isFlat {
      if let dim = signal.dims.firstIndex(where: { $0.contains(axis) }) { return dim }
    }
    return nil
  }

  /// The clip with an axis of its own for each of PyTorch's, so that it can meet others of as many axes.
  ///
  /// The first that is neither the batch nor time becomes the channels, and those behind it space.
  ///
  /// - Parameters:
  ///   - signal: the clip.
  ///   - batch: which axis of PyTorch is the batch; nil where none is.
  ///   - time: which one is time.
  ///   - node: the call.
  /// - Returns: the same numbers.
  /// - Throws: ``ExportedProblem`` where batch or time are a part of an axis, or there are too many.
  mutating func aligned(
    _ signal: ExportedSignal, batch: Int?, time: Int?, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    if signal.isFlat { return signal }
    let places = [(batch, ExportedSignal.batch), (time, ExportedSignal.time)]
    var order = [[ExportedSignal.batch], [], [ExportedSignal.time]]
    var dims: [[Int]] = []
    var count = 0
    for (dim, parts) in signal.dims.enumerated() {
      let long = parts.filter { signal.axes[$0] != 1 || $0 == 0 || $0 == 2 }
      if let place = places.first(where: { $0.0 == dim }) {
        guard long.isEmpty || long == [place.1] else {
          throw .notInOrder(axes: signal.dims.count)
        }
        dims.append([place.1])
        continue
      }
      if count == 0 { order[1] = long } else { order.append(long) }
      dims.append([count == 0 ? ExportedSignal.channels : count + ExportedSignal.time])
      count += 1
    }
    guard isPossible(order) else { throw .notInOrder(axes: signal.dims.count) }
    var result = try rearranged(signal, to: order, node)
    result.dims = dims
    return result
  }

  /// The clip as (B, C, T), with some axes of a frame as its channels, the slowest first; the others have length one.
  mutating func withChannels(
    inside axes: [Int], _ signal: ExportedSignal, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    var clip = signal
    clip.dims = [[ExportedSignal.batch], axes, [ExportedSignal.time]]
    clip = try rearranged(clip, to: clip.dims, node)
    clip.dims = [[ExportedSignal.batch], [ExportedSignal.channels], [ExportedSignal.time]]
    return clip
  }

  /// The clip with PyTorch's second axis as its channels.
  mutating func withChannels(
    _ signal: ExportedSignal, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    guard signal.dims.count > 1 else { throw .noChannels }
    return try withChannels(signal, dim: 1, node)
  }

  /// The clip with an axis of PyTorch as its channels.
  mutating func withChannels(
    _ signal: ExportedSignal, dim: Int, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    if signal.axis(of: dim) == ExportedSignal.channels || signal.isFlat { return signal }
    let parts = signal.dims[dim]
    guard !parts.contains(ExportedSignal.time), !parts.contains(ExportedSignal.batch) else {
      throw .mixesFrames(.timeAsChannels)
    }
    let others = signal.axes.indices.filter {
      $0 != ExportedSignal.batch && $0 != ExportedSignal.time && !parts.contains($0)
        && signal.axes[$0] != 1
    }
    let order = [[ExportedSignal.batch], parts, [ExportedSignal.time]] + others.map { [$0] }
    return try rearranged(signal, to: order, node)
  }

  /// The clip with an axis of its own for each that a window moves along, where one is a product.
  mutating func withWindows(
    _ signal: ExportedSignal, count: Int, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    let isProduct = signal.dims.indices.suffix(count).contains { dim in
      signal.axis(of: dim) == nil && signal.dims[dim].contains { signal.axes[$0] != 1 }
    }
    guard isProduct else { return signal }
    return try separated(signal, node)
  }

  /// The clip with an axis of its own for each of PyTorch's.
  mutating func separated(
    _ signal: ExportedSignal, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    try aligned(
      signal, batch: ExportedTranslator.place(of: ExportedSignal.batch, in: [signal]),
      time: ExportedTranslator.place(of: ExportedSignal.time, in: [signal]), node)
  }

  /// The axes of the clip that windows move along, in the order of PyTorch's last axes; nil where an
  /// axis is not one of the clip, but of length one and put in.
  func windowAxes(
    _ signal: ExportedSignal, count: Int
  ) throws(ExportedProblem) -> [Int?] {
    guard signal.dims.count >= count else {
      throw .tooFewAxes(signal.dims.count, expected: count)
    }
    var axes: [Int?] = []
    for dim in signal.dims.count - count..<signal.dims.count {
      if signal.dims[dim].allSatisfy({ signal.axes[$0] == 1 && $0 != ExportedSignal.time }) {
        axes.append(signal.dims[dim].count == 1 ? signal.dims[dim][0] : nil)
        continue
      }
      guard let axis = signal.axis(of: dim), axis != ExportedSignal.batch, !axes.contains(axis)
      else {
        throw .productOfAxes(isWindow: true)
      }
      axes.append(axis)
    }
    return axes
  }
}
