import Tensors

/// A convolution over a ring of the last frames.
///
/// The ring holds raw frames, padded and laid out as ``FrameLayout`` says. An output is made only in
/// steps where one is due. Each of its elements starts at the bias, and the products are added in the
/// order of the weights: time (the oldest frame first), input channel, height, width. The clip is
/// computed with the same ring, frame after frame, so that clip and step have the same bits.
struct ConvolutionKernel: FinishingKernel {
  let outputFrame: Shape
  /// The floats of one channel of an input frame, and of an output frame.
  let inputPlane: Int
  let outputPlane: Int
  /// The window in time, the frames that a stream keeps for it, and where they are.
  let window: WindowAxis
  let ring: FrameRing
  let taps: RingTaps
  /// What stands for missing frames of a clip, and of a stream.
  let clipFill: PaddingMode
  let streamFill: PaddingMode
  private(set) var product: ConvolutionProduct
  /// What is kept instead of the input: the frames that a pointwise convolution makes of it; nil for the input.
  private(set) var mixed: (any FrameMixer)?
  /// Whether the outputs of a chunk of several frames are one product, and the taps in time of that.
  let joinsFrames: Bool
  let times: TimeTaps

  init(
    _ sizes: ConvolutionSizes, _ strategy: ConvolutionStrategy, matrix: PackedMatrix,
    layout: FrameLayout, clipFill: PaddingMode, streamFill: PaddingMode
  ) {
    outputFrame = sizes.outputFrame
    inputPlane = sizes.inputFrame.plane
    outputPlane = sizes.outputFrame.plane
    self.clipFill = clipFill
    self.streamFill = streamFill
    product = ConvolutionProduct(sizes, strategy, matrix: matrix, layout: layout)
    window = sizes.windows[0]
    ring = FrameRing(slots: window.kept, frameCount: product.frameCount)
    taps = RingTaps(window, in: ring)
    joinsFrames = strategy.leavesSpaceAlone && !window.isStateless
    times = TimeTaps(window, plane: sizes.inputFrame.plane)
  }

  func finishing(with finish: Finish) -> ConvolutionKernel? {
    var kernel = self
    kernel.product.finish(with: finish)
    return kernel
  }

  /// The same kernel behind a pointwise one, whose work it does: its input is that of the other.
  ///
  /// - Returns: nil where that would not be faster.
  func mixing(with kernel: PointwiseConvolutionKernel) -> ConvolutionKernel? {
    guard !joinsFrames else { return nil }
    let mixed: (any FrameMixer)? =
      if let interleaved = product.interleaved {
        InterleavedMixedFrames(kernel, storedAs: interleaved.layout)
      } else {
        MixedFrames(kernel, storedAs: product.layout)
      }
    guard let mixed else { return nil }
    var result = self
    result.mixed = mixed
    return result
  }

  var timing: Timing { window.timing }

  /// The ring, and the number of frames seen.
  var state: StateLayout {
    StateLayout(
      floats: window.isStateless ? 0 : ring.count + ConvolutionProduct.slack, counters: 1)
  }

  /// The work space of a product or of what is made before it, then a stored frame where there is no ring; or that
  /// of the frames of a chunk.
  func scratch(frames: Int) -> Int {
    max(workCount + storedCount, timeCount(frames: frames))
  }

  /// As many floats as are whole lines of the cache.
  var workCount: Int { DenseLoops.lines(max(product.scratch, mixed?.scratch ?? 0)) }

  /// A stored frame, what may be read behind it, and what is left out before a line of the cache.
  var storedCount: Int {
    window.isStateless
      ? ring.frameCount + ConvolutionProduct.slack + DenseLoops.lineLength : 0
  }

  func endCount(after frames: Int) -> Int {
    guard frames > 0, let length = window.count(along: frames) else { return 0 }
    return max(length - timing.outputCount(ofInputs: frames), 0)
  }

  func outputLength(ofClip frames: Int) throws(ModuleError) -> Int {
    guard frames > 0, let length = window.count(along: frames) else {
      throw ModuleError(
        .clip(
          .kernel(frames: frames, span: window.span, padding: window.before + window.after)))
    }
    let padding = max(window.before, window.after)
    guard clipFill.accepts(padding: padding, length: frames) else {
      throw ModuleError(.clip(.padding(frames: frames, clipFill, padding)))
    }
    return length
  }
}
