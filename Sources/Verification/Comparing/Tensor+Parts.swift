import Tensors

extension DenseTensor {
  /// The parts of an axis that are named, in that order.
  func selecting(_ places: some Collection<Int>, along axis: Int) -> DenseTensor {
    let inner = shape.axes.dropFirst(axis + 1).reduce(1, *)
    let outer = shape.axes.prefix(axis).reduce(1, *)
    var axes = shape.axes
    axes[axis] = places.count
    var values: [Scalar] = []
    values.reserveCapacity(outer * places.count * inner)
    for start in 0..<outer {
      for place in places {
        let first = (start * shape[axis] + place) * inner
        values += scalars[first..<first + inner]
      }
    }
    return DenseTensor(Shape(axes), values)
  }
}

extension [Double] {
  /// How far the numbers are from others at most.
  func largestDifference(from others: [Double]) -> Double {
    zip(self, others).reduce(0) { Swift.max($0, abs($1.0 - $1.1)) }
  }
}
