public import Continual
public import Tensors

extension MatMul: RoundingBounded, ReferencedLeaf {
  public var operationsPerElement: Int {
    shape.rank == 3 && stack == .sum ? shape[0] * shape[1] : shape[shape.rank - 2]
  }

  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try product(clip).sums
  }

  /// The products are added one by one, group after group; see ``ConvolutionOracle/roundingBound(_:)``.
  public func roundingBound(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try product(clip).bounds
  }

  /// As the `einsum` that the stack names.
  private func product(
    _ clip: Tensor64
  ) throws(VerificationError) -> (sums: Tensor64, bounds: Tensor64) {
    let place = try axis.place(in: clip)
    let sizes = self.shape.axes
    let (rows, columns) = (sizes[sizes.count - 2], sizes[sizes.count - 1])
    // A single matrix works on whatever axis; there are no groups then.
    let isStack = sizes.count == 3
    let groups = isStack ? sizes[0] : 1
    let channels = stack == .repeated ? clip.shape[1] : clip.shape[1] / groups
    guard clip.shape[place] == rows,
      stack == .repeated || clip.shape[1] == groups * channels
    else {
      throw VerificationError(.clip(.matrices(clip.shape, matrices: self.shape)))
    }
    var axes = clip.shape.axes
    axes[place] = columns
    if isStack { axes[1] = stack == .sum ? channels : groups * channels }
    let shape = Shape(axes)
    var sums = [Double](repeating: 0, count: shape.count)
    var bounds = sums
    let strides = clip.shape.strides
    // A product of several factors is rounded itself, where it is denormal by a number that the input
    // multiplies.
    let (roundings, least) = factors.count > 1 ? (2.0, Rounding.least) : (1, 0)
    for target in 0..<shape.count {
      let index = shape.place(ofElement: target)
      let own = isStack ? index[1] / channels : 0
      let summed = stack == .sum ? 0..<groups : own..<own + 1
      for group in summed {
        var source = index
        if isStack {
          source[1] = index[1] % channels + (stack == .repeated ? 0 : group * channels)
        }
        for row in 0..<rows {
          source[place] = row
          let offset = zip(source, strides).reduce(0) { $0 + $1.0 * $1.1 }
          let entry = (group * rows + row) * columns + index[place]
          let factor = factors.reduce(1.0) { $0 * Double($1.scalars[entry]) }
          let product = factor * clip.scalars[offset]
          sums[target] += product
          bounds[target] +=
            Rounding.unit * (roundings * abs(product) + abs(sums[target])) + Rounding.least
            + least * abs(clip.scalars[offset])
        }
      }
    }
    return (Tensor64(shape, sums), Tensor64(shape, bounds))
  }
}

extension Narrow: ReferencedLeaf {
  /// Element `k` along the axis is element `start + k` of the clip.
  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    let place = try axis.place(in: clip)
    guard start + length <= clip.shape[place] else {
      throw VerificationError(
        .clip(.narrowed(clip.shape, axis: place, last: start + length - 1)))
    }
    return clip.selecting(start..<start + length, along: place)
  }
}

extension Rearrange: ReferencedLeaf {
  /// Each element goes where the names of its axes stand on the right.
  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    if isFramewise {
      return try clip.frameByFrame { one throws(VerificationError) in
        let frame = try rearranged(one.frame(0))
        return Tensor64(frames: [frame.scalars], of: frame.shape)
      }
    }
    return try rearranged(clip)
  }

  private func rearranged(_ tensor: Tensor64) throws(VerificationError) -> Tensor64 {
    var lengths = sizes
    guard pattern.left.count == tensor.shape.rank else {
      throw VerificationError(.clip(.axesOfPattern(tensor.shape, pattern.text)))
    }
    for (axis, length) in zip(pattern.left, tensor.shape.axes) {
      let known = axis.compactMap { sizes[$0] }.reduce(1, *)
      for name in axis where sizes[name] == nil { lengths[name] = length / known }
      guard axis.reduce(1, { $0 * (lengths[$1] ?? 1) }) == length else {
        throw VerificationError(.clip(.lengthsOfPattern(tensor.shape, pattern.text)))
      }
    }
    let axes = pattern.right.map { $0.reduce(1) { $0 * (lengths[$1] ?? 1) } }
    var scalars = [Double](repeating: 0, count: tensor.shape.count)
    for offset in 0..<tensor.shape.count {
      var index: [String: Int] = [:]
      for (axis, place) in zip(pattern.left, tensor.shape.place(ofElement: offset)) {
        var rest = place
        for name in axis.reversed() {
          let length = lengths[name] ?? 1
          index[name] = rest % length
          rest /= length
        }
      }
      var target = 0
      for name in pattern.right.joined() {
        target = target * (lengths[name] ?? 1) + (index[name] ?? 0)
      }
      scalars[target] = tensor.scalars[offset]
    }
    return Tensor64(Shape(axes), scalars)
  }
}
