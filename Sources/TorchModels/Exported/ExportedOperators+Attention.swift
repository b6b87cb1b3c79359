import Checkpoints
import OrderedCollections
import PlainData
import Tensors

// Attention: frames that are compared with frames.
extension ExportedOperators {
  static let attention: [String: Operation] = [
    "scaled_dot_product_attention": { translator, node throws(ExportedProblem) in
      let (query, key) = (try translator.signal(node, "query"), try translator.signal(node, "key"))
      var scores = try ExportedScores(query, key, transposed: false)
      scores.scale = translator.double(
        node, "scale", or: 1 / Double(max(query.shape.last ?? 1, 1)).squareRoot())
      scores.isNormed = true
      if translator.bool(node, "is_causal", or: false) { scores.window = scores.frames }
      if translator.value(node, "attn_mask") != nil {
        scores = try translator.masked(scores, by: translator.operand(node, "attn_mask"))
      }
      return .signal(
        try translator.attended(scores, to: try translator.signal(node, "value"), node))
    }
  ]
}

extension ExportedTranslator {
  /// Scores of which some do not count, where that is what comes later, or is long past.
  func masked(
    _ scores: ExportedScores, by mask: ExportedValue
  ) throws(ExportedProblem) -> ExportedScores {
    guard let numbers = try read(mask), !scores.isNormed || scores.window == nil,
      numbers.shape.rank >= 2, numbers.shape.axes.dropLast(2).allSatisfy({ $0 == 1 }),
      numbers.shape.axes.suffix(2) == [scores.frames, scores.frames]
    else { throw .masks }
    var isFlags = false
    if case .tensor(let name, _) = mask { isFlags = tensors[name]?.scalarType == .bool }
    let frames = scores.frames
    // Flags say what counts; numbers are added, and what does not count is far below all others.
    let counts = numbers.scalars.map { isFlags ? $0 != 0 : $0 > -1e4 }
    guard isFlags || zip(numbers.scalars, counts).allSatisfy({ $1 ? $0 == 0 : true }) else {
      throw .masks
    }
    /// How many frames the last one attends to.
    let window = (0..<frames).count { counts[(frames - 1) * frames + $0] }
    let isBand = (0..<frames).allSatisfy { query in
      (0..<frames).allSatisfy { key in
        counts[query * frames + key] == (key <= query && key + window > query)
      }
    }
    var result = scores
    if counts.allSatisfy(\.self) { return result }
    guard isBand, window > 0 else { throw .masks }
    result.window = window
    return result
  }

  /// What frames find in others: (…, T, d) of the same axes as the queries.
  mutating func attended(
    _ scores: ExportedScores, to value: ExportedSignal, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    let rank = scores.query.dims.count
    guard scores.isNormed, value.dims.count == rank, !value.isFlat, !value.isLastFrame,
      value.axis(of: rank - 2) == ExportedSignal.time, scores.key.shape == scores.query.shape,
      value.shape.dropLast() == scores.query.shape.dropLast(), let size = scores.query.shape.last,
      let valueSize = value.shape.last
    else { throw .operand(.compared) }
    var clips: [ExportedSignal] = []
    for signal in [scores.query, scores.key, value] { clips.append(try channels(signal, node)) }
    let heads = clips[0].axes[ExportedSignal.channels] / max(size, 1)
    guard
      case .signal(let joined) = try joined(
        clips, "Reduce", node, ["reduce": .string("concat")], addingChannels: true)
    else { throw .operand(.compared) }
    var arguments: OrderedDictionary<String, PlainValue> = [
      "num_heads": .int(heads), "key_size": .int(size), "value_size": .int(valueSize),
      "sequence_len": .int(scores.window ?? scores.frames),
      "is_causal": .bool(scores.window != nil),
    ]
    if scores.scale != 1 / Double(size).squareRoot() { arguments["scale"] = .double(scores.scale) }
    if scores.window == scores.frames {
      let note =
        "attention sees all frames before: streams remember the last \(scores.frames), the length of the "
        + "example, and in longer clips a frame sees no more than these"
      if !notes.contains(note) { notes.append(note) }
    }
    var result = joined
    result.node = try add("DotProductAttention", node, reading: [joined], arguments)
    result.axes[ExportedSignal.channels] = heads.times(valueSize)
    // Back to the axes of the queries: heads where they were.
    result.dims = [[ExportedSignal.batch], [ExportedSignal.time], [ExportedSignal.channels]]
    let batch = result.axes[ExportedSignal.batch]
    result = try reshaped(result, to: [batch, scores.frames, heads, valueSize], node)
    let dims = result.dims
    if rank == 4 {
      result.dims = [dims[0], dims[2], dims[1], dims[3]]
    } else {
      result.dims = [dims[0] + dims[2], dims[1], dims[3]]
    }
    return result
  }

  /// A clip (…, T, d) as (B, heads d, T); the heads can be a part of the batch's axis, or be their own.
  private mutating func channels(
    _ signal: ExportedSignal, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    let rank = signal.dims.count
    // A batch of one may be in no axis.
    let isInAny = signal.dims.joined().contains(ExportedSignal.batch)
    guard !isInAny || signal.dims[0].first == ExportedSignal.batch else {
      throw .operand(.compared)
    }
    let heads = signal.dims[0].dropFirst(isInAny ? 1 : 0) + signal.dims[1..<rank - 2].joined()
    let features = (heads + signal.dims[rank - 1]).filter { signal.axes[$0] != 1 }
    guard !features.contains(ExportedSignal.time), !features.contains(ExportedSignal.batch) else {
      throw .operand(.compared)
    }
    var clip = signal
    clip.dims = [[ExportedSignal.batch], features, [ExportedSignal.time]]
    clip = try rearranged(
      clip, to: [[ExportedSignal.batch], features, [ExportedSignal.time]], node)
    clip.dims = [[ExportedSignal.batch], [ExportedSignal.channels], [ExportedSignal.time]]
    return clip
  }
}
