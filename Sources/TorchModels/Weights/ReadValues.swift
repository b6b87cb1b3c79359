import Checkpoints
import OrderedCollections
import Synchronization
import Tensors

/// The values of all tensors of a network, read at once when the first is asked for.
///
/// Whoever takes values owns them: nothing is kept here of what a module has taken, so that a network
/// and its checkpoint are not in memory at the same time.
final class ReadValues: Sendable {
  private let tensors: OrderedDictionary<String, StoredTensor>
  private let values = Mutex<[String: Result<Parameter.Values, CheckpointError>]?>(nil)

  /// Will read these tensors, by as many threads as there are processors.
  init(of tensors: OrderedDictionary<String, StoredTensor>) { self.tensors = tensors }

  /// The values of a tensor; read again where they were taken before.
  func take(
    _ name: String, _ tensor: StoredTensor
  ) throws(CheckpointError) -> Parameter.Values {
    let known = values.withLock { values in
      if values == nil { values = readAll() }
      return values?.removeValue(forKey: name)
    }
    guard let known else { return Parameter.Values(try tensor.values()) }
    return try known.get()
  }

  private func readAll() -> [String: Result<Parameter.Values, CheckpointError>] {
    let tensors = Array(tensors)
    let values = concurrently(tensors.count) { index in
      Result { () throws(CheckpointError) in Parameter.Values(try tensors[index].value.values()) }
    }
    return Dictionary(uniqueKeysWithValues: zip(tensors.map(\.key), values))
  }
}
