/// Attention of all frames of a clip to all of them, for one batch entry of ``DotProductAttention``.
///
/// Eight queries at a time are multiplied with the keys, which are rows of the clip as they are, and with the
/// values: time grows with the square of the clip, and memory with its length. Sums run as in steps, and have
/// the same bits.
struct WholeClipAttention {
  private let frames: Int
  private let heads: Int
  private let keySize: Int
  private let valueSize: Int
  private let scale: Double
  private let keyRows: DenseLoops.EvenRows
  private let valueRows: DenseLoops.EvenRows

  /// Queries side by side.
  private let queries: Int
  /// A row of scores for each of them.
  private let scores: Int
  /// The same side by side.
  private let weights: Int
  private let found: Int
  /// The floats of the work space; the values are in front, (frames, channels).
  let count: Int

  init(frames: Int, heads: Int, keySize: Int, valueSize: Int, scale: Double) {
    self.frames = frames
    self.heads = heads
    self.keySize = keySize
    self.valueSize = valueSize
    self.scale = scale
    let most = DenseLoops.mostRows
    queries = frames * heads * valueSize
    scores = queries + most * keySize
    weights = scores + most * frames
    found = weights + most * frames
    count = found + most * valueSize
    keyRows = .init(keySize, stride: frames)
    valueRows = .init(frames, stride: heads * valueSize)
  }

  /// Makes (heads values, frames) of (heads (2 keys + values), frames).
  func run(
    _ clip: Span<Float>, into output: inout MutableSpan<Float>, in work: inout MutableSpan<Float>
  ) {
    let keys = heads * keySize * frames
    DenseLoops.transpose(
      clip.extracting((2 * keys)...), stride: frames, rows: heads * valueSize, columns: frames,
      into: &work, stride: heads * valueSize)
    for head in 0..<heads {
      var first = 0
      while first < frames {
        let times = first..<min(first + DenseLoops.mostRows, frames)
        attend(clip, head, times, in: &work)
        var own = output._mutatingExtracting((head * valueSize * frames + first)...)
        DenseLoops.transpose(
          work.span.extracting(found...), stride: valueSize, rows: times.count,
          columns: valueSize, into: &own, stride: frames)
        first = times.upperBound
      }
    }
  }

  private func attend(
    _ clip: Span<Float>, _ head: Int, _ times: Range<Int>, in work: inout MutableSpan<Float>
  ) {
    let count = times.count
    let height = count == 1 ? 1 : DenseLoops.mostRows
    for channel in 0..<keySize {
      let place = (head * keySize + channel) * frames + times.lowerBound
      for index in 0..<count { work[queries + channel * height + index] = clip[place + index] }
    }
    let keys = clip.extracting(((heads + head) * keySize * frames)...)
    DenseLoops.multiplyRows(
      queries..<queries + keySize * height, count, by: keys, keyRows, within: &work,
      into: scores, stride: frames, columns: frames)
    var own = work._mutatingExtracting(scores..<scores + count * frames)
    SoftmaxLoops.apply(scale: scale, rows: count, into: &own)
    let (source, target) = (scores..<scores + count * frames, weights..<weights + frames * height)
    DenseLoops.withParts(of: &work, reading: source, writing: target) { rows, columns in
      DenseLoops.transpose(
        rows, stride: frames, rows: count, columns: frames, into: &columns, stride: height)
    }
    DenseLoops.withParts(of: &work, reading: 0..<queries, writing: scores..<self.count) {
      values, rest in
      DenseLoops.multiplyRows(
        target.lowerBound - scores..<target.upperBound - scores, count,
        by: values.extracting((head * valueSize)...), valueRows, within: &rest,
        into: found - scores, stride: valueSize, columns: valueSize)
    }
  }
}
