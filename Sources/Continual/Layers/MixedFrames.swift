import Tensors

/// Something that makes the frames of a pointwise convolution, and stores them in the ring of one behind it.
protocol FrameMixer: Sendable {
  /// The floats of work space.
  var scratch: Int { get }

  /// Makes a frame, and stores it.
  ///
  /// - Parameters:
  ///   - input: (B, C, S…), from its first float on.
  ///   - stride: the floats from one channel of the input to the next.
  ///   - slot: where the frame is stored; all zeros, or what this function has left there before.
  ///   - work: at least ``scratch`` floats.
  func store(
    _ input: Span<Float>, stride: Int, into slot: inout MutableSpan<Float>,
    work: inout MutableSpan<Float>)
}

/// The frames that a pointwise convolution makes of its input, stored in the ring of a convolution behind it as
/// they are made.
///
/// In a network of inverted bottlenecks, these are its largest frames. Made block by block, of some rows and
/// channels, they are in the nearest cache when they are put where the ring wants them, with zeros between the
/// rows, and are never anywhere else. Each number is the same product, finished in the same way, and has the same
/// bits as that of the pointwise convolution by itself.
struct MixedFrames: FrameMixer {
  private let kernel: PointwiseConvolutionKernel
  private let layout: FrameLayout
  /// The rows of a frame, and the columns of each.
  private let rows: Int
  private let columns: Int
  /// The most rows and channels of a block.
  private let blockRows: Int
  private let blockChannels: Int

  /// The floats of a block: of 48 kB of the nearest cache, two thirds.
  private static let blockCount = 8192

  /// The fewest places of a frame for which there are blocks: of fewer, a clip is better made by one product of
  /// all frames.
  static let leastPlane = 256

  /// - Returns: nil where the frames are too small, or where what is around them is more than zeros.
  init?(_ kernel: PointwiseConvolutionKernel, storedAs layout: FrameLayout) {
    let frame = kernel.outputFrame
    guard frame.plane >= MixedFrames.leastPlane, layout.isPaddedWithZeros else { return nil }
    self.kernel = kernel
    self.layout = layout
    columns = frame[frame.rank - 1]
    rows = frame.plane / columns
    // A panel of the matrix, and as many rows as there is room for, but some vectors at least.
    let panel = min(kernel.matrix.rows, 8)
    let most = max(MixedFrames.blockCount / columns / panel, (96 + columns - 1) / columns)
    let bands = (rows + most - 1) / most
    blockRows = (rows + bands - 1) / bands
    let channels = MixedFrames.blockCount / (blockRows * columns) / 8 * 8
    blockChannels = min(max(channels, 8), kernel.matrix.rows)
  }

  var scratch: Int { blockChannels * blockRows * columns }

  func store(
    _ input: Span<Float>, stride: Int, into slot: inout MutableSpan<Float>,
    work: inout MutableSpan<Float>
  ) {
    let (matrix, taps) = (kernel.matrix, kernel.taps(plane: stride))
    let bands = (rows + blockRows - 1) / blockRows
    let parts = (matrix.rows + blockChannels - 1) / blockChannels
    let groups = kernel.inputFrame[0] * matrix.groups
    let cost = Double(scratch * matrix.columns) * DenseLoops.nanosecondsOfProduct
    Threads.split(groups * bands * parts, of: &slot, cost: cost, work: &work, of: scratch) {
      range, slot, work in
      for index in range {
        // Channel by channel of a band of rows, whose inputs stay near.
        let (group, rest) = index.quotientAndRemainder(dividingBy: bands * parts)
        let (band, part) = rest.quotientAndRemainder(dividingBy: parts)
        let lines = band * blockRows..<min((band + 1) * blockRows, rows)
        let channels = part * blockChannels..<min((part + 1) * blockChannels, matrix.rows)
        let count = lines.count * columns
        let origin = DenseLoops.origin
        DenseLoops.multiply(
          matrix, group: group % matrix.groups, rows: channels,
          by: input.extracting(
            (group * matrix.columns * stride + lines.lowerBound * columns)...),
          bases: origin.span, taps: taps, finish: kernel.finish, into: &work, stride: count,
          columns: count)
        let first = (group * matrix.rows + channels.lowerBound) * layout.channelCount
        var own = slot._mutatingExtracting(first...)
        layout.store(channels.count, rows: lines, from: work.span, stride: count, into: &own)
      }
    }
  }
}
