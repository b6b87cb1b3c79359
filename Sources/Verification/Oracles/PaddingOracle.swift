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

  /// How one axis is made longer.
  struct Margin {
    let before: Int
    let after: Int
    let mode: PaddingMode
  }

  /// Lengthens time, height and width of a clip (B, C, T, H, W), one axis after the other, in one pass.
  static func pad(_ clip: Tensor64, _ margins: [Margin]) -> Tensor64 {
    guard margins.contains(where: { $0.before > 0 || $0.after > 0 }) else { return clip }
    let lengths = Array(clip.shape.axes.dropFirst(2))
    /// For each place along an axis, where it is taken from; nil for a constant.
    let sources = zip(lengths, margins).map { length, margin in
      (-margin.before..<length + margin.after).map { source(of: $0, length, margin.mode) }
    }
    let constants = margins.map { $0.mode == .zeros ? 0 : -Double.infinity }
    let shape = Shape(Array(clip.shape.axes.prefix(2)) + sources.map(\.count))
    let inside = margins[2].before..<margins[2].before + lengths[2]
    var scalars: [Double] = []
    scalars.reserveCapacity(shape.count)
    func append(_ places: some Collection<Int?>, from start: Int) {
      for place in places { scalars.append(place.map { clip.scalars[start + $0] } ?? constants[2]) }
    }
    for channel in 0..<shape[0] * shape[1] {
      for time in sources[0] {
        for row in sources[1] {
          guard let time, let row else {
            // The constant of the axis that is lengthened last.
            let constant = row == nil ? constants[1] : constants[0]
            scalars += sources[2].map { $0 == nil ? constants[2] : constant }
            continue
          }
          let start = ((channel * lengths[0] + time) * lengths[1] + row) * lengths[2]
          append(sources[2].prefix(inside.lowerBound), from: start)
          scalars += clip.scalars[start..<start + lengths[2]]
          append(sources[2].suffix(from: inside.upperBound), from: start)
        }
      }
    }
    return Tensor64(shape, scalars)
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
