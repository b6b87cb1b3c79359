import Tensors

/// A convolution over a ring of the last frames.
///
/// The ring holds raw frames, padded and laid out as ``FrameLayout`` says. An output is made only in
/// steps where one is due. Each of its elements starts at the bias, and the products are added in the
/// order of the weights: time (the oldest frame first), input channel, height, width. The clip is
/// computed with the same ring, frame after frame, so that clip and step have the same bits.
struct ConvolutionKernel: Kernel {
  let outputFrame: Shape
  let batch: Int
  let channels: Int
  /// The floats of one channel of an input frame, and of an output frame.
  let inputPlane: Int
  let outputPlane: Int
  let window: TemporalWindow
  /// What stands for missing frames of a clip, and of a stream.
  let clipFill: PaddingMode
  let streamFill: PaddingMode
  let layout: FrameLayout
  let matrix: PackedMatrix
  /// The taps of one group in one frame.
  let taps: TapOffsets
  /// Whether an output is made of inputs at the same place only.
  let isInTimeOnly: Bool
  /// The taps in time where a chunk is laid out at once.
  let times: TimeTaps
  /// Whether a frame is one number a channel, and each has a sum of its own, with the weights `lanes`
  /// (time, channel).
  let isLanes: Bool
  let lanes: [Float]
  /// How many rows of outputs are computed at once, where they cannot go straight to the output.
  let chunkRows: Int

  /// Reads beyond the last stored frame, of outputs that are thrown away, stay within this.
  static let slack = 16

  init(
    _ sizes: ConvolutionSizes, matrix: PackedMatrix, layout: FrameLayout, window: TemporalWindow,
    clipFill: PaddingMode, streamFill: PaddingMode
  ) {
    outputFrame = sizes.outputFrame
    batch = sizes.inputFrame[0]
    channels = sizes.inputFrame[1]
    inputPlane = sizes.inputFrame.plane
    outputPlane = sizes.outputFrame.plane
    self.layout = layout
    self.window = window
    self.clipFill = clipFill
    self.streamFill = streamFill
    self.matrix = matrix
    var offsets: [Int] = []
    for channel in 0..<channels / sizes.groups {
      offsets += layout.taps.map { channel * layout.channelCount + $0 }
    }
    taps = TapOffsets(offsets)
    isInTimeOnly = layout.isCopy && layout.taps.count == 1
    times = TimeTaps(window.axis, plane: sizes.inputFrame.plane)
    isLanes = isInTimeOnly && inputPlane == 1 && sizes.groups == channels && matrix.rows == 1
    let depth = window.axis.kernel
    var lanes: [Float] = []
    if isLanes {
      for tap in 0..<depth {
        for channel in 0..<channels { lanes.append(matrix.weights[channel * depth + tap]) }
      }
    }
    self.lanes = lanes
    // Some hundred outputs at once: enough for the loops to run well, little enough to stay in cache.
    let most = max((matrix.rows == 1 ? 4096 : 480) / layout.width, 1)
    let chunks = (layout.outputs.rows + most - 1) / most
    chunkRows = (layout.outputs.rows + chunks - 1) / chunks
  }

  var timing: Timing { window.timing }

  /// The floats of one stored frame.
  var frameCount: Int { batch * channels * layout.channelCount }

  var state: StateLayout {
    window.isStateless
      ? StateLayout(counters: TemporalWindow.counters)
      : StateLayout(
        floats: window.slots * frameCount + ConvolutionKernel.slack,
        counters: TemporalWindow.counters)
  }

  /// The work space of a product, then that of a stored frame where there is no ring; or that of the
  /// frames of a chunk.
  func scratch(frames: Int) -> Int { max(productCount + storedCount, timeCount(frames: frames)) }

  var storedCount: Int {
    window.isStateless ? frameCount + ConvolutionKernel.slack : 0
  }

  /// Whether rows of outputs follow one another without a gap.
  var isGapless: Bool { layout.width == layout.outputs.columns }

  /// Whether each group has one output channel, which is one chunk.
  var isOnePlaneEach: Bool {
    matrix.rows == 1 && !isGapless && chunkRows == layout.outputs.rows
  }

  var productCount: Int {
    isGapless
      ? 0 : matrix.rows * chunkColumns(ofRows: chunkRows, slack: ConvolutionKernel.slack)
  }

  /// The outputs of some rows with those between the rows, in whole vectors where the slack allows.
  func chunkColumns(ofRows rows: Int, slack: Int) -> Int {
    let columns = (rows - 1) * layout.width + layout.outputs.columns
    return slack < ConvolutionKernel.slack ? columns : (columns + 15) / 16 * 16
  }

  func endCount(after frames: Int) -> Int {
    guard frames > 0, let length = window.axis.count(along: frames) else { return 0 }
    return max(length - timing.outputCount(ofInputs: frames), 0)
  }

  func outputLength(ofClip frames: Int) throws(ModuleError) -> Int {
    let axis = window.axis
    guard frames > 0, let length = axis.count(along: frames) else {
      throw ModuleError(
        .clipTooShort,
        "the clip has \(frames) frames and \(axis.before + axis.after) of padding, but the kernel "
          + "spans \(axis.span) frames")
    }
    guard clipFill.accepts(padding: max(axis.before, axis.after), length: frames) else {
      throw ModuleError(
        .clipTooShort,
        "the clip has \(frames) frames, too few for \(clipFill.rawValue) padding of "
          + "\(max(axis.before, axis.after)) frames")
    }
    return length
  }
}
