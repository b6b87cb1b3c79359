package import Checkpoints
package import Tensors

/// One tensor that modules ask for, read when it is asked for.
package struct Parameter: Sendable {
  /// The dotted name, as in `layer1.0.weight`.
  package let name: String

  /// The axis lengths.
  package let shape: Shape

  /// The paths of the tensors of the checkpoint that it is made of; one, where it is none of several
  /// parts.
  package let parts: [String]

  /// What was read of a parameter.
  struct Values {
    let tensor: Tensor

    /// Whether no value is infinite or NaN.
    let areFinite: Bool

    /// Looks through values that have just been read, while they are in cache.
    init(_ tensor: Tensor) {
      self.tensor = tensor
      areFinite = tensor.scalars.span.areFinite
    }
  }

  /// Reads the values as `Float`; wider types are rounded to nearest.
  ///
  /// What is made of parts can depend on the axis of the output channels, which is the second of the
  /// weight of a transposed convolution.
  let read: @Sendable (_ outputAxis: Int) throws(CheckpointError) -> Values

  /// Makes a parameter of one tensor.
  ///
  /// - Parameters:
  ///   - name: the dotted name.
  ///   - shape: the axis lengths.
  ///   - path: the path of the tensor in the checkpoint.
  ///   - values: reads the values.
  init(
    name: String, shape: Shape, path: String,
    values: @escaping @Sendable () throws(CheckpointError) -> Values
  ) {
    self.init(name: name, shape: shape, parts: [path]) {
      (_) throws(CheckpointError) in try values()
    }
  }

  /// Makes a parameter of one tensor whose path in the checkpoint is its name.
  init(
    name: String, shape: Shape, read: @escaping @Sendable () throws(CheckpointError) -> Tensor
  ) {
    self.init(name: name, shape: shape, path: name) { () throws(CheckpointError) in
      Values(try read())
    }
  }

  /// Makes a parameter of what is written to a file.
  package init(name: String, _ source: TensorSource) {
    self.init(name: name, shape: source.shape) { () throws(CheckpointError) in
      try source.values()
    }
  }

  /// Makes a parameter of several tensors.
  init(
    name: String, shape: Shape, parts: [String],
    read: @escaping @Sendable (_ outputAxis: Int) throws(CheckpointError) -> Values
  ) {
    self.name = name
    self.shape = shape
    self.parts = parts
    self.read = read
  }
}

extension Span<Float> {
  /// Whether no element is infinite or NaN; one pass that the compiler vectorises.
  fileprivate var areFinite: Bool {
    // The exponent of such a number has all bits, and goes over into the sign when its last one is added.
    var carries: UInt32 = 0
    for index in indices { carries |= (self[index].bitPattern & 0x7F80_0000) &+ 0x0080_0000 }
    return carries < 0x8000_0000
  }
}
