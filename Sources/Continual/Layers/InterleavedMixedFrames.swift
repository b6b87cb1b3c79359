import Tensors

/// The frames that a pointwise convolution makes of its input, stored with their channels side by side in the ring of
/// a depthwise convolution behind it.
///
/// The product whose columns are written side by side makes them as they are stored, so that nothing is copied: they
/// are written once, and are never anywhere else. Each number has the same bits as that of the pointwise convolution
/// by itself.
struct InterleavedMixedFrames: FrameMixer {
  private let kernel: PointwiseConvolutionKernel
  private let layout: InterleavedLayout
  /// The elements of a batch.
  private let batch: Int
  /// The most rows of a frame that are made at once, whose inputs stay near.
  private let bandRows: Int

  /// The floats of the inputs of a band: of 48 kB of the nearest cache, two thirds.
  private static let bandCount = 8192

  /// - Returns: nil where the frames are too small, or where channels are mixed in groups.
  init?(_ kernel: PointwiseConvolutionKernel, storedAs layout: InterleavedLayout) {
    let matrix = kernel.matrix
    guard kernel.outputFrame.plane >= MixedFrames.leastPlane, matrix.groups == 1,
      matrix.height == 8
    else { return nil }
    self.kernel = kernel
    self.layout = layout
    batch = kernel.inputFrame[0]
    let most = max(InterleavedMixedFrames.bandCount / (matrix.columns * layout.columns), 1)
    let bands = (layout.rows + most - 1) / most
    bandRows = (layout.rows + bands - 1) / bands
  }

  var scratch: Int { 0 }

  func store(
    _ input: Span<Float>, stride: Int, into slot: inout MutableSpan<Float>,
    work: inout MutableSpan<Float>
  ) {
    let matrix = kernel.matrix
    let bands = (layout.rows + bandRows - 1) / bandRows
    let products = bandRows * layout.columns * matrix.rows * matrix.columns
    let cost = Double(products) * DenseLoops.nanosecondsOfProduct
    Threads.split(batch * bands, of: &slot, cost: cost, work: &work, of: 0) { range, slot, _ in
      for index in range {
        let (item, band) = index.quotientAndRemainder(dividingBy: bands)
        let lines = band * bandRows..<min((band + 1) * bandRows, layout.rows)
        let first = item * matrix.columns * stride + lines.lowerBound * layout.columns
        let place = item * layout.frameCount + layout.place(ofRow: lines.lowerBound)
        var own = slot._mutatingExtracting(place...)
        DenseLoops.multiplyAcross(
          matrix, by: input.extracting(first...), rowStep: stride,
          .init(
            count: layout.columns, runs: lines.count, rightStep: 1, rightRun: layout.columns,
            outputStep: InterleavedLayout.block,
            outputRun: layout.width * InterleavedLayout.block, block: layout.blockCount,
            isFilled: true),
          finish: kernel.finish, into: &own)
      }
    }
  }
}
