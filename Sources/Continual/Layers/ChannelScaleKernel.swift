import Tensors

/// Multiplies each channel by a number and adds another.
struct ChannelScaleKernel: InPlaceKernel, FinishingKernel {
  let outputFrame: Shape
  /// One for each channel.
  let scales: [Float]
  /// One for each channel.
  let shifts: [Float]
  /// What the results are then kept between.
  private var bounds: (low: Float, high: Float)?

  init(outputFrame: Shape, scales: [Float], shifts: [Float]) {
    self.outputFrame = outputFrame
    self.scales = scales
    self.shifts = shifts
  }

  func finishing(with finish: Finish) -> ChannelScaleKernel? {
    guard let bounds = finish.bounds else { return nil }
    var kernel = self
    kernel.bounds = bounds
    return kernel
  }

  func apply(
    _ input: Span<Float>?, frames: Int, into output: inout MutableSpan<Float>,
    scratch: inout MutableSpan<Float>
  ) {
    let count = frames * outputFrame.plane
    // A frame without space axes has one element a channel; the loop then runs over the channels.
    if count == 1 {
      scaleVectors(input, into: &output)
      cut(&output)
      return
    }
    let cost = Double(count) * DenseLoops.nanosecondsOfElement
    Threads.split(&output, into: outputFrame[0] * outputFrame[1], cost: cost) { rows, output in
      for (index, row) in rows.enumerated() {
        var own = output._mutatingExtracting(index * count..<(index + 1) * count)
        SimpleLoops.apply(
          .scale(scales[row % scales.count], shift: shifts[row % shifts.count]),
          input?.extracting(row * count..<(row + 1) * count), into: &own)
        cut(&own)
      }
    }
  }

  private func cut(_ output: inout MutableSpan<Float>) {
    guard let (low, high) = bounds else { return }
    SimpleLoops.apply(.clamp(low: low, high: high), nil, into: &output)
  }

  private func scaleVectors(_ input: Span<Float>?, into output: inout MutableSpan<Float>) {
    let channels = scales.count
    let scale = scales.span
    let shift = shifts.span
    for batch in 0..<outputFrame[0] {
      let range = batch * channels..<(batch + 1) * channels
      var target = output._mutatingExtracting(range)
      if let input {
        let source = input.extracting(range)
        for i in source.indices { target[i] = source[i] * scale[i] + shift[i] }
      } else {
        for i in target.indices { target[i] = target[i] * scale[i] + shift[i] }
      }
    }
  }
}
