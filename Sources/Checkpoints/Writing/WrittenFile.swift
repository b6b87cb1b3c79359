import Foundation
import Tensors

/// A file that was just written, opened as anybody's, to be compared with what it should hold.
struct WrittenFile {
  private let checkpoint: Checkpoint

  /// Opens a file that does not have its name yet.
  ///
  /// - Throws: ``CheckpointError`` where it cannot be read.
  init(_ file: PendingFile) throws(CheckpointError) { checkpoint = try file.written() }

  /// Compares paths, shapes, types and every bit of tensors that have their own bytes each.
  ///
  /// - Parameter tensors: what was written, in the order of the file.
  /// - Throws: ``CheckpointError`` at the first difference.
  func compare(
    _ tensors: [(path: String, tensor: TensorSource)]
  ) throws(CheckpointError) {
    try comparePaths(tensors)
    for (found, (path, tensor)) in zip(checkpoint.tensors, tensors) {
      guard found.shape == tensor.shape, found.scalarType == tensor.scalarType else {
        throw WrittenFile.trouble(.type(path))
      }
      var pieces = TensorPieces(found)
      var isSame = true
      try tensor.forEachPiece { (piece) throws(CheckpointError) in
        if isSame { isSame = try pieces.next() == piece }
      }
      guard isSame, try pieces.next() == nil else {
        throw WrittenFile.trouble(.values(path))
      }
    }
  }

  /// Compares tensors that are views of storages: what each is, and every bit of the storages.
  ///
  /// - Parameters:
  ///   - tensors: what was written, in the order of the file.
  ///   - layout: their storages.
  /// - Throws: ``CheckpointError`` at the first difference.
  func compare(
    _ tensors: [(path: String, tensor: TensorSource)], _ layout: StorageLayout
  ) throws(CheckpointError) {
    try comparePaths(tensors)
    var storages: [Int: Storage] = [:]
    for (index, (found, (path, tensor))) in zip(checkpoint.tensors, tensors).enumerated() {
      let view = layout.views[index]
      guard case .strided(let storage, let signs) = found.contents, found.shape == tensor.shape,
        found.scalarType == tensor.scalarType, found.strides == view.strides,
        found.elementOffset == view.offset, signs == view.signs,
        found.requiresGrad == tensor.requiresGrad, found.isParameter == tensor.isParameter
      else { throw WrittenFile.trouble(.layout(path)) }
      guard storages[view.record, default: storage] === storage else {
        throw WrittenFile.trouble(.storage(path))
      }
      storages[view.record] = storage
    }
    guard Set(storages.values.map(\.key)).count == layout.records.count else {
      throw WrittenFile.trouble(.storageCount)
    }
    for (index, record) in layout.records.enumerated() {
      guard let storage = storages[index], try storage.holds(record) else {
        throw WrittenFile.trouble(.bytes(storage: index))
      }
    }
  }

  private func comparePaths(
    _ tensors: [(path: String, tensor: TensorSource)]
  ) throws(CheckpointError) {
    guard checkpoint.tensors.map(\.path) == tensors.map(\.path) else {
      throw WrittenFile.trouble(.names)
    }
  }

  private static func trouble(_ part: OutputFinding.WrittenPart) -> CheckpointError {
    CheckpointError(OutputFinding.differs(part))
  }
}

extension Storage {
  /// Whether the bytes are those of a record, compared piece by piece.
  fileprivate func holds(_ record: StorageLayout.Record) throws(CheckpointError) -> Bool {
    guard let stored, byteCount == record.byteCount else { return false }
    var reader = stored.reader
    var isSame = true
    try record.forEachPiece { (piece) throws(CheckpointError) in
      isSame = isSame && piece.count <= reader.left
      guard isSame else { return }
      isSame = Data(try reader.next(piece.count)) == piece
    }
    return isSame && reader.left == 0
  }
}
