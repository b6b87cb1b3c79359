import Foundation
import Tensors

/// A file that was just written, opened as anybody's, to be compared with what it should hold.
struct WrittenFile {
  private let checkpoint: Checkpoint

  /// Opens a file.
  ///
  /// - Throws: ``CheckpointError`` where it cannot be read.
  init(_ path: String) throws(CheckpointError) {
    checkpoint = try Checkpoint(contentsOf: path)
  }

  /// Compares paths, shapes, types and every bit.
  ///
  /// - Parameters:
  ///   - tensors: what was written, in the order of the file.
  ///   - layout: how they share storages; nil for a format in which none are shared.
  /// - Throws: ``CheckpointError`` at the first difference.
  func compare(
    _ tensors: [(path: String, tensor: TensorSource)], _ layout: StorageLayout? = nil
  ) throws(CheckpointError) {
    guard checkpoint.tensors.map(\.path) == tensors.map(\.path) else {
      throw WrittenFile.trouble("the names of the tensors, or their order,")
    }
    var keys: [Int: String] = [:]
    for (index, (found, (path, tensor))) in zip(checkpoint.tensors, tensors).enumerated() {
      let isSame =
        found.shape == tensor.shape && found.scalarType == tensor.scalarType
        && found.requiresGrad == (layout != nil && tensor.requiresGrad)
        && (layout.map { $0.views[index].strides == found.strides } ?? true)
      guard isSame else { throw WrittenFile.trouble("shape, strides or type of \(path)") }
      if let record = layout?.views[index].record {
        guard keys[record, default: found.storageKey] == found.storageKey else {
          throw WrittenFile.trouble("the storage of \(path)")
        }
        keys[record] = found.storageKey
      }
      guard try found.littleEndianBytes() == tensor.littleEndianBytes() else {
        throw WrittenFile.trouble("the values of \(path)")
      }
    }
    guard Set(keys.values).count == keys.count else {
      throw WrittenFile.trouble("the number of storages")
    }
  }

  private static func trouble(_ what: String) -> CheckpointError {
    CheckpointError(
      .file,
      "\(what) read again is not what was written, so nothing was kept; "
        + "check the disk, and that nothing else writes to the input")
  }
}
