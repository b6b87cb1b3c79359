import Tensors

@testable import Continual

/// The definition of a convolution in double precision, in the most obvious loops.
struct NaiveConvolution {
  var weight: Tensor
  var bias: Tensor?
  var stride: [Int]
  var before: [Int]
  var after: [Int]
  var dilation: [Int]
  var groups: Int
  var mode: PaddingMode

  /// Each output, and the sum of the absolute values that were added up to it.
  func callAsFunction(_ clip: Tensor) -> (value: Tensor64, magnitude: Tensor64) {
    // Everything is brought to (B, C, T, H, W) by axes of one element.
    let ones = [Int](repeating: 1, count: 5 - clip.shape.rank)
    let x = clip.reshaped(Shape(clip.shape.axes + ones)).widened
    let w = weight.reshaped(Shape(weight.shape.axes + ones)).widened
    let strides = stride + ones
    let before = before + ones.map { _ in 0 }
    let after = after + ones.map { _ in 0 }
    let dilation = dilation + ones
    let length = (0..<3).map { axis in
      let span = dilation[axis] * (w.shape[axis + 2] - 1) + 1
      return (x.shape[axis + 2] + before[axis] + after[axis] - span) / strides[axis] + 1
    }
    let shape: Shape = [x.shape[0], w.shape[0], length[0], length[1], length[2]]
    var values: [Double] = []
    var magnitudes: [Double] = []
    for index in 0..<shape.count {
      let at = shape.place(ofElement: index)
      let group = at[1] / (w.shape[0] / groups)
      var value = bias.map { Double($0[at[1]]) } ?? 0
      var magnitude = abs(value)
      for channel in 0..<w.shape[1] {
        for tap in 0..<w.shape[2] * w.shape[3] * w.shape[4] {
          let k = Shape(Array(w.shape.axes[2...])).place(ofElement: tap)
          var from = [at[0], group * w.shape[1] + channel]
          for axis in 0..<3 {
            from.append(
              position(
                at[axis + 2] * strides[axis] + k[axis] * dilation[axis] - before[axis],
                length: x.shape[axis + 2]))
          }
          guard !from.contains(-1) else { continue }
          let term =
            w[at[1], channel, k[0], k[1], k[2]] * x[from[0], from[1], from[2], from[3], from[4]]
          value += term
          magnitude += abs(term)
        }
      }
      values.append(value)
      magnitudes.append(magnitude)
    }
    let axes = Shape(Array(shape.axes.prefix(clip.shape.rank)))
    return (Tensor64(axes, values), Tensor64(axes, magnitudes))
  }

  /// Where a padded position is taken from; -1 for zero.
  private func position(_ position: Int, length: Int) -> Int {
    if 0..<length ~= position { return position }
    switch mode {
    case .zeros, .negativeInfinity: return -1
    case .replicate: return position < 0 ? 0 : length - 1
    case .reflect: return position < 0 ? -position : length - 1 - (position - (length - 1))
    case .circular: return (position + length) % length
    }
  }
}
