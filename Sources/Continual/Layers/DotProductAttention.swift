public import Tensors

/// Attention of frames to frames whose queries, keys and values are channels of the input, as
/// `torch.nn.functional.scaled_dot_product_attention`.
///
/// Takes (B, C, T) with the channels of all queries, then those of all keys, then those of all values,
/// head after head in each, `C = heads (2 keySize + valueSize)`. Makes (B, heads valueSize, T).
///
/// * Causal: each frame attends to itself and to the L - 1 frames before it. Clips and steps have the
///   same bits; for clips of at most L frames it is what PyTorch makes with `is_causal`.
///   With a ``bias``, a number is added to the product with the frame so many frames back, as relative positions
///   and ALiBi have it. With ``relativeKeys``, the product of a second query with the vector of that distance is
///   added, as in Transformer-XL and the relative positions of Shaw et al.; the second queries are the last
///   channels, `heads relativeSize` more.
/// * Otherwise `forward` makes all T frames of a clip, each attending to all of it. Steps make the newest
///   frame of the last L, from step L - 1 on.
///
/// A step costs `L heads (keySize + valueSize)` products, and a stream remembers as many numbers.
public struct DotProductAttention: Module {
  /// The number of heads.
  public let heads: Int

  /// The number of channels of a query and of a key.
  public let keySize: Int

  /// The number of channels of a value.
  public let valueSize: Int

  /// The number of frames that are attended to in steps, L.
  public let sequenceLength: Int

  /// Whether a frame attends to none that come after it.
  public let isCausal: Bool

  /// What products of queries and keys are multiplied by.
  public let scale: Double

  /// What is added to products before the softmax, (heads, L): for the frame itself, the one before it, and so on;
  /// nil for nothing.
  public let bias: Tensor?

  /// Vectors of which the product with a second query is added before products are scaled, (heads, L, relativeSize):
  /// for the frame itself, the one before it, and so on; nil for none.
  public let relativeKeys: Tensor?

  /// The number of channels of a second query; zero without ``relativeKeys``.
  public var relativeSize: Int { relativeKeys?.shape[2] ?? 0 }

  /// Makes an attention.
  ///
  /// - Parameters:
  ///   - heads: how many, at least one.
  ///   - keySize: the channels of a query and of a key, at least one.
  ///   - valueSize: the channels of a value, at least one; nil for as many.
  ///   - sequenceLength: the number of frames that are attended to in steps, at least one.
  ///   - isCausal: whether a frame attends to none that come after it.
  ///   - scale: what products of queries and keys are multiplied by; nil for `1 / sqrt(keySize)`.
  ///   - bias: what is added to them, (heads, L), for causal ones alone.
  ///   - relativeKeys: what second queries are multiplied by, (heads, L, relativeSize), for causal ones alone.
  /// - Throws: ``ModuleError`` that names all arguments that cannot be.
  public init(
    heads: Int, keySize: Int, valueSize: Int? = nil, sequenceLength: Int,
    isCausal: Bool = false, scale: Double? = nil, bias: Tensor? = nil,
    relativeKeys: Tensor? = nil
  ) throws(ModuleError) {
    self.heads = heads
    self.keySize = keySize
    self.valueSize = valueSize ?? keySize
    self.sequenceLength = sequenceLength
    self.isCausal = isCausal
    self.scale = scale ?? 1 / Double(max(keySize, 1)).squareRoot()
    self.bias = bias
    self.relativeKeys = relativeKeys
    var check = ArgumentCheck()
    // Three of these are added and multiplied without overflow.
    let sizes = 1...1 << 16
    check.require("num_heads", [heads], in: sizes)
    check.require("key_size", [keySize], in: sizes)
    check.require("value_size", [self.valueSize], in: sizes)
    check.require("sequence_len", [sequenceLength], in: 1...ArgumentCheck.largest)
    try check.finish()
    let count = isCausal ? "num_heads" : "0"
    if let bias {
      check.require(
        isCausal && bias.shape == Shape([heads, sequenceLength]),
        .shape("relative_bias", bias.shape, expected: [.any(count), .any("sequence_len")]))
    }
    if let keys = relativeKeys {
      check.require(
        isCausal && keys.shape.rank == 3 && sizes.contains(keys.shape.axes.last ?? 0)
          && keys.shape.axes.dropLast() == [heads, sequenceLength],
        .shape(
          "relative_keys", keys.shape,
          expected: [.any(count), .any("sequence_len"), .any("relative_size")]))
    }
    try check.finish()
  }

  public var typeName: String { "DotProductAttention" }

  public var summary: String {
    "num_heads=\(heads), key_size=\(keySize), value_size=\(valueSize), "
      + "sequence_len=\(sequenceLength)" + (isCausal ? ", is_causal=True" : "")
      + (bias == nil ? "" : ", relative_bias=True")
      + (relativeKeys == nil ? "" : ", relative_size=\(relativeSize)")
  }

  public var parameterCount: Int {
    (bias?.shape.count ?? 0) + (relativeKeys?.shape.count ?? 0)
  }

  public func divergence(frame: Shape) -> String? {
    isCausal
      ? nil
      : "makes all frames of a clip, each attending to the whole clip, and in steps, over the last "
        + (sequenceLength == 1 ? "frame" : "\(sequenceLength) frames") + ", only the newest of them"
  }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    let frame = input.frame
    guard frame.rank == 2 else {
      throw ModuleError(.frame(.axes(frame: frame, type: typeName, expected: 2)))
    }
    let channels = heads * (2 * keySize + valueSize + relativeSize)
    guard frame[1] == channels else {
      throw ModuleError(.frame(.channels(frame: frame, expected: channels, of: .attention)))
    }
    return plan.append(try DotProductAttentionKernel(self, frame: frame), to: input)
  }
}

extension DotProductAttention: SinglePosition {
  public var windowLength: Int? { sequenceLength }

  package var queryIndex: Int { -1 }

  package var singleOutputForward: Bool { isCausal }

  public func with(windowLength: Int) throws(ModuleError) -> any Module {
    // Frames further back than any before get what the furthest one had.
    func lengthened(_ table: Tensor, _ size: Int) -> [Float] {
      (0..<heads).flatMap { head in
        (0..<windowLength).flatMap { age in
          let start = (head * sequenceLength + min(age, sequenceLength - 1)) * size
          return table.scalars[start..<start + size]
        }
      }
    }
    return try DotProductAttention(
      heads: heads, keySize: keySize, valueSize: valueSize, sequenceLength: windowLength,
      isCausal: isCausal, scale: scale,
      bias: bias.map { Tensor(Shape([heads, windowLength]), lengthened($0, 1)) },
      relativeKeys: relativeKeys.map {
        Tensor(Shape([heads, windowLength, relativeSize]), lengthened($0, relativeSize))
      })
  }
}

/// Keeps keys and values in a ring, and compares each new query with them, from the oldest frame on.
///
/// Products are added in the order of the channels, in double precision; powers are relative to the
/// largest. A query of a clip and one of a step go through the same function.
private struct DotProductAttentionKernel: Kernel {
  let outputFrame: Shape
  let state: StateLayout
  private let heads: Int
  private let keySize: Int
  private let valueSize: Int
  private let scale: Double
  private let isCausal: Bool
  /// Empty where nothing is added.
  private let bias: [Float]
  /// Empty where there are no second queries.
  private let relativeKeys: [Float]
  private let relativeSize: Int
  /// The keys and values of a batch entry.
  private let ring: FrameRing

  /// - Throws: ``ModuleError`` where the stream would have to remember too much.
  init(_ attention: DotProductAttention, frame: Shape) throws(ModuleError) {
    heads = attention.heads
    keySize = attention.keySize
    valueSize = attention.valueSize
    scale = attention.scale
    isCausal = attention.isCausal
    bias = attention.bias?.scalars ?? []
    relativeKeys = attention.relativeKeys?.scalars ?? []
    relativeSize = attention.relativeSize
    outputFrame = [frame[0], heads * valueSize]
    let kept = heads * (keySize + valueSize)
    let floats = try StreamMemory.floats(
      frames: attention.sequenceLength, of: frame[0] * kept)
    ring = FrameRing(slots: attention.sequenceLength, frameCount: kept)
    state = StateLayout(floats: floats, counters: 1)
  }

  var timing: Timing {
    isCausal
      ? .window(span: ring.slots, stride: 1, padding: ring.slots - 1)
      : Timing(receptiveField: ring.slots, warmUp: ring.slots - 1)
  }

  /// A query, a power for each frame, and a second query.
  func scratch(frames: Int) -> Int {
    heads * (keySize + relativeSize) + max(ring.slots, frames)
  }

  /// The channels of a frame.
  private var inputCount: Int { heads * (keySize + relativeSize) + ring.frameCount }

  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    let seen = counters[0]
    counters[0] += frames
    for entry in 0..<outputFrame[0] {
      var own = memory._mutatingExtracting(entry * ring.count..<(entry + 1) * ring.count)
      var place = 0
      for time in 0..<frames {
        let now = seen + time
        keep(input, entry, time, of: frames, in: ring, at: now, memory: &own)
        guard isCausal || now + 1 >= ring.slots else { continue }
        attend(
          input, entry, time, of: frames, to: max(0, now + 1 - ring.slots)...now, of: own.span,
          in: ring, into: &output, place, of: outputs, scratch: &scratch)
        place += 1
      }
    }
  }

  func outputLength(ofClip frames: Int) throws(ModuleError) -> Int { frames }

  func forward(
    _ clip: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) throws(ModuleError) {
    if isCausal {
      return advance(
        clip, frames: frames, into: &output, outputs: outputs, ends: true, memory: &memory,
        counters: &counters, scratch: &scratch)
    }
    guard frames > 0 else { return }
    let all = FrameRing(slots: frames, frameCount: ring.frameCount)
    var kept = [Float](repeating: 0, count: all.count)
    var own = kept.mutableSpan
    for entry in 0..<outputFrame[0] {
      for time in 0..<frames {
        keep(clip, entry, time, of: frames, in: all, at: time, memory: &own)
      }
      for time in 0..<frames {
        attend(
          clip, entry, time, of: frames, to: 0...frames - 1, of: own.span, in: all, into: &output,
          time, of: outputs, scratch: &scratch)
      }
    }
  }

  /// Puts the keys and values of a frame of a chunk into a ring.
  private func keep(
    _ chunk: Span<Float>, _ entry: Int, _ time: Int, of frames: Int, in ring: FrameRing,
    at now: Int,
    memory: inout MutableSpan<Float>
  ) {
    let start = ring.slot(of: now) * ring.frameCount
    let first = entry * inputCount + heads * keySize
    for channel in 0..<ring.frameCount {
      memory[start + channel] = chunk[(first + channel) * frames + time]
    }
  }

  /// Makes the output of a frame of a chunk.
  private func attend(
    _ chunk: Span<Float>, _ entry: Int, _ time: Int, of frames: Int, to range: ClosedRange<Int>,
    of memory: Span<Float>, in ring: FrameRing, into output: inout MutableSpan<Float>,
    _ place: Int, of outputs: Int, scratch: inout MutableSpan<Float>
  ) {
    let queries = heads * keySize
    let first = entry * inputCount
    for channel in 0..<queries { scratch[channel] = chunk[(first + channel) * frames + time] }
    let seconds = scratch.count - heads * relativeSize
    for channel in 0..<heads * relativeSize {
      let place = first + queries + ring.frameCount + channel
      scratch[seconds + channel] = chunk[place * frames + time]
    }
    for head in 0..<heads {
      var largest = -Float.infinity
      for frame in range {
        let key = ring.slot(of: frame) * ring.frameCount + head * keySize
        var sum = 0.0
        for channel in 0..<keySize {
          sum += Double(scratch[head * keySize + channel]) * Double(memory[key + channel])
        }
        let age = range.upperBound - frame
        for channel in 0..<relativeSize {
          let key = (head * ring.slots + age) * relativeSize + channel
          sum +=
            Double(scratch[seconds + head * relativeSize + channel]) * Double(relativeKeys[key])
        }
        sum *= scale
        if !bias.isEmpty { sum += Double(bias[head * ring.slots + age]) }
        let score = Float(sum)
        scratch[queries + frame - range.lowerBound] = score
        largest = maximum(largest, score)
      }
      var total = 0.0
      for index in 0..<range.count {
        let power = Elementary.exp(Double(scratch[queries + index]) - Double(largest))
        scratch[queries + index] = Float(power)
        total += Double(Float(power))
      }
      for channel in 0..<valueSize {
        var sum = 0.0
        for frame in range {
          let value = ring.slot(of: frame) * ring.frameCount + queries + head * valueSize + channel
          sum += Double(scratch[queries + frame - range.lowerBound]) * Double(memory[value])
        }
        let row = (entry * heads + head) * valueSize + channel
        output[row * outputs + place] = Float(sum / total)
      }
    }
  }
}
