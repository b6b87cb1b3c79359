extension ConvolutionKernel {
  /// Computes an output frame whose channels are `stride` floats apart.
  ///
  /// Without `frames`, the only stored frame is in the work space behind the product. There are
  /// `slack` floats behind the last frame.
  func compute(
    _ frames: Span<Float>?, slack: Int, bases: Span<Int>, into output: inout MutableSpan<Float>,
    stride: Int, scratch: inout MutableSpan<Float>
  ) {
    for item in 0..<batch {
      if isLanes && stride == 1, let frames {
        var own = output._mutatingExtracting(item * channels..<(item + 1) * channels)
        DenseLoops.multiplyLanes(
          lanes.span, biases: matrix.biases.span, by: frames.extracting((item * channels)...),
          bases: bases, into: &own)
        continue
      }
      if isOnePlaneEach, let frames {
        var own = output._mutatingExtracting((item * matrix.groups * stride)...)
        DenseLoops.multiplyPlanes(
          matrix, by: frames.extracting((item * channels * layout.channelCount)...),
          plane: channels / matrix.groups * layout.channelCount, bases: bases, taps: taps,
          product: &scratch, into: &own,
          stride: stride, rows: layout.outputs.rows, columns: layout.outputs.columns,
          width: layout.width,
          computed: chunkColumns(ofRows: layout.outputs.rows, slack: slack))
        continue
      }
      for group in 0..<matrix.groups {
        let source =
          (item * channels + group * (channels / matrix.groups)) * layout.channelCount
        let target = (item * matrix.groups + group) * matrix.rows * stride
        if isGapless {
          var own = output._mutatingExtracting(target...)
          if let frames {
            DenseLoops.multiply(
              matrix, group: group, by: frames.extracting(source...), bases: bases, taps: taps,
              into: &own, stride: stride, columns: outputPlane)
          } else {
            DenseLoops.multiply(
              matrix, group: group, by: scratch.span.extracting((productCount + source)...),
              bases: bases, taps: taps, into: &own, stride: stride, columns: outputPlane)
          }
          continue
        }
        for row in Swift.stride(from: 0, to: layout.outputs.rows, by: chunkRows) {
          let rows = min(chunkRows, layout.outputs.rows - row)
          let columns = chunkColumns(ofRows: rows, slack: slack)
          let first = source + row * layout.width
          if let frames {
            DenseLoops.multiply(
              matrix, group: group, by: frames.extracting(first...), bases: bases, taps: taps,
              into: &scratch, stride: columns, columns: columns)
          } else {
            DenseLoops.multiply(
              matrix, group: group, within: &scratch,
              by: productCount + first..<productCount + storedCount, bases: bases, taps: taps,
              into: 0..<productCount, stride: columns, columns: columns)
          }
          copyProduct(
            scratch.span, rowStride: columns, rows: rows, into: &output,
            at: target + row * layout.outputs.columns, stride: stride)
        }
      }
    }
  }

  /// Copies the outputs of some rows, without those between the rows.
  private func copyProduct(
    _ product: Span<Float>, rowStride: Int, rows: Int, into output: inout MutableSpan<Float>,
    at start: Int, stride: Int
  ) {
    var own = output._mutatingExtracting(start...)
    DenseLoops.copyRows(
      product, .init(plane: rowStride, stride: layout.width), into: &own,
      .init(plane: stride, stride: layout.outputs.columns), planes: matrix.rows, rows: rows,
      columns: layout.outputs.columns)
  }
}
