import Tensors

/// Adds up what the tensors of a file take in memory when each of them is read once.
///
/// A few bytes of a file can stand for many numbers: a view of stride 0 repeats one element, a sparse
/// tensor is mostly zeros, a compressed storage can be a thousand times as large as its record, and any
/// number of tensors can be views of one storage. Each of these alone may be right, so the sum decides,
/// before anything is read.
struct Expansion {
  private let fileSize: Int
  private let allowed: Int
  private var total = 0

  /// Starts with nothing.
  init(fileSize: Int, limits: Limits) {
    self.fileSize = fileSize
    allowed = limits.totalBytes(fileSize: fileSize)
  }

  /// Adds a storage that is inflated when it is read, and stays in memory then.
  ///
  /// - Throws: ``CheckpointError`` if the sum is too large for the file.
  mutating func add(_ storage: Storage) throws(CheckpointError) {
    if storage.isPacked { try add(storage.byteCount, entry: "storage \(storage.key)") }
  }

  /// Adds a tensor.
  ///
  /// - Throws: ``CheckpointError`` if the sum is too large for the file.
  mutating func add(_ tensor: StoredTensor) throws(CheckpointError) {
    try add(tensor.memoryCost, entry: tensor.path)
  }

  private mutating func add(_ bytes: Int, entry: String) throws(CheckpointError) {
    total = total.plus(bytes)
    guard total <= allowed else {
      throw CheckpointError(
        ValueFinding.expansion(allowed: allowed, fileSize: fileSize), entry: entry)
    }
  }
}

extension StoredTensor {
  /// The bytes that reading all elements takes.
  fileprivate var memoryCost: Int {
    let count = shape.count
    switch contents {
    case .absent: return 0
    case .strided: return count.times(scalarType.size)
    // The integers become numbers of up to eight bytes.
    case .quantized(_, let quantizer):
      guard case .perChannel(_, let scales, let zeros) = quantizer else { return count.times(8) }
      return count.times(8).plus(scales.memoryCost).plus(zeros.memoryCost)
    case .sparse(let parts):
      // Indices are in memory as bytes, as integers that may not fit, and as integers.
      let indices = parts.indices.shape.count.plus(parts.plain?.shape.count ?? 0)
      return count.times(max(scalarType.size, 8)).plus(indices.times(32))
        .plus(parts.values.memoryCost)
    }
  }
}
