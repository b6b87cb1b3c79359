package import Checkpoints
package import Tensors

/// How many tensors a file has, and how large they are.
package struct TensorSummary: Hashable, Sendable {
  /// The tensors of one element type.
  package struct Part: Hashable, Sendable {
    /// The element type.
    package let type: ScalarType
    /// The number of tensors.
    package fileprivate(set) var tensors = 0
    /// The number of their elements.
    package fileprivate(set) var elements = 0
    /// The bytes of their elements.
    package fileprivate(set) var bytes = 0
  }

  /// The parts by element type, the one with the most bytes first.
  package let parts: [Part]

  /// The number of storages that the tensors are views of.
  package let storages: Int

  /// The bytes of the storages: less than those of the tensors where these share them, and more where
  /// a tensor is a view of a part.
  package let storageBytes: Int

  /// The number of tensors.
  package var tensors: Int { parts.reduce(0) { $0 + $1.tensors } }

  /// The number of elements.
  package var elements: Int { parts.reduce(0) { $0.plus($1.elements) } }

  /// The bytes of the elements.
  package var bytes: Int { parts.reduce(0) { $0.plus($1.bytes) } }

  /// Counts the tensors of a file; reads nothing.
  package init(of tensors: [StoredTensor]) {
    var parts: [ScalarType: Part] = [:]
    var places: [String: Int] = [:]
    for (index, tensor) in tensors.enumerated() {
      let count = tensor.shape.count
      let byteCount = count.times(tensor.scalarType.size)
      var part = parts[tensor.scalarType] ?? Part(type: tensor.scalarType)
      part.tensors += 1
      part.elements = part.elements.plus(count)
      part.bytes = part.bytes.plus(byteCount)
      parts[tensor.scalarType] = part
      // Formats without storages have each tensor by itself.
      let isAlone = tensor.storageKey.isEmpty
      places[isAlone ? "alone \(index)" : "at " + tensor.storageKey] =
        isAlone ? byteCount : tensor.storageByteCount
    }
    self.parts = parts.values.sorted {
      ($1.bytes, $0.type.name) < ($0.bytes, $1.type.name)
    }
    storages = places.count
    storageBytes = places.values.reduce(0) { $0.plus($1) }
  }
}
