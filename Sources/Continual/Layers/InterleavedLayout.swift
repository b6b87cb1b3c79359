import Tensors

/// How a frame is stored so that its channels run along vectors.
///
/// Blocks of 16 channels lie one behind the other. In a block, the 16 numbers of a place are side by side, place
/// after place of the padded frame (nChw16c, as oneDNN calls it). Channels that fill up the last block are zeros.
///
/// A window of 3 x 3 places then reads whole vectors, wherever it is, none of which is in two lines of the cache,
/// and no lane of a vector is left over at the end of a row. Where rows are short, that is most of the work.
struct InterleavedLayout: Sendable {
  /// The channels of a block.
  static let block = 16

  let channels: Int
  /// The rows and columns of a frame.
  let rows: Int
  let columns: Int
  /// The places between neighbouring windows.
  let step: Int
  /// How many outputs there are along each axis.
  let outputs: (rows: Int, columns: Int)
  /// The places of a stored row, and the stored rows.
  let width: Int
  let lines: Int
  /// The place that the first number of a channel goes to.
  private let first: Int

  /// Plans how frames of a depthwise convolution are stored.
  ///
  /// - Returns: nil where windows are not 3 x 3 places, one or two places apart, where the padding is more than
  ///   zeros, where filling up the last block would be more than a fourth of the work, or where the result is too
  ///   large to count.
  init?(_ sizes: ConvolutionSizes, mode: PaddingMode) {
    let frame = sizes.inputFrame
    guard mode == .zeros, frame.rank == 4, sizes.groups == frame[1],
      sizes.outputFrame[1] == frame[1]
    else { return nil }
    let (vertical, horizontal) = (sizes.windows[1], sizes.windows[2])
    let isWindow = [vertical, horizontal].allSatisfy { $0.kernel == 3 && $0.dilation == 1 }
    let blocks = (frame[1] + InterleavedLayout.block - 1) / InterleavedLayout.block
    guard isWindow, vertical.stride == horizontal.stride, vertical.stride <= 2,
      sizes.outputFrame[3] >= 3, 4 * blocks * InterleavedLayout.block <= 5 * frame[1]
    else { return nil }
    channels = frame[1]
    (rows, columns) = (frame[2], frame[3])
    step = vertical.stride
    outputs = (sizes.outputFrame[2], sizes.outputFrame[3])
    lines = max(vertical.before + rows, (outputs.rows - 1) * step + 3)
    width = max(horizontal.before + columns, (outputs.columns - 1) * step + 3)
    first = vertical.before * width + horizontal.before
    guard Size.product([blocks, InterleavedLayout.block, lines, width]) != nil else { return nil }
  }

  /// The number of blocks of channels.
  var blocks: Int { (channels + InterleavedLayout.block - 1) / InterleavedLayout.block }

  /// The floats of a block.
  var blockCount: Int { lines * width * InterleavedLayout.block }

  /// The floats of a stored frame.
  var frameCount: Int { blocks * blockCount }

  /// Where a row of the frame starts in a block.
  func place(ofRow row: Int) -> Int { (first + row * width) * InterleavedLayout.block }

  /// Stores a frame.
  ///
  /// - Parameters:
  ///   - source: its channels, of which the first one starts at its beginning.
  ///   - stride: the floats from one channel of the source to the next.
  ///   - target: all zeros, or what this function has left there before.
  func store(_ source: Span<Float>, stride: Int, into target: inout MutableSpan<Float>) {
    let cost = Double(blockCount) * InterleavedLayout.nanosecondsOfStore
    var all = target._mutatingExtracting(0..<frameCount)
    Threads.split(&all, into: blocks, cost: cost) { range, target in
      for block in range {
        let channel = block * InterleavedLayout.block
        let place = (block - range.lowerBound) * blockCount + place(ofRow: 0)
        var own = target._mutatingExtracting(place...)
        DenseLoops.interleave(
          source.extracting((channel * stride)...), stride: stride,
          channels: min(channels - channel, InterleavedLayout.block), rows: rows,
          columns: columns, into: &own, width: width)
      }
    }
  }

  /// About how long a number takes to store.
  private static let nanosecondsOfStore = 0.05
}
