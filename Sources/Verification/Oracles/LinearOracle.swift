public import Continual
public import Tensors

extension Linear: RoundingBounded, ReferencedLeaf, SumDefined {
  public var operationsPerElement: Int { weightShape[1] }

  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try product(clip, along: try axis.place(in: clip)) { $0.convolve($1) }
  }

  /// A dimension is counted in the frame then, so a negative one can be another axis than in the clip.
  public func referenceSteps(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try product(clip, along: try stepAxis(clip)) { $0.convolve($1) }
  }

  /// See ``ConvolutionOracle/roundingBound(_:)``; the products are added in the order of the inputs.
  public func roundingBound(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try product(clip, along: try axis.place(in: clip)) { $0.roundingBound($1) }
  }

  public func roundingDeviation(_ clip: Tensor64) throws(VerificationError) -> Tensor64? {
    try product(clip, along: try axis.place(in: clip)) { $0.roundingDeviation($1) }
  }

  func definition(_ clip: Tensor64, isSteps: Bool) throws(VerificationError) -> Definition {
    let rows = try rows(clip, along: isSteps ? try stepAxis(clip) : try axis.place(in: clip))
    let made = rows.oracle.definition(rows.clip)
    return Definition(
      values: Tensor64(rows.output, rows.inPlace(made.values.scalars)),
      rounding: made.rounding.mapped(rows.inPlace))
  }

  private func stepAxis(_ clip: Tensor64) throws(VerificationError) -> Int {
    try Axis.frame(axis.dimension).place(in: clip)
  }

  private func product(
    _ clip: Tensor64, along place: Int, _ make: (ConvolutionOracle, Tensor64) -> Tensor64
  ) throws(VerificationError) -> Tensor64 {
    let rows = try rows(clip, along: place)
    return Tensor64(rows.output, rows.inPlace(make(rows.oracle, rows.clip).scalars))
  }

  /// A product along one axis as a convolution of one place.
  private struct Rows {
    let oracle: ConvolutionOracle
    /// (outer, in, 1, 1, block), or, where there is nothing behind the axis, (1, in, 1, 1, outer), which
    /// is one long row.
    let clip: Tensor64
    let output: Shape
    let isTransposed: Bool

    /// The numbers of an output in the order of the clip that was given.
    func inPlace<Scalar>(_ scalars: [Scalar]) -> [Scalar] {
      isTransposed ? scalars.transposed(rows: oracle.weight.shape[0]) : scalars
    }
  }

  private func rows(_ clip: Tensor64, along place: Int) throws(VerificationError) -> Rows {
    let (outputs, inputs) = (weightShape[0], weightShape[1])
    guard clip.shape[place] == inputs else {
      throw VerificationError(.clip(.features(clip.shape, axis: place, expected: inputs)))
    }
    let block = clip.shape.axes.dropFirst(place + 1).reduce(1, *)
    let outer = clip.shape.axes.prefix(place).reduce(1, *)
    var axes = clip.shape.axes
    axes[place] = outputs
    let oracle = ConvolutionOracle(
      weight: weight.reshaped([outputs, inputs, 1, 1, 1]),
      bias: bias?.scalars.map(Double.init) ?? [Double](repeating: 0, count: outputs),
      stride: [1, 1, 1], dilation: [1, 1, 1], groups: 1)
    let isTransposed = block == 1
    let rows =
      isTransposed
      ? Tensor64([1, inputs, 1, 1, outer], clip.scalars.transposed(rows: outer))
      : clip.reshaped([outer, inputs, 1, 1, block])
    return Rows(oracle: oracle, clip: rows, output: Shape(axes), isTransposed: isTransposed)
  }
}

extension Array {
  /// A matrix of so many rows with rows and columns exchanged.
  fileprivate func transposed(rows: Int) -> [Element] {
    let columns = count / Swift.max(rows, 1)
    return (0..<count).map { self[$0 % rows * columns + $0 / rows] }
  }
}
