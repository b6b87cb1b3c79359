import Checkpoints
import OrderedCollections
import PlainData
import Tensors

// Attention: frames that are compared with frames.
extension ExportedOperators {
  static let attention: [String: Operation] = [
    "scaled_dot_product_attention": { translator, node throws(ExportedProblem) in
      let (query, key) = (try translator.signal(node, "query"), try translator.signal(node, "key"))
      var scores = try ExportedScores(
        query, key, transposed: false, isStill: translator.isStill)
      scores.scale = translator.double(
        node, "scale", or: 1 / Double(max(query.shape.last ?? 1, 1)).squareRoot())
      scores.isNormed = true
      if translator.bool(node, "is_causal", or: false) { scores.window = scores.frames }
      if translator.value(node, "attn_mask") != nil {
        scores = try translator.masked(scores, by: translator.operand(node, "attn_mask"), node)
      }
      return .signal(
        try translator.attended(scores, to: try translator.signal(node, "value"), node))
    }
  ]
}

extension ExportedTranslator {
  /// Scores to which a mask was added, or something else.
  mutating func masked(
    _ scores: ExportedScores, by mask: ExportedValue, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedScores {
    if case .signal(let term) = mask { return try adding(term, to: scores) }
    guard isStill else { return try adding(numbers: mask, to: scores, node) }
    do throws(ExportedProblem) {
      return try banded(scores, by: mask, node)
    } catch .masks {
      return try adding(mask, to: scores, node)
    }
  }

  /// Scores to which numbers are added, one for each query and key.
  private func adding(
    numbers mask: ExportedValue, to scores: ExportedScores, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedScores {
    guard let numbers = try read(mask) else { throw .masks }
    let isFlags = hasFlags(node)
    return try adding(
      Tensor64(
        numbers.shape,
        isFlags ? numbers.scalars.map { $0 != 0 ? 0 : -.infinity } : numbers.scalars), to: scores)
  }

  /// Scores to which numbers are added, minus infinity where a key does not count.
  private func adding(
    _ numbers: Tensor64, to scores: ExportedScores
  ) throws(ExportedProblem) -> ExportedScores {
    let frames = scores.frames
    let axes = [Int](repeating: 1, count: max(3 - numbers.shape.rank, 0)) + numbers.shape.axes
    let heads = axes[axes.count - 3]
    guard numbers.shape.rank >= 1, axes.dropLast(3).allSatisfy({ $0 == 1 }),
      axes.suffix(2).allSatisfy({ $0 == 1 || $0 == frames }),
      heads == 1 || scores.query.dims.count == 4 && scores.query.shape[1] == heads
    else { throw .masks }
    let before = scores.addend
    let target = Shape([max(heads, before?.shape[0] ?? 1), frames, frames])
    guard heads == 1 || before?.shape[0] ?? 1 == 1 || before?.shape[0] == heads,
      target.count <= ExportedConstants.limit
    else { throw .masks }
    let own = try numbers.reshaped(Shape(axes.suffix(3))).spread(to: target)
    let old = try before?.spread(to: target)
    var result = scores
    result.addend =
      old.map { Tensor64(target, zip($0.scalars, own.scalars).map { $0 + $1 }) } ?? own
    return result
  }

  /// Scores of which those under a mask are a number far below all others.
  mutating func filled(
    _ scores: ExportedScores, under mask: ExportedValue, with value: Double,
    isOutside: Bool = false,
    _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedScores {
    guard let flags = try read(mask), value < -1e4, !scores.isNormed else { throw .masks }
    let counts = flags.scalars.map { ($0 != 0) == isOutside }
    let numbers = Tensor64(flags.shape, counts.map { $0 ? 0 : -.infinity })
    guard isStill else { return try adding(numbers, to: scores) }
    // As the mask of the call is read: flags of what counts, or numbers that are added.
    let mask = hasFlags(node) ? Tensor64(flags.shape, counts.map { $0 ? 1 : 0 }) : numbers
    return try masked(scores, by: .constant(mask), node)
  }

  /// Whether a call takes flags, which say what counts.
  private func hasFlags(_ node: ExportedNode) -> Bool {
    node.arguments.values.flatMap(\.names).contains(where: graph.flags.contains)
  }

  /// Scores whose numbers that are added became a window of frames before each, and a number for each place in it.
  private func windowed(
    _ scores: ExportedScores
  ) throws(ExportedProblem) -> (scores: ExportedScores, bias: [[Double]]) {
    guard let addend = scores.addend else { return (scores, []) }
    let frames = scores.frames
    let isCausal = scores.window != nil
    func number(_ head: Int, _ query: Int, _ key: Int) -> Double {
      isCausal && key > query
        ? -.infinity : addend.scalars[(head * frames + query) * frames + key]
    }
    func counts(_ head: Int, _ query: Int, _ key: Int) -> Bool { number(head, query, key) > -1e4 }
    let heads = 0..<addend.shape[0]
    let all = 0..<frames
    let seesAhead = heads.contains { head in
      all.contains { query in (query + 1..<frames).contains { counts(head, query, $0) } }
    }
    let window = all.count { counts(0, frames - 1, $0) }
    let bias = heads.map { head in
      (0..<max(window, 1)).map { number(head, frames - 1, frames - 1 - $0) }
    }
    guard !seesAhead else {
      let seesAll = heads.allSatisfy { head in
        all.allSatisfy { query in all.allSatisfy { counts(head, query, $0) } }
      }
      throw seesAll ? .attendsToAll : .attendsAhead
    }
    let isWindow =
      window > 0
      && heads.allSatisfy { head in
        all.allSatisfy { query in
          (0...query).allSatisfy { key in
            let isSeen = key + window > query
            guard counts(head, query, key) == isSeen else { return false }
            let wanted = isSeen ? bias[head][query - key] : 0
            return !isSeen || abs(number(head, query, key) - wanted) <= 1e-6 * max(1, abs(wanted))
          }
        }
      }
    guard isWindow else { throw .masks }
    var result = scores
    result.window = window
    result.addend = nil
    return (result, bias.joined().allSatisfy { $0 == 0 } ? [] : bias)
  }

  /// Scores to which something is added that depends on the clip, as positions do that are relative.
  private func adding(
    _ term: ExportedSignal, to scores: ExportedScores
  ) throws(ExportedProblem) -> ExportedScores {
    guard isStill, !scores.isNormed, term.shape == scores.shape else { throw .masks }
    var result = scores
    result.added.append((term, 1))
    return result
  }

  /// Scores to which numbers are added, one for each query and key.
  private mutating func adding(
    _ mask: ExportedValue, to scores: ExportedScores, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedScores {
    guard var numbers = try read(mask) else { throw .masks }
    let isFlags = hasFlags(node)
    // What does not count is far below all others, and yet a number, of which a part is zero.
    let least = -1e30
    numbers = Tensor64(
      numbers.shape, numbers.scalars.map { isFlags ? ($0 != 0 ? 0 : least) : max($0, least) })
    let rank = scores.query.dims.count
    let zeros = Tensor64(
      Shape([scores.query.shape[rank - 1], scores.frames]), repeating: 0)
    let none = try multiplied(
      scores.query, dim: rank - 1, by: .constant(zeros), rows: 0, columns: 1, node)
    guard
      case .signal(let term) = try combined(none, .constant(numbers), isSum: true, node),
      term.shape == scores.shape
    else { throw .masks }
    var result = scores
    result.added.append((term, 1))
    return result
  }

  /// Scores of which some do not count, where that is what comes later, or is long past.
  private func banded(
    _ scores: ExportedScores, by mask: ExportedValue, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedScores {
    guard let numbers = try read(mask), !scores.isNormed || scores.window == nil,
      numbers.shape.rank >= 2, numbers.shape.axes.dropLast(2).allSatisfy({ $0 == 1 }),
      numbers.shape.axes.suffix(2) == [scores.frames, scores.frames]
    else { throw .masks }
    let isFlags = hasFlags(node)
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
      isStill || value.axis(of: rank - 2) == ExportedSignal.time,
      scores.key.shape == scores.query.shape,
      value.shape.dropLast() == scores.query.shape.dropLast(), let valueSize = value.shape.last
    else { throw .operand(.compared) }
    var (scores, bias) = try windowed(try extended(scores, node))
    if isStill { scores.addend = nil }
    let size = scores.query.shape.last ?? 1
    var clips: [ExportedSignal] = []
    let second = scores.relative.map { [$0.query] } ?? []
    for signal in [scores.query, scores.key, value] + second {
      clips.append(try channels(signal, node))
    }
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
    var path: String?
    if !bias.isEmpty {
      guard bias.count == 1 || bias.count == heads else { throw .masks }
      let numbers = (0..<heads).flatMap { bias[bias.count == 1 ? 0 : $0] }
      path = self.path(
        to: "relative_bias", called: "bias",
        Tensor64(Shape([heads, numbers.count / max(heads, 1)]), numbers), node)
      arguments["relative_bias"] = .bool(true)
    }
    if let relative = scores.relative {
      let keys = try relativeKeys(relative, of: scores, heads: heads)
      let name = path ?? unused(node.place.module.adding("(\(node.valueName) bias)"))
      weights[name.adding("relative_keys")] = StoredTensor(
        path: name.adding("relative_keys"), computed: keys)
      arguments["relative_size"] = .int(keys.shape[2])
      path = name
    }
    if scores.window == nil { needsWholeClip(node, .attendsToAll) }
    if scores.window == scores.frames, !isStill {
      let note =
        "attention sees all frames before: streams remember the last \(scores.frames), the length of the "
        + "example, and in longer clips a frame sees no more than these"
      self.note(note)
    }
    var result = joined
    result.node = try along(
      joined,
      ModuleDescription(
        type: "DotProductAttention", arguments: arguments, place: node.place.description), node,
      path: path)
    result.axes[ExportedSignal.channels] = heads.times(valueSize)
    // Back to the axes of the queries: heads where they were.
    result.dims = [[ExportedSignal.batch], [sequenceAxis], [ExportedSignal.channels]]
    let batch = result.axes[ExportedSignal.batch]
    result = try reshaped(result, to: [batch, scores.frames, heads, valueSize], node)
    let dims = result.dims
    if rank == 4 {
      result.dims = [dims[0], dims[2], dims[1], dims[3]]
    } else {
      // A batch of one that is in no axis of the queries stays in none.
      let isInAny = scores.query.dims.joined().contains(ExportedSignal.batch)
      result.dims = [(isInAny || batch > 1 ? dims[0] : []) + dims[2], dims[1], dims[3]]
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
    let sequence = signal.dims[rank - 2]
    var order = [[ExportedSignal.batch], features, [ExportedSignal.time]]
    if isStill { order.append(sequence) }
    clip.dims = [[ExportedSignal.batch], features, isStill ? sequence : [ExportedSignal.time]]
    clip = try rearranged(clip, to: order, node)
    clip.dims = [[ExportedSignal.batch], [ExportedSignal.channels], [sequenceAxis]]
    return clip
  }

  /// Queries and keys that are longer by what is added to their products: for each query a number for each
  /// key, of which the key of that place takes its own.
  private mutating func extended(
    _ scores: ExportedScores, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedScores {
    guard !scores.added.isEmpty else { return scores }
    var result = scores
    result.scale = 1
    result.added = []
    result.query = try scaled(scores.query, by: scores.scale, node)
    let rank = scores.key.dims.count
    let frames = scores.frames
    let zeros = Tensor64(Shape([scores.key.shape[rank - 1], frames]), repeating: 0)
    let none = try multiplied(
      scores.key, dim: rank - 1, by: .constant(zeros), rows: 0, columns: 1, node)
    let own = Tensor64(
      Shape([frames, frames]), (0..<frames * frames).map { $0 % (frames + 1) == 0 ? 1 : 0 })
    guard case .signal(let places) = try combined(none, .constant(own), isSum: true, node) else {
      throw .operand(.compared)
    }
    for (term, factor) in scores.added {
      result.query = try concatenated(
        [result.query, factor == 1 ? term : try scaled(term, by: factor, node)], dim: rank - 1, node
      )
      result.key = try concatenated([result.key, places], dim: rank - 1, node)
    }
    return result
  }
}

// MARK: - Along time, or along another axis

extension ExportedTranslator {
  /// The axis along which layers run that run along time: where none is time, the first one of space.
  var sequenceAxis: Int { isStill ? ExportedSignal.time + 1 : ExportedSignal.time }

  /// A layer that runs along time, or along the only axis of space where no axis is time.
  ///
  /// - Parameters:
  ///   - signal: (B, C, T), or (B, C, 1, S).
  ///   - layer: of clips (B, C, T).
  ///   - node: the call.
  ///   - isReversed: whether it runs from the end.
  ///   - path: of its tensors.
  /// - Returns: the id of the node.
  /// - Throws: ``ExportedProblem`` where there are other axes.
  mutating func along(
    _ signal: ExportedSignal, _ layer: ModuleDescription, _ node: ExportedNode,
    isReversed: Bool = false, path: String? = nil
  ) throws(ExportedProblem) -> String {
    guard isStill else {
      return try add(layer.type, node, reading: [signal], layer.arguments, name: path)
    }
    var inner = layer
    inner.name = ""
    return try add(
      "FrameSequence", node, reading: [signal], ["reverse": .bool(isReversed)], name: path ?? "",
      modules: [inner])
  }
}
