import Continual
import Tensors

/// How clips are combined element by element or channel after channel, in `Double`.
enum Combination {
  /// Combines clips (B, C, T, S…) as PyTorch does, with axes of length one repeated.
  static func combine(
    _ clips: [Tensor64], by reduction: Reduction
  ) throws(VerificationError) -> Tensor64 {
    guard let first = clips.first else { throw VerificationError(.shape, "combines nothing") }
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
      throw VerificationError(
        .shape, "clips of shapes \(left.shape) and \(right.shape) cannot be combined")
    }
    let shape = Shape(zip(left.shape.axes, right.shape.axes).map { $0 == 1 ? $1 : $0 })
    var scalars: [Double] = []
    scalars.reserveCapacity(shape.count)
    for offset in 0..<shape.count {
      let place = shape.place(ofElement: offset)
      scalars.append(combine(element(of: left, at: place), element(of: right, at: place)))
    }
    return Tensor64(shape, scalars)
  }

  private static func element(of clip: Tensor64, at place: [Int]) -> Double {
    var offset = 0
    for (index, length) in zip(place, clip.shape.axes) {
      offset = offset * length + (length == 1 ? 0 : index)
    }
    return clip.scalars[offset]
  }

  private static func concatenate(
    _ left: Tensor64, _ right: Tensor64
  ) throws(VerificationError) -> Tensor64 {
    var axes = left.shape.axes
    axes[1] = right.shape[1]
    guard axes == right.shape.axes else {
      throw VerificationError(
        .shape, "clips of shapes \(left.shape) and \(right.shape) cannot be concatenated")
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
