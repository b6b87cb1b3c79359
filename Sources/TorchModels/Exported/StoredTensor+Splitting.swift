import Checkpoints
import Tensors

extension StoredTensor {
  /// The same numbers without axes of length one, each other axis split into several of given lengths; without the
  /// split where these do not fit.
  func split(into sizes: [Int]) -> StoredTensor {
    let kept = shape.axes.indices.filter { shape[$0] != 1 }
    var (axes, strides): ([Int], [Int]) = ([], [])
    var rest = sizes.filter { $0 != 1 }[...]
    for axis in kept {
      var parts: [Int] = []
      while let size = rest.first, parts.reduce(size, { $0.times($1) }) <= shape[axis] {
        parts.append(rest.removeFirst())
      }
      guard parts.reduce(1, *) == shape[axis] else {
        return viewed(
          shape: Shape(kept.map { shape[$0] }), strides: kept.map { self.strides[$0] })
      }
      for index in parts.indices {
        axes.append(parts[index])
        strides.append(parts[(index + 1)...].reduce(self.strides[axis], *))
      }
    }
    return viewed(shape: Shape(axes), strides: strides)
  }
}
