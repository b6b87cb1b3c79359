import Continual
import Tensors

/// What stands for the elements outside a clip, in `Double`.
enum PaddingOracle {
  /// Lengthens one axis of a tensor.
  ///
  /// - Parameters:
  ///   - tensor: any shape.
  ///   - axis: which axis.
  ///   - before: how many elements come before the first one.
  ///   - after: how many come after the last one.
  ///   - mode: what they are.
  /// - Returns: the longer tensor.
  static func pad(
    _ tensor: Tensor64, axis: Int, before: Int, after: Int, with mode: PaddingMode
  ) -> Tensor64 {
    guard before > 0 || after > 0 else { return tensor }
    let length = tensor.shape[axis]
    let block = tensor.shape.axes.dropFirst(axis + 1).reduce(1, *)
    let outer = tensor.shape.axes.prefix(axis).reduce(1, *)
    var axes = tensor.shape.axes
    axes[axis] = before + length + after
    var scalars: [Double] = []
    scalars.reserveCapacity(outer * axes[axis] * block)
    for entry in 0..<outer {
      for index in -before..<length + after {
        if let source = source(of: index, length, mode) {
          let start = (entry * length + source) * block
          scalars += tensor.scalars[start..<start + block]
        } else {
          scalars += repeatElement(mode == .zeros ? 0 : -.infinity, count: block)
        }
      }
    }
    return Tensor64(Shape(axes), scalars)
  }

  /// Where an element outside is taken from; nil for a constant.
  private static func source(of index: Int, _ length: Int, _ mode: PaddingMode) -> Int? {
    if 0..<length ~= index { return index }
    switch mode {
    case .zeros, .negativeInfinity: return nil
    case .replicate: return min(max(index, 0), length - 1)
    case .reflect:
      let mirrored = index < 0 ? -index : 2 * (length - 1) - index
      return min(max(mirrored, 0), length - 1)
    case .circular: return ((index % length) + length) % length
    }
  }
}
