import Tensors

@testable import Continual

/// The definition of a transposed convolution in double precision: each input is spread over the
/// outputs, in the most obvious loops.
struct NaiveTransposedConvolution {
  var weight: Tensor
  var bias: Tensor?
  var stride: [Int]
  var before: [Int]
  var after: [Int]
  var extra: [Int]
  var dilation: [Int]
  var groups: Int

  /// Each output, and the sum of the absolute values that were added up to it.
  func callAsFunction(_ clip: Tensor) -> (value: Tensor64, magnitude: Tensor64) {
    // Everything is brought to (B, C, T, H, W) by axes of one element.
    let rank = clip.shape.rank
    let ones = [Int](repeating: 1, count: 5 - rank)
    let zeros = ones.map { _ in 0 }
    let x = clip.reshaped(Shape(clip.shape.axes + ones))
    let w = weight.reshaped(Shape(weight.shape.axes + ones))
    let (strides, dilations) = (stride + ones, dilation + ones)
    let (before, after, extra) = (before + zeros, after + zeros, extra + zeros)
    let lengths = (0..<3).map { axis -> Int in
      let span = dilations[axis] * (w.shape[axis + 2] - 1) + 1
      let raw = (x.shape[axis + 2] - 1) * strides[axis] + span + extra[axis]
      return raw - before[axis] - after[axis]
    }
    let shape: Shape = [x.shape[0], w.shape[1] * groups, lengths[0], lengths[1], lengths[2]]
    let plane = lengths.reduce(1, *)
    var values = (0..<shape.count).map { index -> Double in
      bias.map { Double($0.scalars[index / plane % shape[1]]) } ?? 0
    }
    var magnitudes = values.map(abs)
    let kernel = Shape(Array(w.shape.axes[2...]))
    for index in 0..<x.shape.count {
      let at = x.shape.place(ofElement: index)
      let group = at[1] / (x.shape[1] / groups)
      for tap in 0..<kernel.count {
        let k = kernel.place(ofElement: tap)
        let to = (0..<3).map { axis -> Int in
          at[axis + 2] * strides[axis] + k[axis] * dilations[axis] - before[axis]
        }
        guard zip(to, lengths).allSatisfy({ $0 >= 0 && $0 < $1 }) else { continue }
        for output in 0..<w.shape[1] {
          let channel = group * w.shape[1] + output
          let frame = (at[0] * shape[1] + channel) * lengths[0] + to[0]
          let place: Int = (frame * lengths[1] + to[1]) * lengths[2] + to[2]
          let weight = w.scalars[(at[1] * w.shape[1] + output) * kernel.count + tap]
          let term = Double(weight) * Double(x.scalars[index])
          values[place] += term
          magnitudes[place] += abs(term)
        }
      }
    }
    let axes = Shape(Array(shape.axes.prefix(rank)))
    return (Tensor64(axes, values), Tensor64(axes, magnitudes))
  }
}
