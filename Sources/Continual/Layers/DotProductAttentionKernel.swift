import Tensors

/// The kernel of ``DotProductAttention``: keeps keys and values in a ring, and compares each new query with them,
/// from the oldest frame on.
///
/// Of a batch entry, the memory holds the keys as a matrix (channels, slots), so that a query is compared with a
/// vector of frames at once, and behind it the values as one (slots, channels). A window that goes round is
/// multiplied in two parts. Every product is summed in the order of the channels or of the frames, the oldest
/// first, and so clips, chunks and steps have the same bits; a frame that is not in a window is not touched by it,
/// whatever it holds.
struct DotProductAttentionKernel: Kernel {
  let outputFrame: Shape
  let state: StateLayout
  private let heads: Int
  private let keySize: Int
  private let valueSize: Int
  private let scale: Double
  private let isCausal: Bool
  /// Of each head, that of the furthest frame first; empty where nothing is added.
  private let bias: [Float]
  /// Of each head a matrix (channels, L), the furthest frame first; empty where there are no second queries.
  private let relativeKeys: [Float]
  private let relativeSize: Int
  private let ring: FrameRing
  private let keyRows: DenseLoops.EvenRows
  private let valueRows: DenseLoops.EvenRows

  /// How many frames of a chunk are taken at once: a line of the cache.
  private static let framesAtOnce = 16

  /// - Throws: ``ModuleError`` where the stream would have to remember too much.
  init(_ attention: DotProductAttention, frame: Shape) throws(ModuleError) {
    heads = attention.heads
    keySize = attention.keySize
    valueSize = attention.valueSize
    scale = attention.scale
    isCausal = attention.isCausal
    relativeSize = attention.relativeSize
    outputFrame = [frame[0], heads * valueSize]
    let kept = heads * (keySize + valueSize)
    let slots = attention.sequenceLength
    let floats = try StreamMemory.floats(frames: slots, of: frame[0] * kept)
    ring = FrameRing(slots: slots, frameCount: kept)
    state = StateLayout(floats: floats, counters: 1)
    bias = Self.turned(attention.bias, slots: slots, size: 1)
    relativeKeys = Self.turned(attention.relativeKeys, slots: slots, size: relativeSize)
    keyRows = .init(max(keySize, relativeSize), stride: slots)
    valueRows = .init(slots, stride: heads * valueSize)
  }

  /// A table (heads, L, size) as (heads, size, L), the furthest frame first.
  private static func turned(_ table: Tensor?, slots: Int, size: Int) -> [Float] {
    guard let table = table?.scalars else { return [] }
    var result = [Float](repeating: 0, count: table.count)
    for place in table.indices {
      let (row, channel) = (place / size, place % size)
      let (head, age) = (row / slots, row % slots)
      result[(head * size + channel) * slots + slots - 1 - age] = table[place]
    }
    return result
  }

  var timing: Timing {
    isCausal
      ? .window(span: ring.slots, stride: 1, padding: ring.slots - 1)
      : Timing(receptiveField: ring.slots, warmUp: ring.slots - 1)
  }

  /// Some frames, what they become, and a score for each frame of a window.
  func scratch(frames: Int) -> Int {
    min(frames, Self.framesAtOnce) * (inputCount + valueCount) + ring.slots
  }

  /// The channels of a frame: queries, keys, values and second queries.
  private var inputCount: Int { keyCount + ring.frameCount + heads * relativeSize }

  private var keyCount: Int { heads * keySize }
  private var valueCount: Int { heads * valueSize }

  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    let seen = counters[0]
    counters[0] += frames
    let most = min(frames, Self.framesAtOnce)
    let found = most * inputCount
    let scores = found + most * valueCount
    for entry in 0..<outputFrame[0] {
      var own = memory._mutatingExtracting(entry * ring.count..<(entry + 1) * ring.count)
      var place = 0
      var first = 0
      while first < frames {
        let times = first..<min(first + most, frames)
        DenseLoops.transpose(
          input.extracting((entry * inputCount * frames + first)...), stride: frames,
          rows: inputCount, columns: times.count, into: &scratch, stride: inputCount)
        var made = 0
        for time in times {
          let now = seen + time
          let frame = (time - first) * inputCount
          keep(scratch.span.extracting((frame + keyCount)...), at: now, memory: &own)
          guard isCausal || now + 1 >= ring.slots else { continue }
          attend(
            frame, to: max(0, now + 1 - ring.slots)...now, of: own.span,
            into: found + made * valueCount, scores: scores, in: &scratch)
          made += 1
        }
        if made > 0 {
          var target = output._mutatingExtracting((entry * valueCount * outputs + place)...)
          DenseLoops.transpose(
            scratch.span.extracting(found...), stride: valueCount, rows: made,
            columns: valueCount, into: &target, stride: outputs)
        }
        place += made
        first = times.upperBound
      }
    }
  }

  /// Puts the key and the value of a frame, one behind the other, into the ring.
  private func keep(_ frame: Span<Float>, at now: Int, memory: inout MutableSpan<Float>) {
    let slot = ring.slot(of: now)
    for channel in 0..<keyCount { memory[channel * ring.slots + slot] = frame[channel] }
    let start = keyCount * ring.slots + slot * valueCount
    var own = memory._mutatingExtracting(start..<start + valueCount)
    copy(frame.extracting(keyCount..<keyCount + valueCount), into: &own)
  }

  /// Makes the output of a frame.
  ///
  /// - Parameters:
  ///   - frame: where its channels are in the work space.
  ///   - range: the frames that it attends to.
  ///   - memory: the ring.
  ///   - found: where the output goes.
  ///   - scores: room for a number for each frame of a window.
  ///   - scratch: the work space.
  private func attend(
    _ frame: Int, to range: ClosedRange<Int>, of memory: Span<Float>, into found: Int,
    scores: Int, in scratch: inout MutableSpan<Float>
  ) {
    let oldest = ring.slot(of: range.lowerBound)
    // Those from the oldest one to the last slot, and those that are newer, from the first slot on.
    let older = min(range.count, ring.slots - oldest)
    let all = scores..<scores + range.count
    let values = memory.extracting((keyCount * ring.slots)...)
    for head in 0..<heads {
      let query = frame + head * keySize
      let keys = memory.extracting((head * keySize * ring.slots)...)
      DenseLoops.multiplyRows(
        query..<query + keySize, by: keys.extracting(oldest...), keyRows, within: &scratch,
        into: scores, stride: older, columns: older)
      if older < range.count {
        DenseLoops.multiplyRows(
          query..<query + keySize, by: keys, keyRows, within: &scratch, into: scores + older,
          stride: range.count - older, columns: range.count - older)
      }
      if relativeSize > 0 {
        let second = frame + keyCount + ring.frameCount + head * relativeSize
        let first = head * relativeSize * ring.slots + ring.slots - range.count
        DenseLoops.multiplyRows(
          second..<second + relativeSize, by: relativeKeys.span.extracting(first...), keyRows,
          within: &scratch, into: scores, stride: range.count, columns: range.count,
          continues: true)
      }
      weigh(all, head, in: &scratch)
      let target = found + head * valueSize
      DenseLoops.multiplyRows(
        scores..<scores + older,
        by: values.extracting((oldest * valueCount + head * valueSize)...), valueRows,
        within: &scratch, into: target, stride: valueSize, columns: valueSize)
      if older < range.count {
        DenseLoops.multiplyRows(
          scores + older..<all.upperBound, by: values.extracting((head * valueSize)...),
          valueRows, within: &scratch, into: target, stride: valueSize, columns: valueSize,
          continues: true)
      }
    }
  }

  /// Makes the weights of frames of their scores, the newest frame last.
  private func weigh(_ scores: Range<Int>, _ head: Int, in scratch: inout MutableSpan<Float>) {
    if !bias.isEmpty {
      let first = (head + 1) * ring.slots - scores.count
      for (index, place) in scores.enumerated() {
        scratch[place] = Float(Double(scratch[place]) * scale + Double(bias[first + index]))
      }
    }
    var own = scratch._mutatingExtracting(scores)
    SoftmaxLoops.apply(scale: bias.isEmpty ? scale : 1, rows: 1, into: &own)
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
    let whole = WholeClipAttention(
      frames: frames, heads: heads, keySize: keySize, valueSize: valueSize, scale: scale)
    var space = [Float](repeating: 0, count: whole.count)
    var work = space.mutableSpan
    for entry in 0..<outputFrame[0] {
      let start = entry * inputCount * frames
      var own = output._mutatingExtracting(
        entry * valueCount * frames..<(entry + 1) * valueCount * frames)
      whole.run(
        clip.extracting(start..<start + inputCount * frames), into: &own, in: &work)
    }
  }
}
