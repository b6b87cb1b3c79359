import Foundation
import Tensors

/// Writes checkpoints as `torch.save` does: a zip archive that `torch.load(weights_only=True)` reads.
///
/// Entries are stored, start at multiples of 64 bytes and have checksums; the pickle is of protocol 2
/// and names nothing but dicts, storages and the functions that make tensors of them. Tensors that
/// share memory do so afterwards. Storages are written piece by piece, so that memory stays small.
///
/// ```swift
/// let tensors = checkpoint.tensors.map { (name: $0.path, tensor: TensorSource($0)) }
/// try TorchWriter.write(.stateDict(tensors, modules: []), to: "model.pt")
/// ```
public enum TorchWriter {
  /// Writes a file, reads it again, compares every bit, and only then gives it its name.
  ///
  /// - Parameters:
  ///   - content: what the file holds.
  ///   - path: where to; a file that is there is replaced.
  /// - Returns: the paths of tensors that shared their storage and do not any more: of several types
  ///   in one storage, one was cast.
  /// - Throws: ``CheckpointError`` where a tensor cannot be read or written, the disk is full, or the
  ///   file does not hold what it should; the path then holds what it held before.
  @discardableResult
  public static func write(
    _ content: TorchContent, to path: String
  ) throws(CheckpointError) -> [String] {
    let tensors = content.tensors
    let layout = StorageLayout(tensors.map(\.tensor))
    let file = try PendingFile(path)
    var archive = ZipWriter(file)
    try archive.add("archive/data.pkl", TorchPickler.pickle(content, layout))
    try archive.add("archive/.format_version", Array("1".utf8))
    try archive.add("archive/.storage_alignment", Array("\(ZipWriter.alignment)".utf8))
    try archive.add("archive/byteorder", Array("little".utf8))
    for (index, record) in layout.records.enumerated() {
      try archive.begin("archive/data/\(index)", size: record.byteCount)
      try record.forEachPiece { (piece) throws(CheckpointError) in try archive.append(piece) }
      try archive.end()
    }
    try archive.add("archive/version", Array("3\n".utf8))
    try archive.finish()
    try file.close()
    do throws(CheckpointError) {
      try WrittenFile(file.temporaryPath).compare(tensors, layout)
    } catch {
      throw error.renaming(file: path)
    }
    try file.publish()
    return layout.separated.map { tensors[$0].path }
  }
}

extension StorageLayout.Record {
  private static let pieceSize = 1 << 22

  /// Gives the bytes of the record, piece by piece.
  func forEachPiece(
    _ write: (Data) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    switch content {
    case .whole(let tensor): try write(Data(try tensor.littleEndianBytes()))
    case .part(let storage, let range, let from, let to):
      let bytes = try storage.bytes()
      var next = range.lowerBound
      while next < range.upperBound {
        let end = min(next + Self.pieceSize, range.upperBound)
        var piece = bytes[bytes.startIndex + next..<bytes.startIndex + end]
        if storage.isBigEndian { piece = Data(swapped([UInt8](piece), from.componentSize)) }
        if from != to { piece = Data(from.cast(piece.span, to: to)) }
        try write(piece)
        next = end
      }
    }
  }
}
