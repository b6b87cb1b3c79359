import OrderedCollections
import PlainData
import Tensors

// Axes that move, come and go; frames that are cut off.
extension ExportedOperators {
  static let moving: [String: Operation] = [
    "permute": permute, "transpose": transpose, "swapaxes": transpose, "swapdims": transpose,
    "t": transpose, "mT": matrices, "movedim": movedim, "moveaxis": movedim, "unsqueeze": unsqueeze,
    "squeeze": squeeze, "view": reshape,
    "reshape": reshape, "flatten": reshape, "unflatten": reshape, "_unsafe_view": reshape,
    "view_as": reshape, "expand": expand, "expand_as": expand, "pad": pad, "constant_pad_nd": pad,
  ]

  private static let permute: Operation = { translator, node throws(ExportedProblem) in
    let input = try translator.signal(node)
    let rank = input.dims.count
    let order = try translator.ints(node, "dims", or: []).map { $0 < 0 ? $0 + rank : $0 }
    return try input.permuted(order)
  }

  private static let transpose: Operation = { translator, node throws(ExportedProblem) in
    let input = try translator.signal(node)
    let rank = input.dims.count
    let names = node.name == "transpose" ? ["dim0", "dim1"] : ["axis0", "axis1"]
    let one = try translator.dim(node, names[0], or: 0, rank: rank)
    let other = try translator.dim(node, names[1], or: 1, rank: rank)
    var order = Array(0..<rank)
    order.swapAt(one, other)
    return try input.permuted(order)
  }

  private static let matrices: Operation = { translator, node throws(ExportedProblem) in
    let input = try translator.signal(node)
    let rank = input.dims.count
    guard rank > 1 else { throw .noAxes }
    var order = Array(0..<rank)
    order.swapAt(rank - 1, rank - 2)
    return try input.permuted(order)
  }

  private static let movedim: Operation = { translator, node throws(ExportedProblem) in
    let input = try translator.signal(node)
    let rank = input.dims.count
    let sources = try translator.ints(node, "source", or: []).map { $0 < 0 ? $0 + rank : $0 }
    let targets = try translator.ints(node, "destination", or: []).map { $0 < 0 ? $0 + rank : $0 }
    guard sources.count == targets.count, (sources + targets).allSatisfy((0..<rank).contains) else {
      throw .noSuchDim
    }
    var order = (0..<rank).filter { !sources.contains($0) }
    for (target, source) in zip(targets, sources).sorted(by: { $0.0 < $1.0 }) {
      order.insert(source, at: min(target, order.count))
    }
    return try input.permuted(order)
  }

  private static let unsqueeze: Operation = { translator, node throws(ExportedProblem) in
    var input = try translator.signal(node)
    let dim = try translator.dim(node, rank: input.dims.count + 1)
    input.dims.insert([], at: dim)
    return .signal(input)
  }

  private static let reshape: Operation = { translator, node throws(ExportedProblem) in
    let shape = translator.shape(of: node)
    let name = node.arguments.keys.first ?? "self"
    if case .unsplit(let signal, _)? = translator.value(node, name) {
      return .signal(try translator.reshaped(signal, to: shape, node))
    }
    let input = try translator.input(node)
    do throws(ExportedProblem) {
      return .signal(try translator.reshaped(input, to: shape, node))
    } catch .moreThanFiveAxes {
      // A product can take it as it is.
      return .unsplit(input, shape)
    }
  }

  private static let expand: Operation = { translator, node throws(ExportedProblem) in
    var input = try translator.signal(node)
    let (before, after) = (input.shape, translator.shape(of: node))
    guard before.count == after.count else { throw .repeatsClip }
    for dim in after.indices where before[dim] != after[dim] {
      guard before[dim] == 1,
        let axis = input.dims[dim].first(where: { input.isFlat || $0 != ExportedSignal.time }),
        axis != ExportedSignal.batch
      else { throw .repeatsClip }
      let row = Tensor64(Shape([1, after[dim]]), repeating: 1)
      input = try translator.multiplied(
        input, by: translator.named(row, node), columns: after[dim], along: axis, node)
    }
    return .signal(input)
  }

  private static let squeeze: Operation = { translator, node throws(ExportedProblem) in
    let input = try translator.signal(node)
    let rank = input.dims.count
    var dims: [Int]
    switch node["dim"] {
    case .none: dims = Array(0..<rank)
    case .int(let dim): dims = [dim]
    default: dims = try translator.ints(node, "dim", or: [])
    }
    dims = dims.map { $0 < 0 ? $0 + rank : $0 }
    let shape = input.shape
    var result = input
    for dim in Set(dims).sorted(by: >) where shape.indices.contains(dim) && shape[dim] == 1 {
      result = result.removing(dim: dim)
    }
    return .signal(result)
  }

  private static let pad: Operation = { translator, node throws(ExportedProblem) in
    let input = try translator.signal(node)
    let pad = try translator.ints(node, "pad", or: [])
    var mode = "constant"
    if case .string(let text) = node["mode"] { mode = text }
    let value = mode == "constant" ? translator.double(node, "value", or: 0) : 0
    guard value != 0 else { return .signal(try translator.padded(input, pad, mode, node)) }
    guard value.isFinite else { throw .padsWithOthers }
    // What is padded with another number is the distance from it, padded with zeros.
    let distance = try translator.applied("Add", node, input, ["constant": .double(-value)])
    let padded = try translator.padded(distance, pad, mode, node)
    return try translator.same(
      "Add", node, try translator.settled(padded, node), ["constant": .double(value)])
  }
}

extension ExportedTranslator {
  /// A clip with something put around it, or cut where that is less than nothing.
  mutating func padded(
    _ signal: ExportedSignal, _ pad: [Int], _ mode: String, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    var input = signal
    let rank = input.dims.count
    let pairs = (0..<pad.count / 2).map {
      (dim: rank - 1 - $0, ends: Array(pad[2 * $0...2 * $0 + 1]))
    }
    guard pairs.allSatisfy({ $0.dim >= 0 || $0.ends == [0, 0] }) else {
      throw .channelsOrBatch(.pads)
    }
    for (dim, ends) in pairs where ends.contains(where: { $0 < 0 }) {
      let length = input.shape[dim] + min(ends[0], 0) + min(ends[1], 0)
      input = try part(input, dim, max(-ends[0], 0), length, node)
    }
    let longer = pairs.filter { $0.ends.contains { $0 > 0 } }
    // An axis of length one that was put in, or one that is a product, becomes one of the clip.
    if longer.contains(where: { input.axis(of: $0.dim) ?? 0 < ExportedSignal.time }) {
      input = try separated(input, node)
    }
    if longer.contains(where: { input.axis(of: $0.dim) == ExportedSignal.channels }) {
      input = try withoutChannels(input, node)
    }
    var ends: [Int: [Int]] = [:]
    for (dim, pair) in longer {
      guard let axis = input.axis(of: dim), axis >= ExportedSignal.time else {
        throw .channelsOrBatch(.pads)
      }
      ends[axis] = pair.map { max($0, 0) }
    }
    if ends.isEmpty { return input }
    for (axis, pair) in ends { input.axes[axis] = input.axes[axis].plus(pair[0].plus(pair[1])) }
    input.padding = .init(ends: ends, mode: mode == "constant" ? "zeros" : mode)
    return input
  }

  /// The clip with what is its channels as an axis of space.
  mutating func withoutChannels(
    _ signal: ExportedSignal, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    let others = signal.axes.indices.dropFirst(ExportedSignal.time + 1)
    let first = others.first
    let order: [[Int]] =
      [[ExportedSignal.batch], first.map { [$0] } ?? [], [ExportedSignal.time]]
      + others.dropFirst().map { [$0] } + [[ExportedSignal.channels]]
    return try rearranged(signal, to: order, node)
  }
}

extension ExportedSignal {
  /// The same with its axes in another order.
  fileprivate func permuted(_ order: [Int]) throws(ExportedProblem) -> ExportedValue {
    guard order.sorted() == Array(dims.indices) else {
      throw .order(order, axes: dims.count)
    }
    var result = self
    result.dims = order.map { dims[$0] }
    return .signal(result)
  }
}

extension ExportedTranslator {
  /// A clip without its last frames.
  mutating func cut(
    _ input: ExportedSignal, by frames: Int, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    var result = input
    result.axes[ExportedSignal.time] -= frames
    if let padding = input.padding {
      // What was put behind the clip is put there no more.
      var ends = padding.ends
      guard padding.mode == "zeros", let time = ends[ExportedSignal.time], time[1] >= frames else {
        return try cut(try settled(input, node), by: frames, node)
      }
      ends[ExportedSignal.time] = [time[0], time[1] - frames]
      result.padding?.ends = ends
      return result
    }
    if shortened(input, by: frames) { return result }
    result.node = try add(
      "Delay", node, reading: [input],
      ["delay": .int(frames), "auto_shrink": .string("lagging")])
    return result
  }

  /// Whether the frames that are cut off were made of padding, and are not made any more.
  ///
  /// Then the convolution is padded less, and what it yields is not held back. A transposed convolution
  /// crops them itself.
  fileprivate mutating func shortened(_ signal: ExportedSignal, by frames: Int) -> Bool {
    guard signal.isInOrder,
      let index = modules.firstIndex(where: { $0.wiring?.id == signal.node }),
      users(of: signal.node) == 1, modules[index].type.hasPrefix("Conv"),
      case .list(var padding)? = modules[index].arguments["padding"],
      case .list(let strides)? = modules[index].arguments["stride"], let first = padding.first
    else { return false }
    var ends: [Int]
    switch first {
    case .int(let both): ends = [both, both]
    case .list(let pair):
      ends = pair.compactMap { if case .int(let number) = $0 { number } else { nil } }
    default: return false
    }
    guard ends.count == 2 else { return false }
    if modules[index].type.hasPrefix("ConvTranspose") {
      ends[1] += frames
    } else {
      guard strides.first == .int(1), ends[1] >= frames,
        modules[index].arguments["padding_mode"] ?? .string("zeros") == .string("zeros")
      else { return false }
      ends[1] -= frames
    }
    padding[0] = .integers(ends)
    modules[index].arguments["padding"] = .list(padding)
    return true
  }

  /// The number of calls that read what a node makes, but for those that only give it another name.
  private func users(of id: String) -> Int {
    let names = namesOfNodes[id] ?? []
    return names.reduce(0) { $0 + (use.readerCounts[$1] ?? 0) } - (names.count - 1)
  }

  /// The same numbers with axes split and joined.
  mutating func reshaped(
    _ input: ExportedSignal, to shape: [Int], _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    if input.axes.count == 5, !input.isFlat,
      input.axes[ExportedSignal.channels] == 1 || input.axes.dropFirst(3).contains(1)
    {
      // One more axis can be needed: those of length one give way.
      let short = try compacted(input, node)
      if short.axes.count < 5 { return try reshaped(short, to: shape, node) }
    }
    let before = input.shape
    guard before != shape else { return input }
    guard !shape.isEmpty, before.reduce(1, { $0.times($1) }) == shape.reduce(1, { $0.times($1) })
    else {
      throw .reshapes(before, to: shape)
    }
    var result = input
    var splits: [(axis: Int, sizes: [Int])] = []
    var parts: [[Part]] = []
    for (inside, outside) in ExportedTranslator.groups(before, shape) {
      let sizes = outside.map { shape[$0] }
      let factors = inside.flatMap { input.dims[$0] }
      parts += try ExportedTranslator.distributed(factors, of: input.axes, over: sizes, &splits)
    }
    parts = ExportedTranslator.withBatchAlone(parts, of: input.axes)
    guard splits.isEmpty else { return try splitFrames(input, splits, parts, node) }
    result.dims = parts.map { $0.map(\.axis) }
    return result
  }

  /// Axes of PyTorch where a batch of one leaves a product for the axis of length one in front of it, as it does
  /// in `y.view(B, W, C)` of (B W, C).
  private static func withBatchAlone(_ parts: [[Part]], of axes: [Int]) -> [[Part]] {
    let batch = Part(axis: ExportedSignal.batch)
    guard axes[ExportedSignal.batch] == 1,
      let product = parts.firstIndex(where: { $0.count > 1 && $0.first == batch }),
      product > 0, parts[product - 1].isEmpty
    else { return parts }
    var result = parts
    result[product - 1] = [result[product].removeFirst()]
    return result
  }

  /// The clip without axes of space that have length one, nor channels where there is space.
  private mutating func compacted(
    _ signal: ExportedSignal, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    var space = signal.axes.indices.dropFirst(3).filter { signal.axes[$0] != 1 }
    var channels = [ExportedSignal.channels]
    if signal.axes[ExportedSignal.channels] == 1, !space.isEmpty {
      channels = [space.removeFirst()]
    }
    return try rearranged(
      signal, to: [[ExportedSignal.batch], channels, [ExportedSignal.time]] + space.map { [$0] },
      node)
  }

  /// An axis of the clip, or one of the parts that it is split into.
  private struct Part: Hashable {
    let axis: Int
    var part: Int?
  }

  /// Lays factors one after the other into axes of given sizes; one that is too long is split.
  private static func distributed(
    _ factors: [Int], of axes: [Int], over sizes: [Int],
    _ splits: inout [(axis: Int, sizes: [Int])]
  ) throws(ExportedProblem) -> [[Part]] {
    // An axis of length one that is in no other any more.
    guard !sizes.isEmpty else { return [] }
    var result = [[Part]](repeating: [], count: sizes.count)
    var filled = [Int](repeating: 1, count: sizes.count)
    var place = 0
    for axis in factors {
      var rest = axes[axis]
      if rest > 1 { while place < sizes.count - 1, filled[place] == sizes[place] { place += 1 } }
      if sizes[place] % (filled[place] * max(rest, 1)) == 0 {
        result[place].append(Part(axis: axis))
        filled[place] *= rest
        continue
      }
      guard axis > ExportedSignal.batch else { throw .splits(isTime: false, into: sizes) }
      var split: [Int] = []
      while rest > 1 {
        guard place < sizes.count else { throw .splitsAcross(axes, into: sizes) }
        // What is left of this place, or of the axis if that is less.
        let room = sizes[place] / max(filled[place], 1)
        let size = rest.isMultiple(of: room) ? room : rest
        guard room > 1, room.isMultiple(of: size) else {
          throw axis == ExportedSignal.time
            ? .splits(isTime: true, into: sizes) : .splitsAcross(axes, into: sizes)
        }
        result[place].append(Part(axis: axis, part: split.count))
        split.append(size)
        filled[place] *= size
        rest /= size
        if rest > 1 { place += 1 }
      }
      splits.append((axis, split))
    }
    return result
  }

  /// Makes several axes of one, where that is time several frames of one first.
  private mutating func splitFrames(
    _ input: ExportedSignal, _ splits: [(axis: Int, sizes: [Int])], _ parts: [[Part]],
    _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    guard let index = splits.firstIndex(where: { $0.axis == ExportedSignal.time }) else {
      return try split(input, splits, parts, node)
    }
    let sizes = splits[index].sizes.dropFirst()
    let factor = sizes.reduce(1) { $0.times($1) }
    var result = try stacked(input, by: factor, node)
    let inside = result.axes.count - 1
    var others = splits
    others.remove(at: index)
    if sizes.count > 1 { others.append((inside, Array(sizes))) }
    let moved = parts.map { dim in
      dim.map { entry in
        guard entry.axis == ExportedSignal.time, let part = entry.part else { return entry }
        if part == 0 { return Part(axis: ExportedSignal.time) }
        return sizes.count > 1 ? Part(axis: inside, part: part - 1) : Part(axis: inside)
      }
    }
    guard others.isEmpty else { return try split(result, others, moved, node) }
    result.dims = moved.map { $0.map(\.axis) }
    return result
  }

  /// Makes several axes of one, by a node.
  private mutating func split(
    _ input: ExportedSignal, _ splits: [(axis: Int, sizes: [Int])], _ parts: [[Part]],
    _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    let letters = ExportedTranslator.letters
    var sizes: OrderedDictionary<String, PlainValue> = [:]
    var left: [String] = []
    var right: [(name: String, axis: Int, part: Int?)] = []
    for axis in input.axes.indices {
      let name = letters[axis]
      guard let split = splits.first(where: { $0.axis == axis }) else {
        left.append(name)
        right.append((name, axis, nil))
        continue
      }
      let names = split.sizes.indices.map { "\(name)\($0)" }
      left.append("(\(names.joined(separator: " ")))")
      for (part, name) in names.enumerated() {
        if part > 0 { sizes[name] = .int(split.sizes[part]) }
        right.append((name, axis, part))
      }
    }
    // Batch, one that is the channels, time, then all others.
    let others = right.filter { $0.axis != ExportedSignal.batch && $0.axis != ExportedSignal.time }
    guard let channels = others.first, right.count <= 5 else {
      throw .moreThanFiveAxes
    }
    let order =
      [right[0], channels] + right.filter { $0.axis == ExportedSignal.time } + others.dropFirst()
    var arguments: OrderedDictionary<String, PlainValue> = [
      "pattern": .string(
        "\(left.joined(separator: " ")) -> \(order.map(\.name).joined(separator: " "))")
    ]
    arguments.merge(sizes) { first, _ in first }
    var result = input
    result.node = try add("Rearrange", node, reading: [input], arguments)
    result.axes = order.map { entry in
      entry.part.map { part in
        splits.first { $0.axis == entry.axis }?.sizes[part] ?? 1
      } ?? input.axes[entry.axis]
    }
    result.dims = parts.map { dim in
      dim.compactMap { entry in
        order.firstIndex { $0.axis == entry.axis && $0.part == entry.part }
      }
    }
    return result
  }

  /// Which axes of one shape become which of another: the smallest groups of equal product.
  static func groups(
    _ before: [Int], _ after: [Int]
  ) -> [(inside: [Int], outside: [Int])] {
    var groups: [(inside: [Int], outside: [Int])] = []
    var (i, j) = (0, 0)
    while i < before.count || j < after.count {
      // An axis of length one that the other side lacks goes or comes alone.
      if i < before.count, j >= after.count || (before[i] == 1 && after[j] != 1) {
        groups.append(([i], []))
        i += 1
        continue
      }
      if j < after.count, i >= before.count || (after[j] == 1 && before[i] != 1) {
        groups.append(([], [j]))
        j += 1
        continue
      }
      var (left, right) = (before[i], after[j])
      var group = (inside: [i], outside: [j])
      (i, j) = (i + 1, j + 1)
      while left != right {
        if left < right {
          guard i < before.count else { break }
          left *= before[i]
          group.inside.append(i)
          i += 1
        } else {
          guard j < after.count else { break }
          right *= after[j]
          group.outside.append(j)
          j += 1
        }
      }
      groups.append(group)
    }
    return groups
  }
}
