import Continual
import Tensors

/// Convolves clips, in `Double`: the definition, as nested loops.
///
/// `y[b, o, t, y, x] = bias[o] + sum over i, kt, kh, kw of w[o, i, kt, kh, kw] * x[b, g + i, t * st + kt
/// * dt, …]`, on a clip that is already padded. The innermost loop runs along a row of the output, so
/// that the compiler can make it a vector loop; a real network needs some 1e9 of these products.
struct ConvolutionOracle {
  /// (Cout, Cin / groups, kT, kH, kW).
  let weight: Tensor64
  /// One number for each output channel; zeros where there is none.
  let bias: [Double]
  /// Time, height, width.
  let stride: [Int]
  let dilation: [Int]
  let groups: Int

  /// Convolves a padded clip.
  ///
  /// - Parameter clip: (B, Cin, T, H, W).
  /// - Returns: (B, Cout, T', H', W').
  func convolve(_ clip: Tensor64) -> Tensor64 {
    walk(clip) { weight, source, step, sums, _ in
      if step == 1 {
        for index in sums.indices { sums[index] += weight * source[index] }
      } else {
        for index in sums.indices { sums[index] += weight * source[index * step] }
      }
    }.sums
  }

  /// How far rounding can move each output of a sum in `Float`, one product after the other in the
  /// order (kT, Cin, kH, kW), starting from the bias.
  ///
  /// Each product and each partial sum is rounded by at most half a unit in its last place (Wilkinson),
  /// so the error is at most `2^-24` times the sum of the magnitudes of all of them; fused products
  /// round less. Products that are denormal lose up to `2^-150` each.
  ///
  /// - Parameter clip: (B, Cin, T, H, W), padded.
  /// - Returns: (B, Cout, T', H', W').
  func roundingBound(_ clip: Tensor64) -> Tensor64 {
    let unit = 0x1p-24 / (1 - 0x1p-24)
    return walk(clip) { weight, source, step, sums, bounds in
      for index in sums.indices {
        let product = weight * source[index * step]
        sums[index] += product
        bounds[index] += unit * (abs(product) + abs(sums[index])) + 0x1p-149
      }
    }.bounds
  }

  /// The standard deviation of the rounding error of each output, of a sum in the same order.
  ///
  /// Each partial sum is rounded by at most half a unit in its last place, up or down by chance, which
  /// has a variance of a third of that squared; the errors add up as independent ones do (Higham and
  /// Mary, "A new approach to probabilistic rounding error analysis", 2019).
  ///
  /// - Parameter clip: (B, Cin, T, H, W), padded.
  /// - Returns: (B, Cout, T', H', W').
  func roundingDeviation(_ clip: Tensor64) -> Tensor64 {
    let squares = walk(clip) { weight, source, step, sums, squares in
      for index in sums.indices {
        sums[index] += weight * source[index * step]
        squares[index] += sums[index] * sums[index]
      }
    }.bounds
    return Tensor64(squares.shape, squares.scalars.map { 0x1p-24 * ($0 / 3).squareRoot() })
  }

  /// Adds up all products, tap by tap in the order (kT, Cin, kH, kW), row by row.
  ///
  /// - Parameters:
  ///   - clip: padded.
  ///   - add: is given a weight, the input from the place of the first element on, the distance from
  ///     one element to the next there, and the rows of the output and of the bounds.
  /// - Returns: both outputs.
  @inline(__always)
  private func walk(
    _ clip: Tensor64,
    _ add: (Double, Span<Double>, Int, inout MutableSpan<Double>, inout MutableSpan<Double>) -> Void
  ) -> (sums: Tensor64, bounds: Tensor64) {
    let (input, kernel, stride, dilation) = flattened(clip)
    let lengths = Array(input.shape.axes.dropFirst(2))
    let kernels = Array(kernel.axes.dropFirst(2))
    let counts = ConvolutionOracle.counts(lengths, kernels, stride, dilation)
    let volume = counts[0] * counts[1] * counts[2]
    let inputVolume = lengths[0] * lengths[1] * lengths[2]
    let outputs = kernel[0]
    let inputs = kernel[1]
    var sums: [Double] = []
    sums.reserveCapacity(input.shape[0] * outputs * volume)
    for _ in 0..<input.shape[0] {
      for value in bias { sums += repeatElement(value, count: volume) }
    }
    var bounds = [Double](repeating: 0, count: sums.count)
    let source = input.scalars.span
    var sumSpan = sums.mutableSpan
    var boundSpan = bounds.mutableSpan
    let taps = kernels[0] * kernels[1] * kernels[2]
    for lane in 0..<input.shape[0] * outputs {
      let (batch, output) = lane.quotientAndRemainder(dividingBy: outputs)
      let group = output / (outputs / groups)
      for kt in 0..<kernels[0] {
        for channel in 0..<inputs {
          let plane = (batch * inputs * groups + group * inputs + channel) * inputVolume
          let weights = (output * inputs + channel) * taps + kt * kernels[1] * kernels[2]
          for kh in 0..<kernels[1] {
            for kw in 0..<kernels[2] {
              let factor = weight.scalars[weights + kh * kernels[2] + kw]
              for time in 0..<counts[0] {
                let frame = time * stride[0] + kt * dilation[0]
                for row in 0..<counts[1] {
                  let line = frame * lengths[1] + row * stride[1] + kh * dilation[1]
                  let start: Int = plane + line * lengths[2] + kw * dilation[2]
                  let end: Int = start + (counts[2] - 1) * stride[2] + 1
                  let target: Int = lane * volume + (time * counts[1] + row) * counts[2]
                  let range: Range<Int> = target..<target + counts[2]
                  var rowSums = sumSpan._mutatingExtracting(range)
                  var rowBounds = boundSpan._mutatingExtracting(range)
                  add(factor, source.extracting(start..<end), stride[2], &rowSums, &rowBounds)
                }
              }
            }
          }
        }
      }
    }
    let shape = Shape([clip.shape[0], outputs] + outputLengths(of: clip))
    return (Tensor64(shape, sums), Tensor64(shape, bounds))
  }

  /// The number of output places along time, height and width.
  func outputLengths(of clip: Tensor64) -> [Int] {
    ConvolutionOracle.counts(
      Array(clip.shape.axes.dropFirst(2)), Array(weight.shape.axes.dropFirst(2)), stride, dilation)
  }

  private static func counts(
    _ lengths: [Int], _ kernel: [Int], _ stride: [Int], _ dilation: [Int]
  ) -> [Int] {
    lengths.indices.map { axis in
      let span = dilation[axis] * (kernel[axis] - 1) + 1
      return (lengths[axis] - span) / stride[axis] + 1
    }
  }

  /// The same convolution with rows as long as they can be: a plane is one row for a kernel of one
  /// place, and a clip without space has its time as the row.
  private func flattened(
    _ clip: Tensor64
  ) -> (clip: Tensor64, kernel: Shape, stride: [Int], dilation: [Int]) {
    let axes = clip.shape.axes
    let kernel = weight.shape.axes
    if axes[3] == 1 && axes[4] == 1 && kernel[3] == 1 && kernel[4] == 1 {
      return (
        clip.reshaped(Shape([axes[0], axes[1], 1, 1, axes[2]])),
        Shape([kernel[0], kernel[1], 1, 1, kernel[2]]), [1, 1, stride[0]], [1, 1, dilation[0]]
      )
    }
    guard kernel[3] == 1, kernel[4] == 1, stride[1] == 1, stride[2] == 1 else {
      return (clip, weight.shape, stride, dilation)
    }
    let plane = axes[3] * axes[4]
    if kernel[2] == 1 && stride[0] == 1 {
      return (
        clip.reshaped(Shape([axes[0], axes[1], 1, 1, axes[2] * plane])), weight.shape, [1, 1, 1],
        [1, 1, 1]
      )
    }
    return (
      clip.reshaped(Shape([axes[0], axes[1], axes[2], 1, plane])), weight.shape, [stride[0], 1, 1],
      [dilation[0], 1, 1]
    )
  }
}
