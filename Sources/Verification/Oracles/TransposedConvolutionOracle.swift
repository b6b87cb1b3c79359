public import Continual
public import Tensors

/// Spreads clips, in `Double`: the definition of a transposed convolution, as nested loops.
///
/// `y[b, o, t * st + kt * dt, …] += w[i, o, kt, kh, kw] * x[b, i, t, h, w]`, starting from the bias, on
/// outputs of which nothing is cropped yet. The innermost loop runs along a row of the input.
struct TransposedConvolutionOracle {
  /// (Cin, Cout / groups, kT, kH, kW).
  let weight: Tensor64
  /// One number for each output channel.
  let bias: [Double]
  let groups: Int
  /// Time, height, width.
  let stride: [Int]
  let dilation: [Int]
  /// The outputs that are appended to each axis.
  let extra: [Int]

  /// Adds up all products, tap by tap, row by row.
  ///
  /// The taps are kT from the last place to the first, Cin, and kH and kW from the last to the first.
  /// So the products of one output come in the order of its inputs.
  ///
  /// - Parameters:
  ///   - clip: (B, Cin, T, H, W).
  ///   - add: is given a weight, a row of the input, the distance of the outputs that its elements
  ///     are added to, and these outputs and their bounds.
  /// - Returns: both outputs, (B, Cout, T', H', W').
  @inline(__always)
  func spread(
    _ clip: Tensor64,
    _ add: (Double, Span<Double>, Int, inout MutableSpan<Double>, inout MutableSpan<Double>) -> Void
  ) -> (sums: Tensor64, bounds: Tensor64) {
    let lengths = Array(clip.shape.axes.dropFirst(2))
    let kernel = Array(weight.shape.axes.dropFirst(2))
    let raw = (0..<3).map { axis -> Int in
      let span = dilation[axis] * (kernel[axis] - 1) + 1
      return (lengths[axis] - 1) * stride[axis] + span + extra[axis]
    }
    let shape = Shape([clip.shape[0], bias.count] + raw)
    let volume = raw[0] * raw[1] * raw[2]
    var sums: [Double] = []
    sums.reserveCapacity(shape.count)
    for _ in 0..<shape[0] {
      for value in bias { sums += repeatElement(value, count: volume) }
    }
    var bounds = [Double](repeating: 0, count: sums.count)
    let source = clip.scalars.span
    var sumSpan = sums.mutableSpan
    var boundSpan = bounds.mutableSpan
    let taps = kernel[0] * kernel[1] * kernel[2]
    let (inputs, outputs) = (weight.shape[0] / groups, weight.shape[1])
    for lane in 0..<shape[0] * shape[1] {
      let (batch, output) = lane.quotientAndRemainder(dividingBy: shape[1])
      let (group, row) = output.quotientAndRemainder(dividingBy: outputs)
      for kt in (0..<kernel[0]).reversed() {
        for input in group * inputs..<(group + 1) * inputs {
          for place in (0..<kernel[1] * kernel[2]).reversed() {
            let (kh, kw) = place.quotientAndRemainder(dividingBy: kernel[2])
            let matrix = (input * outputs + row) * taps
            let factor = weight.scalars[matrix + kt * kernel[1] * kernel[2] + place]
            for line in 0..<lengths[0] * lengths[1] {
              let (time, height) = line.quotientAndRemainder(dividingBy: lengths[1])
              let frame = time * stride[0] + kt * dilation[0]
              let y = height * stride[1] + kh * dilation[1]
              let start = lane * volume + (frame * raw[1] + y) * raw[2] + kw * dilation[2]
              let range = start..<start + (lengths[2] - 1) * stride[2] + 1
              let channel = batch * clip.shape[1] + input
              let first = (channel * lengths[0] * lengths[1] + line) * lengths[2]
              var rowSums = sumSpan._mutatingExtracting(range)
              var rowBounds = boundSpan._mutatingExtracting(range)
              add(
                factor, source.extracting(first..<first + lengths[2]), stride[2], &rowSums,
                &rowBounds)
            }
          }
        }
      }
    }
    return (Tensor64(shape, sums), Tensor64(shape, bounds))
  }
}

extension TransposedConvolution: RoundingBounded, ReferencedLeaf {
  public func referenceLength(ofClip frames: Int) -> Int? {
    let time = axes[0]
    let raw = (frames - 1) * time.stride + time.dilation * (time.kernel - 1) + 1 + time.extra
    return frames > 0 && raw > time.before + time.after ? raw - time.before - time.after : nil
  }

  public var operationsPerElement: Int {
    let perAxis = axes.map { ($0.kernel + $0.stride - 1) / $0.stride }
    return max(weightShape[0] / groups * perAxis.reduce(1, *), 1)
  }

  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try cropped(clip) { oracle, clip in
      oracle.spread(clip) { weight, source, step, sums, _ in
        for index in source.indices { sums[index * step] += weight * source[index] }
      }.sums
    }
  }

  /// Each product and each partial sum is rounded, as ``ConvolutionOracle/roundingBound(_:)`` says.
  public func roundingBound(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    let unit = 0x1p-24 / (1 - 0x1p-24)
    return try cropped(clip) { oracle, clip in
      oracle.spread(clip) { weight, source, step, sums, bounds in
        for index in source.indices {
          let product = weight * source[index]
          sums[index * step] += product
          bounds[index * step] += unit * (abs(product) + abs(sums[index * step])) + 0x1p-149
        }
      }.bounds
    }
  }

  /// What the oracle makes of a clip, without what is cropped.
  private func cropped(
    _ clip: Tensor64, _ make: (TransposedConvolutionOracle, Tensor64) -> Tensor64
  ) throws(VerificationError) -> Tensor64 {
    guard clip.shape.rank == axes.count + 2, clip.shape[1] == weightShape[0] else {
      throw VerificationError(.clip(.transposed(clip.shape, weight: weightShape)))
    }
    guard referenceLength(ofClip: clip.shape[2]) != nil else {
      throw VerificationError(.length(.cropped(frames: clip.shape[2])))
    }
    // Without space, time is the row; else axes of one place make up for those that are missing.
    let missing = 3 - axes.count
    func full(_ shape: Shape) -> Shape {
      let ones = [Int](repeating: 1, count: missing)
      return Shape(missing == 2 ? shape.axes.prefix(2) + ones + [shape[2]] : shape.axes + ones)
    }
    func full(_ number: KeyPath<TransposedAxis, Int>, _ neutral: Int) -> [Int] {
      let numbers = axes.map { $0[keyPath: number] }
      let rest = [Int](repeating: neutral, count: missing)
      return missing == 2 ? rest + numbers : numbers + rest
    }
    let oracle = TransposedConvolutionOracle(
      weight: weight.widened.reshaped(full(weightShape)),
      bias: bias?.scalars.map(Double.init)
        ?? [Double](repeating: 0, count: weightShape[1] * groups),
      groups: groups, stride: full(\.stride, 1), dilation: full(\.dilation, 1),
      extra: full(\.extra, 0))
    let raw = make(oracle, clip.reshaped(full(clip.shape)))
    let lengths = Array(raw.shape.axes.dropFirst(2))
    let kept = missing == 2 ? [lengths[2]] : Array(lengths.prefix(axes.count))
    var result = raw.reshaped(Shape([raw.shape[0], raw.shape[1]] + kept))
    for (axis, spreading) in axes.enumerated() {
      guard spreading.before != 0 || spreading.after != 0 else { continue }
      let end = result.shape[axis + 2] - spreading.after
      result = result.selecting(spreading.before..<end, along: axis + 2)
    }
    return result
  }
}
