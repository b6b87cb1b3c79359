import Tensors

/// Normalizes groups of elements by their own mean and variance.
///
/// All is computed in double precision and rounded once; the variance is that of the population. A step
/// knows one frame, so unlike other
/// kernels without memory this one gives a clip other results than its steps, unless it is told to
/// take each frame by itself.
struct StatisticsNormKernel: Kernel {
  /// Which elements have a mean and a variance in common.
  enum Groups: Hashable, Sendable {
    /// Those of a channel, of all batch entries: `BatchNorm`.
    case channelsOfBatch
    /// Those of so many channels side by side, of one batch entry: `GroupNorm`, and `InstanceNorm`
    /// with one.
    case channels(Int)
  }

  let outputFrame: Shape
  private let groups: Groups
  private let weight: [Float]?
  private let bias: [Float]?
  private let eps: Double
  private let isFramewise: Bool

  init(
    frame: Shape, groups: Groups, weight: [Float]?, bias: [Float]?, eps: Double, isFramewise: Bool
  ) {
    outputFrame = frame
    self.groups = groups
    self.weight = weight
    self.bias = bias
    self.eps = eps
    self.isFramewise = isFramewise
  }

  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    let layout = ClipRows(frame: outputFrame, frames: frames)
    for time in 0..<frames { normalize(input, layout.at(time), into: &output) }
  }

  func forward(
    _ clip: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) throws(ModuleError) {
    guard !isFramewise else {
      return advance(
        clip, frames: frames, into: &output, outputs: outputs, ends: true, memory: &memory,
        counters: &counters, scratch: &scratch)
    }
    normalize(clip, ClipRows(frame: outputFrame, frames: frames), into: &output)
  }

  private func normalize(
    _ input: Span<Float>, _ rows: ClipRows, into output: inout MutableSpan<Float>
  ) {
    let (batch, channels) = (outputFrame[0], outputFrame[1])
    switch groups {
    case .channelsOfBatch:
      for channel in 0..<channels {
        normalize(input, rows, Group(first: channel, step: channels, count: batch), into: &output)
      }
    case .channels(let size):
      let cost = Double(size * rows.count) * NormLoops.cost
      Threads.split(&output, into: batch * channels / size, cost: cost) { groups, output in
        for group in groups {
          normalize(
            input, rows, Group(first: group * size, step: 1, count: size), into: &output,
            from: groups.lowerBound * size)
        }
      }
    }
  }

  /// Rows of the input, one for each batch entry and channel.
  private struct Group {
    let first: Int
    let step: Int
    let count: Int
  }

  private func normalize(
    _ input: Span<Float>, _ rows: ClipRows, _ group: Group,
    into output: inout MutableSpan<Float>, from firstRow: Int = 0
  ) {
    let first = rows.range(of: group.first)
    let (mean, variance) = NormLoops.moments(
      input.extracting(first.lowerBound..<input.count),
      NormLoops.Rows(count: group.count, length: rows.count, stride: group.step * rows.distance))
    let deviation = (variance + eps).squareRoot()
    for index in 0..<group.count {
      let place = group.first + index * group.step
      let channel = place % outputFrame[1]
      let range = rows.range(of: place)
      let start = range.lowerBound - firstRow * rows.distance
      var target = output._mutatingExtracting(start..<start + range.count)
      NormLoops.normalize(
        input.extracting(range), into: &target, mean: mean,
        scale: Double(weight?[channel] ?? 1) / deviation, shift: Double(bias?[channel] ?? 0))
    }
  }
}

/// Where the elements of each channel of a clip, or of one of its frames, are.
struct ClipRows: Sendable {
  /// The number of elements of a row.
  let count: Int
  /// The number of elements from one row to the next.
  let distance: Int
  private let plane: Int
  private let offset: Int

  private init(count: Int, plane: Int, distance: Int, offset: Int) {
    self.count = count
    self.plane = plane
    self.distance = distance
    self.offset = offset
  }

  /// The rows of a whole clip.
  init(frame: Shape, frames: Int) {
    let count = frame.plane * frames
    self.init(count: count, plane: frame.plane, distance: count, offset: 0)
  }

  /// The rows of one frame of the clip.
  func at(_ time: Int) -> ClipRows {
    ClipRows(count: plane, plane: plane, distance: distance, offset: time * plane)
  }

  /// Where the row of a batch entry and a channel is, counted through all channels of all entries.
  func range(of row: Int) -> Range<Int> {
    row * distance + offset..<row * distance + offset + count
  }
}
