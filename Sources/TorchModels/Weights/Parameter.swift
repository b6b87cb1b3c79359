package import Checkpoints
import Continual
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
    private let content: Content

    /// Whether no value is infinite or NaN.
    let areFinite: Bool

    private enum Content {
      case tensor(Tensor)
      case weight(Weight)
    }

    /// Looks through values that have just been read, while they are in cache.
    init(_ tensor: Tensor) {
      content = .tensor(tensor)
      areFinite = tensor.scalars.span.areFinite
    }

    /// Takes a weight that was packed as it was read, all of it finite.
    init(finite weight: Weight) {
      content = .weight(weight)
      areFinite = true
    }

    /// The values as a tensor.
    var tensor: Tensor {
      switch content {
      case .tensor(let tensor): tensor
      case .weight(let weight): weight.tensor
      }
    }

    /// The values as the weights of a product.
    var weight: Weight {
      switch content {
      case .tensor(let tensor): Weight(tensor)
      case .weight(let weight): weight
      }
    }
  }

  /// Reads the values as `Float`; wider types are rounded to nearest.
  ///
  /// What is made of parts can depend on the axis of the output channels, which is the second of the
  /// weight of a transposed convolution. What is read with others is packed as their modules expect it, by the names
  /// of parameters.
  let read:
    @Sendable (_ outputAxis: Int, _ packings: [String: Packing]) throws(CheckpointError) -> Values

  /// Makes a parameter of one tensor.
  ///
  /// - Parameters:
  ///   - name: the dotted name.
  ///   - shape: the axis lengths.
  ///   - path: the path of the tensor in the checkpoint.
  ///   - values: reads the values.
  init(
    name: String, shape: Shape, path: String,
    values: @escaping @Sendable (_ packings: [String: Packing]) throws(CheckpointError) -> Values
  ) {
    self.init(name: name, shape: shape, parts: [path]) {
      (_, packings) throws(CheckpointError) in try values(packings)
    }
  }

  /// Makes a parameter of one tensor whose path in the checkpoint is its name.
  init(
    name: String, shape: Shape, read: @escaping @Sendable () throws(CheckpointError) -> Tensor
  ) {
    self.init(name: name, shape: shape, path: name) { (_) throws(CheckpointError) in
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
    read:
      @escaping @Sendable (_ outputAxis: Int, _ packings: [String: Packing])
      throws(CheckpointError) -> Values
  ) {
    self.name = name
    self.shape = shape
    self.parts = parts
    self.read = read
  }
}

extension Span<Float> {
  /// Whether no element is infinite or NaN; one pass that the compiler vectorises.
  var areFinite: Bool {
    // The exponent of such a number has all bits, and goes over into the sign when its last one is added.
    var carries: UInt32 = 0
    for index in indices { carries |= (self[index].bitPattern & 0x7F80_0000) &+ 0x0080_0000 }
    return carries < 0x8000_0000
  }
}
