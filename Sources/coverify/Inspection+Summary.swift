import Checkpoints
import Tensors

extension Inspection.Summary {
  init(_ all: [StoredTensor]) {
    var parts: [ScalarType: Part] = [:]
    var places: [String: Int] = [:]
    for (index, tensor) in all.enumerated() {
      let count = tensor.shape.count
      let byteCount = count.times(tensor.scalarType.size)
      var part =
        parts[tensor.scalarType]
        ?? Part(dtype: tensor.scalarType.name, tensors: 0, elements: 0, bytes: 0)
      part.tensors += 1
      part.elements = part.elements.plus(count)
      part.bytes = part.bytes.plus(byteCount)
      parts[tensor.scalarType] = part
      // Formats without storages have each tensor by itself.
      let isAlone = tensor.storageKey.isEmpty
      places[isAlone ? "alone \(index)" : "at " + tensor.storageKey] =
        isAlone ? byteCount : tensor.storageByteCount
    }
    let sorted = parts.values.sorted { ($1.bytes, $0.dtype) < ($0.bytes, $1.dtype) }
    self.init(
      tensors: all.count, elements: sorted.reduce(0) { $0.plus($1.elements) },
      bytes: sorted.reduce(0) { $0.plus($1.bytes) }, storages: places.count,
      storageBytes: places.values.reduce(0) { $0.plus($1) }, dtypes: sorted)
  }
}
