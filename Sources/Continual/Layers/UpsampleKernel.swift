import Tensors

/// Enlarges frames, channel by channel.
///
/// With factor `r` in time, output `q * r + phase` lies `(phase + 1/2) / r - 1/2` behind frame `q`: of the
/// outputs of a frame, the first half lies before it, and needs the frame before, which a stream
/// remembers; the other half waits for the next frame. Before the first and behind the last frame
/// these go on.
struct UpsampleKernel: Kernel {
  let outputFrame: Shape
  let timing: Timing
  private let inputPlane: Int
  /// The last frame; nothing, where time is not mixed.
  private let ring: FrameRing
  private let factor: Int
  /// Whether time is mixed.
  private let isLinear: Bool
  private let rows: ResampledAxis?
  private let columns: ResampledAxis?
  /// The floats of a row, as it comes in and as it goes out.
  private let width: Int
  private let outputWidth: Int

  init(
    frame: Shape, outputFrame: Shape, factor: Int, isLinear: Bool, axes: [ResampledAxis]
  ) {
    self.outputFrame = outputFrame
    inputPlane = frame.plane
    ring = FrameRing(slots: isLinear ? 1 : 0, frameCount: frame.count)
    self.factor = factor
    self.isLinear = isLinear
    timing =
      isLinear
      ? Timing(
        up: factor, down: 1, offset: -(factor / 2), receptiveField: 2, padding: 1, delay: 1)
      : .transposedWindow(span: factor, stride: factor)
    rows = axes.count > 1 && !axes[0].isIdentity ? axes[0] : nil
    columns = axes.last.flatMap { $0.isIdentity ? nil : $0 }
    width = axes.last?.length ?? 1
    outputWidth = axes.last?.count ?? 1
  }

  /// The last frame; the number of frames that have come.
  var state: StateLayout { StateLayout(floats: ring.count, counters: isLinear ? 1 : 0) }

  /// A plane between two frames, and a row between two rows.
  func scratch(frames: Int) -> Int { inputPlane + width }

  func endCount(after frames: Int) -> Int { isLinear && frames > 0 ? factor / 2 : 0 }

  func outputLength(ofClip frames: Int) throws(ModuleError) -> Int {
    try Size.length(ofClip: frames, enlargedBy: factor)
  }

  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    let seen = isLinear ? counters[0] : 0
    let first = isLinear ? timing.outputCount(ofInputs: seen) : 0
    let outputPlane = outputFrame.plane
    for channel in 0..<outputFrame[0] * outputFrame[1] {
      let planes = input.extracting(
        channel * frames * inputPlane..<(channel + 1) * frames * inputPlane)
      for index in 0..<outputs {
        let (frame, phase) = (first + index).quotientAndRemainder(dividingBy: factor)
        if isLinear {
          let past = memory.span.extracting(
            channel * inputPlane..<(channel + 1) * inputPlane)
          mix(planes, behind: past, seen: seen, frame: frame, phase: phase, into: &scratch)
        } else {
          var plane = scratch._mutatingExtracting(0..<inputPlane)
          copy(planes.extracting(frame * inputPlane..<(frame + 1) * inputPlane), into: &plane)
        }
        let start = (channel * outputs + index) * outputPlane
        var own = output._mutatingExtracting(start..<start + outputPlane)
        enlarge(within: &scratch, into: &own)
      }
    }
    guard isLinear else { return }
    counters[0] += frames
    ring.keep(
      input, frames: frames, after: seen,
      rows: FrameRows(rows: outputFrame[0] * outputFrame[1], plane: inputPlane), in: &memory)
  }

  /// Puts what is at a place in time between the frames of one channel into the work space.
  ///
  /// - Parameters:
  ///   - planes: the new frames.
  ///   - past: the frame before them.
  ///   - seen: the number of the first new frame.
  ///   - frame: the frame that the output belongs to.
  ///   - phase: which of its outputs it is.
  ///   - scratch: receives a plane.
  private func mix(
    _ planes: Span<Float>, behind past: Span<Float>, seen: Int, frame: Int, phase: Int,
    into scratch: inout MutableSpan<Float>
  ) {
    func plane(_ frame: Int) -> (isPast: Bool, start: Int) {
      frame < seen ? (true, 0) : (false, (frame - seen) * inputPlane)
    }
    // Twice the distance from the frame, in parts of a frame.
    let distance = 2 * phase + 1 - factor
    let last = seen + planes.count / max(inputPlane, 1) - 1
    let other = min(max(frame + distance.signum(), 0), last)
    let (here, there) = (plane(frame), plane(other))
    let weight = Float(abs(distance)) / Float(2 * factor)
    for index in 0..<inputPlane {
      let own = here.isPast ? past[index] : planes[here.start + index]
      guard other != frame else {
        scratch[index] = own
        continue
      }
      let its = there.isPast ? past[index] : planes[there.start + index]
      scratch[index] = (1 - weight) * own + weight * its
    }
  }
}

// MARK: - Space

extension UpsampleKernel {
  /// Enlarges a plane at the beginning of the work space, row by row.
  private func enlarge(
    within scratch: inout MutableSpan<Float>, into output: inout MutableSpan<Float>
  ) {
    for row in 0..<outputFrame.plane / max(outputWidth, 1) {
      var own = output._mutatingExtracting(row * outputWidth..<(row + 1) * outputWidth)
      let start = mixRows(row, within: &scratch)
      spread(scratch.span.extracting(start..<start + width), into: &own)
    }
  }

  /// Makes an output row in the columns that came in, and says where it is.
  private func mixRows(_ row: Int, within scratch: inout MutableSpan<Float>) -> Int {
    guard let rows else { return row * width }
    let low = rows.low[row] * width
    guard !rows.weights.isEmpty, rows.weights[row] != 0 else { return low }
    let (high, weight) = (rows.high[row] * width, rows.weights[row])
    for column in 0..<width {
      scratch[inputPlane + column] =
        (1 - weight) * scratch[low + column] + weight * scratch[high + column]
    }
    return inputPlane
  }

  /// Makes an output row of a row.
  private func spread(_ line: Span<Float>, into output: inout MutableSpan<Float>) {
    guard let columns else { return copy(line, into: &output) }
    if columns.weights.isEmpty {
      for column in output.indices { output[column] = line[columns.low[column]] }
      return
    }
    for column in output.indices {
      let (weight, low) = (columns.weights[column], line[columns.low[column]])
      output[column] =
        weight == 0 ? low : (1 - weight) * low + weight * line[columns.high[column]]
    }
  }
}
