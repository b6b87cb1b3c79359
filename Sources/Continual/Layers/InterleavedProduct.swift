/// The sums of a frame of outputs of a depthwise convolution whose frames are interleaved.
struct InterleavedProduct: Sendable {
  let layout: InterleavedLayout
  /// (block, time, height, width, channel), from a line of the cache on, and the biases of all blocks.
  private let weights: [Float]
  private let start: Int
  private let biases: [Float]
  /// What is done with the outputs, of the channels of all blocks.
  private var finish: Finish?
  /// The products of an output.
  private let taps: Int

  /// - Parameters:
  ///   - matrix: one row for each channel.
  ///   - layout: how frames are stored.
  init(_ matrix: PackedMatrix, _ layout: InterleavedLayout) {
    self.layout = layout
    let taps = matrix.columns
    let (block, blocks) = (InterleavedLayout.block, layout.blocks)
    var weights = [Float](repeating: 0, count: blocks * block * taps + block)
    let start = DenseLoops.floatsToLine(weights.span)
    matrix.withPanels { panels in
      for channel in 0..<layout.channels {
        let row = channel * matrix.groupCount
        let first = start + channel / block * block * taps + channel % block
        for tap in 0..<taps { weights[first + tap * block] = panels[row + tap] }
      }
    }
    (self.weights, self.start, self.taps) = (weights, start, taps)
    biases = matrix.biases + [Float](repeating: 0, count: blocks * block - layout.channels)
  }

  /// The floats of work space, some of which only serve to begin at a line of the cache.
  var scratch: Int {
    DenseLoops.workCount(columns: layout.outputs.columns) + DenseLoops.lineLength
  }

  /// Has outputs finished.
  mutating func finish(with finish: Finish) {
    self.finish = finish.filled(to: biases.count)
  }

  /// Computes an output frame of one element of a batch.
  ///
  /// - Parameters:
  ///   - frames: what the stored frames are part of.
  ///   - bases: where the frames of the window start, the oldest first.
  ///   - output: the frame, whose channels are `stride` floats apart.
  ///   - stride: as many as a frame has for each channel, or more.
  ///   - work: at least ``scratch`` floats.
  func compute(
    _ frames: Span<Float>, bases: Span<Int>, into output: inout MutableSpan<Float>, stride: Int,
    work: inout MutableSpan<Float>
  ) {
    let (block, outputs) = (InterleavedLayout.block, layout.outputs)
    let cost =
      Double(outputs.rows * outputs.columns * taps * block) * 2 * DenseLoops.nanosecondsOfProduct
    Threads.split(layout.blocks, of: &output, cost: cost, work: &work, of: scratch) {
      range, output, work in
      var work = work._mutatingExtracting(DenseLoops.floatsToLine(work.span)...)
      for index in range {
        let channel = index * block
        var own = output._mutatingExtracting((channel * stride)...)
        DenseLoops.multiplyInterleaved(
          weights.span.extracting((start + channel * taps)...),
          biases: biases.span.extracting(channel...),
          by: frames.extracting((index * layout.blockCount)...), bases: bases,
          .init(
            channels: min(layout.channels - channel, block), rows: outputs.rows,
            columns: outputs.columns, width: layout.width, step: layout.step),
          channel: channel, finish: finish, work: &work, into: &own, stride: stride)
      }
    }
  }
}
