import Tensors

/// The names of PyTorch that are understood in a pickle.
enum TorchNames {
  static let understood: UnderstoodNames = {
    let storages = Set(StorageReference.types.keys).union(StorageReference.untyped)
    var names = UnderstoodNames(functions: TensorReader.functions)
    for module in StorageReference.modules { names.members[module] = storages }
    names.members["torch"] = storages.union(ScalarType.allCases.map(\.rawValue)).union([
      "Tensor", "per_tensor_affine", "per_channel_affine", "per_channel_affine_float_qparams",
    ])
    return names
  }()
}
