package import Checkpoints

/// One tensor of a file, and as much of its values as was asked for.
package struct TensorInspection: Sendable {
  /// How much of the values is looked at; without either, nothing of them is read.
  package struct Depth: Hashable, Sendable {
    /// Whether the smallest and largest values are found.
    package var statistics: Bool
    /// Whether the values are hashed.
    package var sha256: Bool

    /// Names what is looked at.
    package init(statistics: Bool, sha256: Bool) {
      (self.statistics, self.sha256) = (statistics, sha256)
    }
  }

  /// The tensor itself.
  package let tensor: StoredTensor

  /// The range of its values; nil where that was not asked for, or cannot be told.
  package private(set) var statistics: TensorStatistics?

  /// The SHA-256 of its row-major little-endian values, in hexadecimal digits; nil likewise.
  package private(set) var sha256: String?

  /// Why there are no values; nil where there are, as far as was looked.
  package private(set) var unreadable: String?

  /// What is wrong with the file where the values are damaged.
  ///
  /// A form of tensors that is not read is not damage.
  package private(set) var damage: CheckpointError?

  /// Reads as much of a tensor as is asked for.
  init(_ tensor: StoredTensor, depth: Depth) {
    self.tensor = tensor
    if let reason = tensor.refusal {
      unreadable = reason
      return
    }
    do throws(CheckpointError) {
      if depth.sha256 { sha256 = try TensorPieces.sha256(of: tensor) }
      if depth.statistics { statistics = try TensorStatistics(of: tensor) }
    } catch {
      unreadable = error.message
      if error.code != .unsupported { damage = error }
    }
  }
}
