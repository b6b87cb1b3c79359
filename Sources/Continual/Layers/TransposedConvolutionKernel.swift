import Tensors

/// A transposed convolution of the last frames of a stream.
///
/// A stream remembers raw frames. For a chunk, these and the new frames are laid out one behind the
/// other, with zeros around each as ``PhaseLayout`` says; where there is nothing to remember and
/// nothing to pad, the chunk itself will do. Then the outputs of one phase of all axes
/// (``TransposedAxis``) are one product, whose columns are all places of all frames, or of one frame
/// where there are two space axes. Each output starts at the bias, and its products are added in
/// the order of ``PhasePacking``, so its bits do not depend on how a clip is cut into chunks.
///
/// Raw output `r = q * stride + phase` of the time axis reads the inputs `q - reach` to `q`. It is due
/// when input `q` has come. Some are held back (``TransposedAxis/heldBack``), so a stream remembers as
/// many more inputs as these reach back.
struct TransposedConvolutionKernel: Kernel {
  let outputFrame: Shape
  let timing: Timing
  let batch: Int
  let channels: Int
  /// The floats of one channel of an input frame, and of an output frame.
  let inputPlane: Int
  let outputPlane: Int
  let time: TransposedAxis
  let layout: PhaseLayout
  /// The phases of time that any input adds to.
  let phases: [TimePhase]
  /// For each phase of space, the taps of one channel, and those of one group in a chunk of one frame.
  let channelTaps: [TapOffsets]
  let singleTaps: [TapOffsets]
  /// What every output starts from.
  let biases: [Float]
  /// The frames that a stream remembers, and how many zeros can stand behind the last frame.
  let ring: FrameRing
  let tail: Int
  /// Whether some outputs get nothing but the bias.
  let hasGaps: Bool
  /// The most columns of a product that does not go straight to the output.
  let productColumns: Int

  /// What makes the outputs of one residue of the stride in time.
  struct TimePhase: Sendable {
    let residue: Int
    /// How far the oldest input is before the newest.
    let reach: Int
    /// Where the frames of the taps start, from that of the oldest input on.
    let bases: [Int]
    /// One for each phase of space.
    let matrices: [PackedMatrix]
  }

  /// - Throws: ``ModuleError`` where a stream would need more memory than a layer may have.
  init(
    _ module: TransposedConvolution, frame: Shape, outputFrame: Shape
  ) throws(ModuleError) {
    self.outputFrame = outputFrame
    batch = frame[0]
    channels = frame[1]
    inputPlane = frame.plane
    outputPlane = outputFrame.plane
    let axes = module.axes
    let time = axes[0]
    self.time = time
    timing = time.timing
    let past = time.reach + (time.heldBack + time.stride - 1) / time.stride
    ring = FrameRing(slots: past, frameCount: frame.count)
    tail = max(0, (time.span + time.extra - time.after - 1) / time.stride)
    guard
      let layout = PhaseLayout(
        rows: axes.count > 2 ? axes[1] : TransposedAxis(), of: frame.rank > 3 ? frame[2] : 1,
        columns: axes.count > 1 ? axes[axes.count - 1] : TransposedAxis(),
        of: frame.rank > 2 ? frame[frame.rank - 1] : 1),
      Size.product([past + 1 + tail, frame[0], frame[1], layout.channelCount]) != nil
    else {
      throw ModuleError(.size(.layer(frames: past, frame, .transposed)))
    }
    self.layout = layout
    let matrices = module.matrices()
    phases = time.phases.enumerated().map { index, phase in
      let reach = phase.taps.map(\.back).max() ?? 0
      return TimePhase(
        residue: phase.residue, reach: reach,
        bases: phase.taps.map { (reach - $0.back) * layout.channelCount },
        matrices: Array(matrices[index * layout.phases.count..<(index + 1) * layout.phases.count]))
    }
    hasGaps = phases.count < time.stride || !layout.isComplete
    biases =
      module.bias?.scalars ?? [Float](repeating: 0, count: module.weightShape[1] * module.groups)
    channelTaps = layout.phases.map { TapOffsets($0?.taps ?? []) }
    let group = channels / module.groups
    let stored = (past + 1 + tail) * layout.channelCount
    singleTaps = layout.phases.map { phase in
      TapOffsets(
        (0..<group).flatMap { channel in (phase?.taps ?? []).map { channel * stored + $0 } })
    }
    // Some hundred outputs at once: enough for the loops to run well, little enough to stay in cache.
    productColumns = max(module.weightShape[1] == 1 ? 4096 : 480, layout.width)
  }

  var groups: Int { phases[0].matrices[0].groups }

  /// The output channels of a group.
  var rows: Int { phases[0].matrices[0].rows }

  /// The past frames; the number of frames that have come.
  var state: StateLayout { StateLayout(floats: ring.count, counters: 1) }

  /// How many frames a stream remembers.
  var past: Int { ring.slots }

  /// Whether a chunk can be read as it is.
  var readsInput: Bool { past == 0 && tail == 0 && layout.isCopy }

  /// Whether a frame's outputs lie in the output as they do in the product, and are worth a product of
  /// their own where other frames are between them.
  var isDirect: Bool { layout.isGapless && (time.stride == 1 || outputPlane >= 32) }

  /// The floats of the products.
  var productCount: Int { isDirect ? 0 : rows * productColumns }

  func scratch(frames: Int) -> Int {
    productCount
      + (readsInput ? 0 : batch * channels * (past + frames + tail) * layout.channelCount)
  }

  func endCount(after frames: Int) -> Int {
    max(0, (time.outputLength(of: frames) ?? 0) - timing.outputCount(ofInputs: frames))
  }

  func outputLength(ofClip frames: Int) throws(ModuleError) -> Int {
    guard let length = time.outputLength(of: frames) else {
      throw ModuleError(
        .clip(.cropped(frames: frames, before: time.before, after: time.after)))
    }
    return length
  }
}
