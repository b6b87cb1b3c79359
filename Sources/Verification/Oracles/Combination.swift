import Continual
import Tensors

/// How clips are combined element by element or channel after channel, in `Double`.
enum Combination {
  /// Combines clips (B, C, T, S…) as PyTorch does, with axes of length one repeated.
  static func combine(
    _ clips: [Tensor64], by reduction: Reduction
  ) throws(VerificationError) -> Tensor64 {
    guard let first = clips.first else { throw VerificationError(.clip(.nothingToCombine)) }
    var result = first
    for clip in clips.dropFirst() {
      switch reduction {
      case .sum: result = try elementwise(result, clip) { $0 + $1 }
      case .product: result = try elementwise(result, clip) { $0 * $1 }
      case .maximum:
        result = try elementwise(result, clip) { $0.isNaN || $1.isNaN ? .nan : max($0, $1) }
      case .concatenation: result = try concatenate(result, clip)
      }
    }
    return result
  }

  /// Combines what steps and end padding make of a clip: frame `j` of each belongs together, as far as
  /// all have one.
  ///
  /// A clip of a single frame, as of a pool of a whole clip, serves for all frames of the others.
  static func combineSteps(
    _ clips: [Tensor64], by reduction: Reduction
  ) throws(VerificationError) -> Tensor64 {
    let lengths = clips.map { $0.shape[2] }
    let several = lengths.filter { reduction == .concatenation || $0 != 1 }
    let frames = several.min() ?? 1
    return try combine(
      clips.map { $0.shape[2] > frames ? $0.frames(0..<frames) : $0 }, by: reduction)
  }

  /// What clips are combined to in one of the two modes, with its rounding: the first two, then the result
  /// with the third, and so on, each rounded once.
  static func definition(
    of clips: [Tensor64], by reduction: Reduction, isSteps: Bool
  ) throws(VerificationError) -> Definition {
    func combined(_ clips: [Tensor64]) throws(VerificationError) -> Tensor64 {
      isSteps
        ? try combineSteps(clips, by: reduction) : try combine(clips, by: reduction)
    }
    let values = try combined(clips)
    switch reduction {
    case .maximum, .concatenation: return Definition(values: values, rounding: .none)
    case .sum where clips.count > 2:
      // No partial sum is larger than the sum of the magnitudes.
      let magnitudes = clips.map { Tensor64($0.shape, $0.scalars.map { abs($0) }) }
      return Definition(
        values: values,
        rounding: .rounded(try combined(magnitudes), times: Double(clips.count - 1)))
    case .product where clips.count > 2:
      return Definition(values: values, rounding: try rounding(ofProduct: clips, isSteps: isSteps))
    case .sum, .product:
      return Definition(
        values: values, rounding: .rounded(times: Double(max(clips.count - 1, 1))))
    }
  }

  /// The rounding of a product of several factors, from the first to the last.
  ///
  /// Each product is rounded by a part of itself, and by half the least denormal number more where it is
  /// denormal; the factors that follow multiply that too. With factors `1e-30, 1e-15, 1e20`, the second
  /// product is a multiple of 1.4e-45, and the third one is off by up to 7e-26.
  private static func rounding(
    ofProduct clips: [Tensor64], isSteps: Bool
  ) throws(VerificationError) -> Rounding {
    var product = clips[0]
    var errors = Tensor64(product.shape, repeating: 0)
    for (number, clip) in clips.enumerated().dropFirst() {
      let factor = Tensor64(clip.shape, clip.scalars.map { abs($0) })
      func times(_ other: Tensor64) throws(VerificationError) -> Tensor64 {
        isSteps
          ? try combineSteps([other, factor], by: .product)
          : try combine([other, factor], by: .product)
      }
      product = try times(product)
      let before = number == 1 ? nil : try times(errors)
      errors = Tensor64(
        product.shape,
        product.scalars.indices.map { index in
          (before?.scalars[index] ?? 0) + abs(product.scalars[index]) * (Rounding.unit + 1e-15)
            + Rounding.least / 2
        })
    }
    return .within(errors.scalars.map { Float($0 * (1 + 1e-6)).nextUp })
  }

  private static func elementwise(
    _ left: Tensor64, _ right: Tensor64, _ combine: (Double, Double) -> Double
  ) throws(VerificationError) -> Tensor64 {
    if left.shape == right.shape {
      return Tensor64(left.shape, zip(left.scalars, right.scalars).map(combine))
    }
    let fits =
      left.shape.rank == right.shape.rank
      && zip(left.shape.axes, right.shape.axes).allSatisfy { $0 == $1 || $0 == 1 || $1 == 1 }
    guard fits else {
      throw VerificationError(.clip(.combined(left.shape, right.shape)))
    }
    let shape = Shape(zip(left.shape.axes, right.shape.axes).map { $0 == 1 ? $1 : $0 })
    guard shape.count > 0, let length = shape.axes.last else {
      return Tensor64(shape, zip(left.scalars, right.scalars).map(combine))
    }
    let steps = (steps(of: left.shape), steps(of: right.shape))
    let last = (steps.0.last ?? 1, steps.1.last ?? 1)
    let (lefts, rights) = (left.scalars.span, right.scalars.span)
    var scalars = [Double](repeating: 0, count: shape.count)
    var target = scalars.mutableSpan
    // Row by row; the place of a row is counted up like an odometer.
    var place = [Int](repeating: 0, count: shape.rank - 1)
    var (here, there) = (0, 0)
    for row in 0..<shape.count / length {
      for index in 0..<length {
        target[row * length + index] = combine(
          lefts[here + index * last.0], rights[there + index * last.1])
      }
      for axis in place.indices.reversed() {
        place[axis] += 1
        here += steps.0[axis]
        there += steps.1[axis]
        if place[axis] < shape[axis] { break }
        here -= place[axis] * steps.0[axis]
        there -= place[axis] * steps.1[axis]
        place[axis] = 0
      }
    }
    return Tensor64(shape, scalars)
  }

  /// The distance from one place to the next along each axis; zero where the only one is repeated.
  private static func steps(of shape: Shape) -> [Int] {
    zip(shape.strides, shape.axes).map { $1 == 1 ? 0 : $0 }
  }

  private static func concatenate(
    _ left: Tensor64, _ right: Tensor64
  ) throws(VerificationError) -> Tensor64 {
    var axes = left.shape.axes
    axes[1] = right.shape[1]
    guard axes == right.shape.axes else {
      throw VerificationError(.clip(.concatenated(left.shape, right.shape)))
    }
    axes[1] += left.shape[1]
    let batch = left.shape[0]
    var scalars: [Double] = []
    scalars.reserveCapacity(left.shape.count + right.shape.count)
    for entry in 0..<batch {
      for clip in [left, right] {
        let count = clip.shape.count / max(batch, 1)
        scalars += clip.scalars[entry * count..<(entry + 1) * count]
      }
    }
    return Tensor64(Shape(axes), scalars)
  }
}
