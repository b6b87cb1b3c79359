package import Tensors

/// Some numbers of the output of a module, where all of them would be too many to keep.
package struct ModuleSample: Sendable {
  /// The path of the module.
  package let path: String

  /// The shape of the whole output (B, C, T, S…).
  package let shape: Shape

  /// Where each number is in it, in row-major order.
  package let places: [Int]

  /// The numbers.
  package let values: [Double]

  /// Takes over a sample.
  ///
  /// - Returns: nil where a place is outside the output, or there is not a place for each number.
  package init?(path: String, shape: Shape, places: [Int], values: [Double]) {
    guard places.count == values.count, places.allSatisfy((0..<shape.count).contains) else {
      return nil
    }
    self.path = path
    self.shape = shape
    self.places = places
    self.values = values
  }

  /// Takes numbers of an output: one out of each of as many parts of the same length, and so of each frame
  /// and channel where there are no more of these than numbers.
  init(of output: Tensor64, path: String, count: Int) {
    let all = output.scalars.count
    let count = min(count, all)
    // The same places whenever a fixture is recorded, and others in each module.
    var random = RandomSource(seed: 0, for: path)
    places = (0..<count).map { part in
      let (start, end) = (part * all / count, (part + 1) * all / count)
      return start + Int(random.next() % UInt64(end - start))
    }
    values = places.map { output.scalars[$0] }
    self.path = path
    shape = output.shape
  }

  /// The largest difference from an output of the same shape.
  func largestDifference(from output: Tensor64) -> Double {
    places.map { output.scalars[$0] }.largestDifference(from: values)
  }

  /// The root of the mean square of the numbers.
  var rms: Double { Tensor64(Shape([values.count]), values).rms }
}
