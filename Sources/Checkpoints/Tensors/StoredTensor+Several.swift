import Dispatch
import Synchronization
public import Tensors

extension StoredTensor {
  /// The values of several tensors, read by as many threads as there are processors.
  ///
  /// - Parameter tensors: of any checkpoints.
  /// - Returns: for each tensor its values, or why they cannot be read.
  public static func values(
    of tensors: [StoredTensor]
  ) -> [Result<Tensor, CheckpointError>] {
    let results = Mutex([Result<Tensor, CheckpointError>?](repeating: nil, count: tensors.count))
    DispatchQueue.concurrentPerform(iterations: tensors.count) { index in
      let result = Result { () throws(CheckpointError) in try tensors[index].values() }
      results.withLock { $0[index] = result }
    }
    return results.withLock { $0.compactMap(\.self) }
  }

  /// The values of several tensors by name, read by as many threads as there are processors.
  ///
  /// - Parameter tensors: of any checkpoints.
  /// - Returns: for each name the values of its tensor, or why they cannot be read.
  package static func values(
    of tensors: [String: StoredTensor]
  ) -> [String: Result<Tensor, CheckpointError>] {
    let names = Array(tensors.keys)
    let results = Mutex([String: Result<Tensor, CheckpointError>]())
    DispatchQueue.concurrentPerform(iterations: names.count) { index in
      guard let tensor = tensors[names[index]] else { return }
      let result = Result { () throws(CheckpointError) in try tensor.values() }
      results.withLock { $0[names[index]] = result }
    }
    return results.withLock { $0 }
  }
}
