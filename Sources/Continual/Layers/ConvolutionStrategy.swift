import Tensors

/// How the sums of a convolution are computed; chosen once, when a plan is made, from sizes alone.
///
/// Every strategy starts each output at the bias and adds its products in the same order, so all have the
/// same bits. They differ in what runs along a vector, and in what has to be copied before or after the
/// product:
///
/// | strategy | chosen for | a vector runs over | copies |
/// |---|---|---|---|
/// | pointwise | kernels of one element | places, of all frames | none |
/// | lanes | depthwise, no space axes | channels | none |
/// | temporal | kernels in time only | places, of all frames of a chunk | frames of a chunk |
/// | interleaved | depthwise, windows of 3 x 3 places | channels | padding, and channels side by side |
/// | planes | depthwise in other windows in space | places of a plane | padding; rows of the product |
/// | gapless | windows in space that do not overlap | places of a frame | padding |
/// | spread | windows in space that overlap, on narrow frames of which none is kept | places of a frame | padding, for each column of the kernel |
/// | chunks | all other kernels in space | places of some rows | padding; rows of the product |
enum ConvolutionStrategy: Hashable, Sendable {
  /// The kernel is one element, and every place has an output: the channels of a place are mixed, and
  /// frames are read where they are. A clip or a chunk is one product.
  case pointwise

  /// The kernel is long in time only, a frame is one number a channel, and each channel is a group with
  /// one output. A product over places would have one column; instead the weights lie as the channels do,
  /// and a vector holds as many channels as fit. A chunk of several frames has columns, one a frame, and
  /// is computed as with ``temporal``.
  case lanes

  /// The kernel is long in time only: nothing is padded in space, so that an output frame is one product
  /// that goes straight to the output, and the outputs of a chunk are one product as well, whose columns
  /// are the places of all of them.
  case temporal

  /// Each channel is a group with one output, and windows are 3 x 3 places, padded with zeros at most: a frame is
  /// stored with its channels side by side (``InterleavedLayout``), and a vector holds those of one place.
  case interleaved

  /// The kernel is long in space, each group has one output channel, and a plane is small enough for
  /// cache. All groups are computed by one call of a loop that keeps several rows of outputs in
  /// registers, since with one row of weights a product has nothing else to reuse.
  case planes

  /// The kernel is in space, but windows of a row do not overlap: its product has no numbers between
  /// the rows of outputs, and goes straight to the output.
  case gapless

  /// The kernel is in space, and windows of a row overlap, but rows are so short that what is between rows of
  /// outputs would be much of the work: a frame is stored for each column of the kernel (``FrameLayout``), and
  /// the product goes straight to the output. Frames that are kept would take as many times the memory.
  case spread

  /// The kernel is in space, and windows of a row overlap. The numbers between the end of one row of
  /// outputs and the start of the next (``FrameLayout``) are computed too and left out when the product is
  /// copied to the output. So many rows are computed at once: some hundred outputs, enough for the loops
  /// to run well, and little enough for the product to stay in cache. Where a processor can load vectors in
  /// part, the product steps over what is between rows, and goes straight to the output.
  case chunks(rows: Int)

  /// Chooses by the sizes of a convolution, and by what is around its frames.
  init(_ sizes: ConvolutionSizes, mode: PaddingMode) {
    let space = sizes.windows.dropFirst()
    // The output channels of a group.
    let rows = sizes.outputFrame[1] / sizes.groups
    if sizes.windows.allSatisfy(\.isIdentity) {
      self = .pointwise
    } else if space.allSatisfy(\.isIdentity) {
      let isDepthwise = sizes.groups == sizes.inputFrame[1] && rows == 1
      self = isDepthwise && sizes.inputFrame.plane == 1 ? .lanes : .temporal
    } else if InterleavedLayout(sizes, mode: mode) != nil {
      self = .interleaved
    } else {
      self = ConvolutionStrategy.inSpace(sizes, rows: rows)
    }
  }

  private static func inSpace(_ sizes: ConvolutionSizes, rows: Int) -> ConvolutionStrategy {
    let frame = sizes.outputFrame
    // What a window takes of the row behind its first element is a gap behind the row's outputs.
    let gap = sizes.windows.last.map { ($0.span - 1) / $0.stride } ?? 0
    guard gap > 0 else { return .gapless }
    if rows >= 32 && sizes.windows[0].isStateless && 16 * gap >= frame[frame.rank - 1] {
      return .spread
    }
    let lines = frame.rank > 3 ? frame[2] : 1
    let most = max((rows == 1 ? 4096 : 480) / (frame[frame.rank - 1] + gap), 1)
    let chunks = (lines + most - 1) / most
    return rows == 1 && chunks == 1 ? .planes : .chunks(rows: (lines + chunks - 1) / chunks)
  }

  /// Whether outputs are made of inputs at the same place only, so that the places of several frames can
  /// be columns of one product.
  var leavesSpaceAlone: Bool {
    switch self {
    case .pointwise, .lanes, .temporal: true
    case .interleaved, .planes, .gapless, .spread, .chunks: false
    }
  }
}
