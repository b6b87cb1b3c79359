import COracles
import Continual
import Tensors

/// Convolves clips, in `Double`: the definition, with the loops in C.
///
/// `y[b, o, t, y, x] = bias[o] + sum over kt, i, kh, kw of w[o, i, kt, kh, kw] * x[b, g + i, t * st + kt
/// * dt, …]`, on a clip that is already padded. A real network needs some 1e10 of these products; they
/// share no code with the kernels. A test compares them with nested loops.
struct ConvolutionOracle {
  /// (Cout, Cin / groups, kT, kH, kW).
  let weight: Tensor
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
  func convolve(_ clip: Tensor64) -> Tensor64 { walk(clip, CO_NOTHING).sums }

  /// How far rounding can move each output of a sum in `Float`, one product after the other in the
  /// order (kT, Cin, kH, kW), starting from the bias.
  ///
  /// Each partial sum is rounded by at most half a unit in its last place, and so is each product where
  /// it is not fused with its addition (Wilkinson), so the error is at most `2^-24` times the sum of the
  /// magnitudes of all of them. Products that are denormal lose up to `2^-150` each.
  ///
  /// - Parameter clip: (B, Cin, T, H, W), padded.
  /// - Returns: (B, Cout, T', H', W').
  func roundingBound(_ clip: Tensor64) -> Tensor64 {
    let magnitudes = walk(clip, ConvolutionOracle.rounded).beside
    return Tensor64(magnitudes.shape, magnitudes.scalars.map(bound))
  }

  private func bound(_ magnitudes: Double) -> Double {
    Rounding.unit * magnitudes + Rounding.least * Double(taps)
  }

  /// What a kernel rounds.
  private static var rounded: co_beside {
    InstructionSet.current.fusesProducts ? CO_PARTIAL_SUMS : CO_MAGNITUDES
  }

  /// The standard deviation of the rounding error of each output, of a sum in the same order.
  ///
  /// Each partial sum is rounded by at most half a unit in its last place, up or down by chance, which
  /// has a variance of a third of that squared; the errors add up as independent ones do (Higham and
  /// Mary, "A new approach to probabilistic rounding error analysis", 2019). Every fourth partial sum
  /// stands for four.
  ///
  /// - Parameter clip: (B, Cin, T, H, W), padded.
  /// - Returns: (B, Cout, T', H', W').
  func roundingDeviation(_ clip: Tensor64) -> Tensor64 {
    let squares = walk(clip, CO_SQUARES).beside
    return Tensor64(squares.shape, squares.scalars.map(deviation))
  }

  private func deviation(_ squares: Double) -> Double {
    // Denormal sums are rounded by up to half the least of them, whatever their size.
    Rounding.unit * (squares / 3).squareRoot()
      + Rounding.least * (1 + (Double(taps) / 12).squareRoot())
  }

  /// Of sums as short as this, the bound is as close as eight deviations.
  private static let shortest = 48

  /// The sums and their rounding, found out together.
  ///
  /// - Parameter clip: (B, Cin, T, H, W), padded.
  /// - Returns: (B, Cout, T', H', W').
  func definition(_ clip: Tensor64) -> Definition {
    guard taps > ConvolutionOracle.shortest else {
      let (sums, magnitudes) = walk(clip, ConvolutionOracle.rounded)
      return Definition(
        values: sums, rounding: .within(magnitudes.scalars.map { Float(bound($0)) }))
    }
    let (sums, squares) = walk(clip, CO_SQUARES)
    return Definition(
      values: sums, rounding: .usual(squares.scalars.map { Float(deviation($0)) }))
  }

  /// The products of one output.
  private var taps: Int { weight.shape.axes.dropFirst().reduce(1, *) }

  /// Adds up all products, tap by tap in the order (kT, Cin, kH, kW), and what is asked for beside.
  private func walk(_ clip: Tensor64, _ asked: co_beside) -> (sums: Tensor64, beside: Tensor64) {
    let counts = outputLengths(of: clip).map { max($0, 0) }
    let output = Shape([clip.shape[0], weight.shape[0]] + counts)
    // A clip without frames has no places.
    if output.count == 0 { return (Tensor64(output), Tensor64(output)) }
    let lengths = Array(clip.shape.axes.dropFirst(2))
    let kernel = Array(weight.shape.axes.dropFirst(2))
    precondition(
      lengths.count == 3 && kernel.count == 3 && counts.allSatisfy { $0 > 0 }
        && clip.shape[1] == groups * weight.shape[1]
        && weight.shape[0].isMultiple(of: groups) && bias.count == weight.shape[0]
        && stride.count == 3 && dilation.count == 3 && (stride + dilation).allSatisfy { $0 > 0 },
      "a clip \(clip.shape) for weights \(weight.shape) in \(groups) groups")
    let shape = co_convolution(
      batch: clip.shape[0], groups: groups, inputs: weight.shape[1], outputs: weight.shape[0],
      lengths: (lengths[0], lengths[1], lengths[2]), kernel: (kernel[0], kernel[1], kernel[2]),
      stride: (stride[0], stride[1], stride[2]),
      dilation: (dilation[0], dilation[1], dilation[2]), counts: (counts[0], counts[1], counts[2]))
    var work = [Double](repeating: 0, count: co_work(shape))
    var sums = [Double](repeating: 0, count: output.count)
    var beside = [Double](repeating: 0, count: asked == CO_NOTHING ? 1 : output.count)
    // Safe: the arrays are as long as the shape says, which was compared above, and are apart.
    unsafe clip.scalars.withUnsafeBufferPointer { clip in
      unsafe weight.scalars.withUnsafeBufferPointer { weights in
        unsafe bias.withUnsafeBufferPointer { bias in
          unsafe work.withUnsafeMutableBufferPointer { work in
            unsafe sums.withUnsafeMutableBufferPointer { sums in
              unsafe beside.withUnsafeMutableBufferPointer { beside in
                unsafe co_convolve(
                  shape, clip.baseAddress, weights.baseAddress, bias.baseAddress, asked,
                  work.baseAddress, sums.baseAddress, beside.baseAddress)
              }
            }
          }
        }
      }
    }
    return (
      Tensor64(output, sums), asked == CO_NOTHING ? Tensor64([1], beside) : Tensor64(output, beside)
    )
  }

  /// The number of output places along time, height and width.
  func outputLengths(of clip: Tensor64) -> [Int] {
    let lengths = clip.shape.axes.dropFirst(2)
    let kernel = weight.shape.axes.dropFirst(2)
    return zip(zip(lengths, kernel), zip(stride, dilation)).map { sizes, steps in
      (sizes.0 - steps.1 * (sizes.1 - 1) - 1) / steps.0 + 1
    }
  }
}
