import Continual
import Tensors

/// What stands for the elements outside a clip, in `Double`.
enum PaddingOracle {
  /// What is found outside.
  enum Outside {
    /// A constant.
    case value(Double)
    /// The nearest element inside.
    case nearest
    /// The element mirrored at the first or last one, which is not repeated.
    case mirrored
    /// The element as far from the other end.
    case wrapped
  }

  /// Lengthens one axis of a tensor.
  ///
  /// - Parameters:
  ///   - tensor: any shape.
  ///   - axis: which axis.
  ///   - before: how many elements come before the first one.
  ///   - after: how many come after the last one.
  ///   - outside: what they are.
  /// - Returns: the longer tensor.
  static func pad(
    _ tensor: Tensor64, axis: Int, before: Int, after: Int, with outside: Outside
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
        if let source = source(of: index, length, outside) {
          let start = (entry * length + source) * block
          scalars += tensor.scalars[start..<start + block]
        } else if case .value(let value) = outside {
          scalars += repeatElement(value, count: block)
        }
      }
    }
    return Tensor64(Shape(axes), scalars)
  }

  /// Where an element outside is taken from; nil for a constant.
  private static func source(of index: Int, _ length: Int, _ outside: Outside) -> Int? {
    if 0..<length ~= index { return index }
    switch outside {
    case .value: return nil
    case .nearest: return min(max(index, 0), length - 1)
    case .mirrored:
      let mirrored = index < 0 ? -index : 2 * (length - 1) - index
      return min(max(mirrored, 0), length - 1)
    case .wrapped: return ((index % length) + length) % length
    }
  }
}
