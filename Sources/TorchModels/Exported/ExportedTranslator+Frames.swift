import Checkpoints
import OrderedCollections
import PlainData
import Tensors

// Frames that are cut into parts, several in one, and one again made of these: a lower rate and a higher one.
extension ExportedOperators {
  /// Calls to which it makes no difference whether an axis is time alone, or time and what is inside a frame.
  static let takesProducts: Set = [
    "view", "reshape", "flatten", "unflatten", "_unsafe_view", "view_as", "permute", "transpose",
    "swapaxes", "swapdims", "unsqueeze", "squeeze", "contiguous", "clone", "detach", "alias",
    "lift_fresh_copy", "linear", "layer_norm", "rms_norm", "matmul", "softmax", "dropout",
    "dropout_",
    "to", "_to_copy", "type_as", "stack",
  ]
}

extension ExportedTranslator {
  /// How many frames a module takes for each one that it makes.
  static func stride(
    _ type: String, _ arguments: OrderedDictionary<String, PlainValue>
  ) -> Double {
    func first(_ name: String) -> Double? {
      switch arguments[name] {
      case .int(let number): Double(number)
      case .list(let numbers):
        if case .int(let number)? = numbers.first { Double(number) } else { nil }
      default: nil
      }
    }
    if type.hasPrefix("ConvTranspose") { return 1 / max(first("stride") ?? 1, 1) }
    if type == "Upsample" { return 1 / max(first("scale_factor") ?? 1, 1) }
    if type == "PixelShuffle1d" { return 1 / max(first("upscale_factor") ?? 1, 1) }
    return max(first("stride") ?? 1, 1)
  }

  /// Makes frames of the parts of frames, where what a call takes has an axis that is both.
  mutating func rejoinFrames(of node: ExportedNode) throws(ExportedProblem) {
    let name = node.changed == nil ? node.name : String(node.name.dropLast())
    guard !ExportedOperators.takesProducts.contains(name), !ExportedOperators.isElementwise(name)
    else { return }
    let signals = Set(node.arguments.values.flatMap(\.names)).sorted().compactMap { name in
      if case .signal(let signal)? = values[name], signal.joinedDim != nil {
        (name, signal)
      } else {
        nil
      }
    }
    for (name, signal) in signals { values[name] = .signal(try rejoined(signal, node)) }
  }

  /// The clip with an axis of time alone for each that was time and something inside a frame.
  ///
  /// Such an axis has several places for each frame, one after the other: these become frames.
  mutating func rejoined(
    _ signal: ExportedSignal, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    guard let dim = signal.joinedDim else { return signal }
    let clip = try settled(signal, node)
    let inside = Array(clip.dims[dim].dropFirst())
    let factor = inside.reduce(1) { $0.times(clip.axes[$1]) }
    let others = clip.axes.indices.filter {
      $0 != ExportedSignal.batch && $0 != ExportedSignal.time && !inside.contains($0)
    }
    let time = ExportedSignal.time
    var result = try rearrangedFreely(
      clip, left: clip.axes.indices.map { [$0] }, right: [[0], others + inside, [time]], node)
    result.node = try add(
      "PixelShuffle1d", node, reading: [result], ["upscale_factor": .int(factor)])
    let frames = clip.axes[time].times(factor)
    var axes = clip.axes
    axes[time] = frames
    // Channels, time, and the axes of space again.
    let order = [[0], others.first.map { [$0] } ?? [], [time]] + others.dropFirst().map { [$0] }
    var made = clip
    made.node = result.node
    made.axes = axes
    made = try rearrangedFreely(made, left: [[0], others, [time]], right: order, node)
    made.axes = order.map { $0.reduce(1) { $0.times(axes[$1]) } }
    made.dims = clip.dims.enumerated().map { index, parts in
      index == dim
        ? [time] : parts.compactMap { part in order.firstIndex { $0.first == part } }
    }
    return made
  }

  /// Each so many frames as one, with an axis for their number behind all others.
  mutating func stacked(
    _ signal: ExportedSignal, by factor: Int, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    let clip = try settled(signal, node)
    let time = ExportedSignal.time
    guard clip.axes.count < 5, clip.axes[time].isMultiple(of: factor) else {
      throw .moreThanFiveAxes
    }
    let others = clip.axes.indices.filter { $0 != ExportedSignal.batch && $0 != time }
    var result = try rearrangedFreely(
      clip, left: clip.axes.indices.map { [$0] }, right: [[0], others, [time]], node)
    let channels = others.reduce(1) { $0.times(clip.axes[$1]) }
    guard channels.times(factor.times(factor)) <= ExportedConstants.limit else {
      throw .constants(limit: ExportedConstants.limit)
    }
    // A window of so many frames whose parts are copied.
    let path = unused(node.place.module.adding("(\(node.valueName) frames)"))
    let weight = path.adding("weight")
    weights[weight] = StoredTensor(
      path: weight,
      computed: Tensor64(
        Shape([channels * factor, 1, factor]),
        (0..<channels * factor * factor).map { $0 / factor % factor == $0 % factor ? 1 : 0 }))
    result.node = try add(
      "Conv1d", node, reading: [result],
      [
        "groups": .int(channels), "bias": .bool(false), "stride": .integers([factor]),
        "padding": .integers([0]),
      ], name: path)
    var made = clip
    made.node = result.node
    made.axes[time] /= factor
    made.axes.append(factor)
    let last = made.axes.count - 1
    return try rearrangedFreely(
      made, left: [[0], others + [last], [time]], right: made.axes.indices.map { [$0] }, node)
  }

  /// A rearrangement that leaves lengths and meaning of the axes to the caller.
  private mutating func rearrangedFreely(
    _ signal: ExportedSignal, left: [[Int]], right: [[Int]], _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    guard left != right else { return signal }
    let letters = ExportedTranslator.letters
    func text(_ groups: [[Int]]) -> String {
      groups.map { parts in
        let names = parts.map { letters[$0] }.joined(separator: " ")
        return parts.count == 1 ? names : parts.isEmpty ? "1" : "(\(names))"
      }.joined(separator: " ")
    }
    var arguments: OrderedDictionary<String, PlainValue> = [
      "pattern": .string("\(text(left)) -> \(text(right))")
    ]
    for parts in left where parts.count > 1 {
      for axis in parts.dropFirst() { arguments[letters[axis]] = .int(signal.axes[axis]) }
    }
    return try applied("Rearrange", node, signal, arguments)
  }
}

extension ExportedSignal {
  /// An axis in PyTorch that is time and what is inside a frame, the frames being the slowest; nil where there is
  /// none.
  var joinedDim: Int? {
    guard !isFlat, !isLastFrame else { return nil }
    return dims.firstIndex { parts in
      parts.first == ExportedSignal.time && parts.dropFirst().contains { axes[$0] != 1 }
    }
  }
}

// MARK: - Numbers for each frame

extension ExportedTranslator {
  /// Numbers that each frame has of its own, as tables of positions are: those of a table, frame by frame.
  ///
  /// - Parameters:
  ///   - constant: the table, with as many places along time as the clip has.
  ///   - clip: the clip that it meets, whose axes the result has.
  ///   - node: the call.
  /// - Returns: nil where it does not fit.
  /// - Throws: ``ExportedProblem`` where a tensor cannot be read.
  mutating func frameTable(
    _ constant: ExportedValue, beside clip: ExportedSignal, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal? {
    guard let shape = constant.constantShape, !clip.isFlat, !clip.isLastFrame, clip.padding == nil,
      shape.count <= clip.dims.count, let table = try read(constant)
    else { return nil }
    let missing = clip.dims.count - shape.count
    var places: [Int: Int] = [:]
    for dim in shape.indices where shape[dim] > 1 {
      guard let axis = clip.axis(of: missing + dim), axis != ExportedSignal.batch,
        clip.axes[axis] == shape[dim]
      else { return nil }
      places[axis] = dim
    }
    let time = ExportedSignal.time
    guard let own = places[time], table.shape.axes == shape else { return nil }
    let others = clip.axes.indices.filter { $0 != time && places[$0] != nil }
    var result = try applied("One", node, clip)
    for axis in clip.axes.indices
    where axis != ExportedSignal.batch && axis != time && places[axis] == nil && clip.axes[axis] > 1
    {
      result = try applied(
        "Narrow", node, result, ["dim": .int(axis), "start": .int(0), "length": .int(1)])
      result.axes[axis] = 1
    }
    result = try scaled(result, by: 0, node)
    let all = clip.axes.indices.filter { $0 != ExportedSignal.batch && $0 != time }
    var flat = try rearrangedFreely(
      result, left: result.axes.indices.map { [$0] }, right: [[0], all, [time]], node)
    let count = others.reduce(1) { $0 * clip.axes[$1] }
    let rows = table.permuted([own] + others.map { places[$0] }).reshaped(
      Shape([shape[own], count]))
    let path = path(to: "pe.pattern", called: "positions", rows, node)
    flat.node = try add(
      "RecyclingPositionalEncoding", node, reading: [flat],
      ["embed_dim": .int(count), "num_embeds": .int(shape[own]), "learned": .bool(false)],
      name: path)
    note(
      "\(node.place.description): there are numbers for \(shape[own]) frames; a longer stream takes them from "
        + "the first again")
    var made = result
    made.node = flat.node
    return try rearrangedFreely(
      made, left: [[0], all, [time]], right: result.axes.indices.map { [$0] }, node)
  }
}
