/// One named tensor of a checkpoint, read when it is asked for.
public struct Parameter: Sendable {
  /// The dotted name, as in `layer1.0.weight`.
  public let name: String

  /// The axis lengths.
  public let shape: Shape

  /// The element type in the file.
  public let scalarType: ScalarType

  /// Reads the values as `Float`; wider types are rounded to nearest.
  public let read: @Sendable () throws -> Tensor

  /// Reads the values for a layer whose output channels are the second axis, as of a transposed
  /// convolution; nil where that makes no difference.
  package var readByColumns: (@Sendable () throws -> Tensor)?

  /// Makes a parameter whose values come from `read`.
  public init(
    name: String, shape: Shape, scalarType: ScalarType,
    read: @escaping @Sendable () throws -> Tensor
  ) {
    self.name = name
    self.shape = shape
    self.scalarType = scalarType
    self.read = read
  }
}
