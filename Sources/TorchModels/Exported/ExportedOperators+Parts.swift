import OrderedCollections
import PlainData
import Tensors

// Parts of a clip: some of its channels, some places of space, all frames but some at its ends, or the
// last frame alone.
extension ExportedOperators {
  static let parts: [String: Operation] = [
    "select": select, "slice": slice, "narrow": narrow, "chunk": chunk, "split": split,
    "unsafe_chunk": chunk, "unsafe_split": split, "unsafe_split_with_sizes": splitWithSizes,
    "split_with_sizes": splitWithSizes, "tensor_split": tensorSplit, "unbind": unbind,
  ]

  private static let select: Operation = { translator, node throws(ExportedProblem) in
    let index = try translator.int(node, "index", or: 0)
    if case .states(let last, let count)? = translator.value(node, "self") {
      let dim = try translator.dim(node, rank: last.dims.count)
      guard dim == 0, index == -1 || index == count - 1 else {
        throw .unusable(as: nil, .lastState)
      }
      return .signal(last.removing(dim: 0))
    }
    let input = try translator.signal(node)
    let dim = try translator.dim(node, rank: input.dims.count)
    let length = input.shape[dim]
    if length == 1 { return .signal(input.removing(dim: dim)) }
    let place = index < 0 ? index + length : index
    guard (0..<length).contains(place) else { throw .axis("index", found: index, rank: length) }
    if input.axis(of: dim) == ExportedSignal.time {
      guard place == length - 1 else { throw .takesOneFrame }
      return .signal(try input.lastFrame(dim).removing(dim: dim))
    }
    return .signal(try translator.part(input, dim, place, 1, node).removing(dim: dim))
  }

  private static let slice: Operation = { translator, node throws(ExportedProblem) in
    if case .states(let last, let count)? = translator.value(node, "self") {
      let start = try translator.int(node, "start", or: 0)
      guard try translator.dim(node, or: 0, rank: last.dims.count) == 0, node["end"].isLeftOut,
        start == -1 || start == count - 1
      else { throw .unusable(as: nil, .lastState) }
      return .signal(last)
    }
    let input = try translator.signal(node)
    let dim = try translator.dim(node, or: 0, rank: input.dims.count)
    let length = input.shape[dim]
    let first = try translator.int(node, "start", or: 0)
    let start = ExportedTranslator.place(first, within: length)
    let end = ExportedTranslator.place(
      try translator.int(node, "end", or: .max), within: length)
    let step = try translator.int(node, "step", or: 1)
    guard step > 0 else { throw .takesSomePlaces }
    if first < 0, end == length, length > 1, input.axis(of: dim) == ExportedSignal.time {
      // Counted from the end: the frames that are left out are more in a longer clip, unless the number was
      // calculated of the length.
      if start == length - 1 { return .signal(try input.lastFrame(dim)) }
      translator.note(
        "\(node.place.description): the last \(length - start) of \(length) frames are read as all but the "
          + "first \(start)")
    }
    let part = try translator.part(input, dim, start, end - start, node)
    return .signal(try translator.every(step, of: part, dim, node))
  }

  private static let narrow: Operation = { translator, node throws(ExportedProblem) in
    let input = try translator.signal(node)
    let dim = try translator.dim(node, rank: input.dims.count)
    let start = try translator.int(node, "start", or: 0)
    return .signal(
      try translator.part(
        input, dim, start < 0 ? start + input.shape[dim] : start,
        try translator.int(node, "length", or: 0), node))
  }

  private static let chunk: Operation = { translator, node throws(ExportedProblem) in
    try translator.parts(node) { arguments, length throws(ExportedProblem) in
      let count = max(try arguments.int(node, "chunks", or: 1), 1)
      let size = max((length - 1) / count + 1, 1)
      return stride(from: 0, to: length, by: size).map { min(size, length - $0) }
    }
  }

  private static let split: Operation = { translator, node throws(ExportedProblem) in
    try translator.parts(node) { arguments, length throws(ExportedProblem) in
      let size = try arguments.int(node, "split_size", or: length)
      guard size > 0 else { throw .kind("split_size", expected: .integer) }
      return stride(from: 0, to: length, by: size).map { min(size, length - $0) }
    }
  }

  private static let splitWithSizes: Operation = { translator, node throws(ExportedProblem) in
    try translator.parts(node) { arguments, _ throws(ExportedProblem) in
      try arguments.ints(node, "split_sizes", or: [])
    }
  }

  private static let tensorSplit: Operation = { translator, node throws(ExportedProblem) in
    try translator.parts(node) { arguments, length throws(ExportedProblem) in
      if case .ints = node["indices"] {
        let ends = try arguments.ints(node, "indices", or: []) + [length]
        return zip(ends, [0] + ends).map { $0 - $1 }
      }
      // The first ones are longer by one where it does not come out even.
      let count = try arguments.int(node, "sections", or: 1)
      guard (1...length).contains(count) else { throw .kind("sections", expected: .integer) }
      return (0..<count).map { length / count + ($0 < length % count ? 1 : 0) }
    }
  }

  private static let unbind: Operation = { translator, node throws(ExportedProblem) in
    let dim = try translator.dim(node, or: 0, rank: try translator.signal(node).dims.count)
    let parts = try translator.parts(node) { [Int](repeating: 1, count: $1) }
    guard case .several(let values) = parts else { return parts }
    return .several(
      values.map { value in
        if case .signal(let signal) = value { .signal(signal.removing(dim: dim)) } else { value }
      })
  }
}

extension ExportedTranslator {
  /// Some neighbours along an axis of PyTorch.
  mutating func part(
    _ input: ExportedSignal, _ dim: Int, _ start: Int, _ length: Int, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    let whole = input.shape[dim]
    guard length > 0, start >= 0, start <= whole - length else {
      throw .takesNothing(from: start, count: length, of: whole)
    }
    if length == whole { return input }
    var input = input
    if input.padding != nil, input.axis(of: dim) != ExportedSignal.time || start > 0 {
      input = try settled(input, node)
    }
    let clip =
      input.axis(of: dim) == nil && !input.isFlat
      ? try withChannels(input, dim: dim, node) : input
    guard let axis = clip.axis(of: dim), axis != ExportedSignal.batch else {
      throw .takesPartOfBatch
    }
    if axis == ExportedSignal.time, !clip.isFlat {
      let behind = whole - start - length
      let result = behind > 0 ? try cut(clip, by: behind, node) : clip
      return start > 0 ? try skipping(result, start, node) : result
    }
    var result = clip
    result.node = try add(
      "Narrow", node, reading: [clip],
      ["dim": .int(axis), "start": .int(start), "length": .int(length)])
    result.axes[axis] = length
    return result
  }

  /// Each so many-th place along an axis: a pool of one place with a stride.
  fileprivate mutating func every(
    _ step: Int, of input: ExportedSignal, _ dim: Int, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    guard step > 1, input.shape[dim] > 1 else { return input }
    let clip = try settled(input, node)
    guard let axis = clip.axis(of: dim), axis >= ExportedSignal.time, !clip.isFlat,
      clip.axes.count <= 5
    else { throw .takesSomePlaces }
    let strides = clip.axes.indices.dropFirst(2).map { $0 == axis ? step : 1 }
    var result = clip
    result.node = try add(
      "MaxPool\(strides.count)d", node, reading: [clip],
      [
        "kernel_size": .integers(strides.map { _ in 1 }), "stride": .integers(strides),
      ])
    result.axes[axis] = (clip.axes[axis] - 1) / step + 1
    return result
  }

  /// Says something once.
  mutating func note(_ text: String) {
    if !notes.contains(text) { notes.append(text) }
  }

  /// A clip without its first frames.
  private mutating func skipping(
    _ input: ExportedSignal, _ frames: Int, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    var result = input
    result.axes[ExportedSignal.time] -= frames
    result.node = try add("Skip", node, reading: [input], ["steps": .int(frames)])
    return result
  }

  /// An axis cut into parts, of which those that nobody reads make no node.
  fileprivate mutating func parts(
    _ node: ExportedNode,
    _ sizes: (_ arguments: ExportedTranslator, _ length: Int) throws(ExportedProblem) -> [Int]
  ) throws(ExportedProblem) -> ExportedValue {
    let input = try signal(node)
    let dim = try dim(node, or: 0, rank: input.dims.count)
    let sizes = try sizes(self, input.shape[dim])
    guard sizes.count > 1 else { return .several([.signal(input)]) }
    guard input.axis(of: dim) != ExportedSignal.time || input.isFlat else {
      throw .splits(isTime: true, into: Array(sizes.prefix(8)))
    }
    var values: [ExportedValue] = []
    var start = 0
    for (index, size) in sizes.enumerated() {
      let isRead = index < node.outputs.count && node.outputs[index].map(isRead) ?? false
      values.append(isRead ? .signal(try part(input, dim, start, size, node)) : .unknown)
      start = start.plus(size)
    }
    return .several(values)
  }

  /// Whether a call that is needed reads a value, or it is an output.
  func isRead(_ name: String) -> Bool {
    use.readerCounts[name] != nil || graph.outputs.contains(name)
  }
}

extension ExportedSignal {
  /// The last frame of the clip; the axis of time stays, and has length one.
  fileprivate func lastFrame(_ dim: Int) throws(ExportedProblem) -> ExportedSignal {
    guard padding == nil else { throw .padded }
    var result = self
    result.dims[dim] = dims[dim].filter { $0 != ExportedSignal.time }
    result.isLastFrame = true
    return result
  }
}

extension ExportedArgument {
  /// Whether it is the default: none, or the end of an axis of any length.
  fileprivate var isLeftOut: Bool {
    switch self {
    case .none: true
    case .int(let number): number == .max
    default: false
    }
  }
}
