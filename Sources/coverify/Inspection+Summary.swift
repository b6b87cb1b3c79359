import Checkpoints
import Tensors

extension Inspection.Summary {
  init(_ all: [StoredTensor]) {
    var parts: [ScalarType: Part] = [:]
    var places: [String: Int] = [:]
    for (index, tensor) in all.enumerated() {
      let count = tensor.shape.count
      var part =
        parts[tensor.scalarType]
        ?? Part(dtype: tensor.scalarType.name, tensors: 0, elements: 0, bytes: 0)
      part.tensors += 1
      part.elements = sum(part.elements, count)
      part.bytes = sum(part.bytes, product(count, tensor.scalarType.size))
      parts[tensor.scalarType] = part
      // Formats without storages have each tensor by itself.
      let isAlone = tensor.storageKey.isEmpty
      places[isAlone ? "alone \(index)" : "at " + tensor.storageKey] =
        isAlone ? product(count, tensor.scalarType.size) : tensor.storageByteCount
    }
    let sorted = parts.values.sorted { ($1.bytes, $0.dtype) < ($0.bytes, $1.dtype) }
    self.init(
      tensors: all.count, elements: sorted.reduce(0) { sum($0, $1.elements) },
      bytes: sorted.reduce(0) { sum($0, $1.bytes) }, storages: places.count,
      storageBytes: places.values.reduce(0) { sum($0, $1) }, dtypes: sorted)
  }
}

// A few bytes can claim tensors of any size, by strides of 0; their sum stops at the largest number.

private func sum(_ one: Int, _ other: Int) -> Int {
  let (sum, overflow) = one.addingReportingOverflow(other)
  return overflow ? .max : sum
}

private func product(_ one: Int, _ other: Int) -> Int {
  let (product, overflow) = one.multipliedReportingOverflow(by: other)
  return overflow ? .max : product
}
