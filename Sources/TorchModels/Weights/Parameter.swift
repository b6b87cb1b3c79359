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

  /// Reads the values as `Float`; wider types are rounded to nearest.
  ///
  /// What is made of parts can depend on the axis of the output channels, which is the second of the
  /// weight of a transposed convolution.
  let read: @Sendable (_ outputAxis: Int) throws(CheckpointError) -> Tensor

  /// Makes a parameter of one tensor.
  ///
  /// - Parameters:
  ///   - name: the dotted name.
  ///   - shape: the axis lengths.
  ///   - path: the path of the tensor in the checkpoint; nil where it is the name.
  ///   - read: reads the values.
  init(
    name: String, shape: Shape, path: String? = nil,
    read: @escaping @Sendable () throws(CheckpointError) -> Tensor
  ) {
    self.init(name: name, shape: shape, parts: [path ?? name]) {
      (_) throws(CheckpointError) in try read()
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
    read: @escaping @Sendable (_ outputAxis: Int) throws(CheckpointError) -> Tensor
  ) {
    self.name = name
    self.shape = shape
    self.parts = parts
    self.read = read
  }
}
