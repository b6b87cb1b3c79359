public import Continual
public import Tensors

extension Linear: RoundingBounded, ReferencedLeaf {
  public var operationsPerElement: Int { weightShape[1] }

  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try product(clip, along: try axis.place(in: clip)).sums
  }

  /// A dimension is counted in the frame then, so a negative one can be another axis than in the clip.
  public func referenceSteps(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try product(clip, along: try Axis.frame(axis.dimension).place(in: clip)).sums
  }

  /// See ``ConvolutionOracle/roundingBound(_:)``; the products are added in the order of the inputs.
  public func roundingBound(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try product(clip, along: try axis.place(in: clip)).bounds
  }

  private func product(
    _ clip: Tensor64, along place: Int
  ) throws(VerificationError) -> (sums: Tensor64, bounds: Tensor64) {
    let (outputs, inputs) = (weightShape[0], weightShape[1])
    guard clip.shape[place] == inputs else {
      throw VerificationError(
        .shape, "axis \(place) of \(clip.shape) has not the length of in_features, \(inputs)")
    }
    let block = clip.shape.axes.dropFirst(place + 1).reduce(1, *)
    let outer = clip.shape.axes.prefix(place).reduce(1, *)
    var axes = clip.shape.axes
    axes[place] = outputs
    let shape = Shape(axes)
    var sums = [Double](repeating: 0, count: shape.count)
    var bounds = sums
    let factors = weight.scalars
    for row in 0..<outer {
      for output in 0..<outputs {
        let target = (row * outputs + output) * block
        let start = Double(bias?.scalars[output] ?? 0)
        for index in 0..<block { sums[target + index] = start }
        for input in 0..<inputs {
          let factor = Double(factors[output * inputs + input])
          let source = (row * inputs + input) * block
          for index in 0..<block {
            let product = factor * clip.scalars[source + index]
            sums[target + index] += product
            bounds[target + index] +=
              0x1p-24 * (abs(product) + abs(sums[target + index])) + 0x1p-149
          }
        }
      }
    }
    return (Tensor64(shape, sums), Tensor64(shape, bounds))
  }
}
