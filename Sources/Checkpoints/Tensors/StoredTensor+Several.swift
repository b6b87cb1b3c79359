public import Tensors

extension StoredTensor {
  /// The values of several tensors, read by as many threads as there are processors.
  ///
  /// - Parameter tensors: of any checkpoints.
  /// - Returns: for each tensor its values, or why they cannot be read.
  public static func values(
    of tensors: [StoredTensor]
  ) -> [Result<Tensor, CheckpointError>] {
    concurrently(tensors.count) { index in
      Result { () throws(CheckpointError) in try tensors[index].values() }
    }
  }

  /// The values of several tensors by name, read by as many threads as there are processors.
  ///
  /// - Parameter tensors: of any checkpoints.
  /// - Returns: for each name the values of its tensor, or why they cannot be read.
  package static func values(
    of tensors: [String: StoredTensor]
  ) -> [String: Result<Tensor, CheckpointError>] {
    let named = Array(tensors)
    let results = values(of: named.map(\.value))
    return Dictionary(uniqueKeysWithValues: zip(named.map(\.key), results))
  }
}
