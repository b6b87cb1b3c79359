package import Checkpoints
import OrderedCollections
import Tensors

/// Tensors of a checkpoint that are views of one storage: tied weights, or parts of one buffer.
package struct SharedStorage: Sendable {
  /// What identifies the storage in the file.
  package let key: String

  /// The tensors, in the order of the file.
  package let names: [String]

  /// The storages that more than one tensor is a view of, in the order of the file.
  ///
  /// - Parameter tensors: of one checkpoint.
  /// - Returns: the groups; tensors without elements share nothing.
  package static func groups(of tensors: [(name: String, tensor: StoredTensor)]) -> [SharedStorage]
  {
    var groups: OrderedDictionary<String, [String]> = [:]
    for (name, tensor) in tensors where !tensor.storageKey.isEmpty && tensor.shape.count > 0 {
      groups[tensor.storageKey, default: []].append(name)
    }
    return groups.filter { $0.value.count > 1 }.map { SharedStorage(key: $0.key, names: $0.value) }
  }
}
