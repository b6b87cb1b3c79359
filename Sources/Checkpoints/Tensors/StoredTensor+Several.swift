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
}
