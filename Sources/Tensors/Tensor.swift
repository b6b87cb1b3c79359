/// A dense row-major array with a shape; a value.
///
/// Networks compute with ``Tensor`` (`Float`); references and oracles with ``Tensor64``.
public struct DenseTensor<Scalar: BinaryFloatingPoint & Sendable>: Hashable, Sendable {
  /// The length of each axis.
  public let shape: Shape

  /// The elements in row-major order: the last axis runs fastest.
  public private(set) var scalars: [Scalar]

  /// Makes a tensor of the given elements.
  ///
  /// - Precondition: there are as many elements as the shape says.
  public init(_ shape: Shape, _ scalars: [Scalar]) {
    precondition(
      shape.count == scalars.count, "shape \(shape) does not hold \(scalars.count) elements")
    self.shape = shape
    self.scalars = scalars
  }

  /// Makes a tensor in which each element has the same value.
  public init(_ shape: Shape, repeating value: Scalar = 0) {
    self.init(shape, [Scalar](repeating: value, count: shape.count))
  }

  /// The elements of a tensor that is given up: where nobody else has them, they are changed without a copy.
  package consuming func takeScalars() -> [Scalar] { scalars }

  /// One element, by one index an axis.
  public subscript(place: Int...) -> Scalar {
    precondition(place.count == shape.rank, "\(place.count) indices for shape \(shape)")
    var offset = 0
    for (index, length) in zip(place, shape.axes) {
      precondition(0 <= index && index < length, "index \(place) outside \(shape)")
      offset = offset * length + index
    }
    return scalars[offset]
  }

  /// The same elements with other axes.
  ///
  /// - Precondition: the new shape has as many elements.
  public func reshaped(_ shape: Shape) -> DenseTensor { DenseTensor(shape, scalars) }
}

/// A tensor of `Float`, what networks compute with.
public typealias Tensor = DenseTensor<Float>

/// A tensor of `Double`, what references and oracles are made of.
public typealias Tensor64 = DenseTensor<Double>

extension DenseTensor where Scalar == Float {
  /// The same values in double precision; exact.
  public var widened: Tensor64 { Tensor64(shape, scalars.map { Double($0) }) }
}

extension DenseTensor where Scalar == Double {
  /// The nearest values in single precision.
  public var narrowed: Tensor { Tensor(shape, scalars.map { Float($0) }) }
}
