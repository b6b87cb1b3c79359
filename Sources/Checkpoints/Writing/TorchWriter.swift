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
package enum TorchWriter {
  /// Writes a file, reads it again, compares every bit, and only then gives it its name.
  ///
  /// - Parameters:
  ///   - content: what the file holds.
  ///   - path: where to.
  ///   - replacing: whether a file that is there is replaced; else it stays, and that is an error.
  /// - Returns: the paths of tensors that shared their storage and do not any more: of several types
  ///   in one storage, one was cast.
  /// - Throws: ``CheckpointError`` where a tensor cannot be read or written, the disk is full, or the
  ///   file does not hold what it should; the path then holds what it held before.
  @discardableResult
  package static func write(
    _ content: TorchContent, to path: String, replacing: Bool = true
  ) throws(CheckpointError) -> [String] {
    try write(content, to: OutputFile(FilePath(path), replacing: replacing))
  }

  /// Writes a file, as ``write(_:to:replacing:)`` does, at a place that was checked before.
  ///
  /// - Parameters:
  ///   - content: what the file holds.
  ///   - target: where to.
  /// - Returns: the paths of tensors that shared their storage and do not any more.
  /// - Throws: ``CheckpointError``, as there.
  @discardableResult
  package static func write(
    _ content: TorchContent, to target: OutputFile
  ) throws(CheckpointError) -> [String] {
    let tensors = content.tensors
    let layout = StorageLayout(tensors.map(\.tensor))
    let file = try PendingFile(target)
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
    try file.synchronize()
    try rethrowing(
      { (error: CheckpointError) in error.renaming(file: target.path.description) },
      try WrittenFile(file).compare(tensors, layout))
    try file.publish()
    return layout.separated.map { tensors[$0].path }
  }
}

extension StorageLayout.Record {
  /// Gives the bytes of the record, piece by piece.
  func forEachPiece(
    _ write: (Data) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    switch content {
    case .whole(let tensor): try write(Data(try tensor.littleEndianBytes()))
    case .part(let storage, let range, let from, let to):
      try storage.forEachPiece(of: range) { (piece) throws(CheckpointError) in
        var piece = piece
        if storage.isBigEndian { piece = swapped(piece, from.componentSize) }
        if from != to { piece = from.cast(piece.span, to: to) }
        try write(Data(piece))
      }
    }
  }
}

extension Storage {
  /// A multiple of the width of all elements.
  private static let pieceSize = 1 << 22

  /// Gives a range of the bytes, piece by piece, and compares all of them with their checksum.
  ///
  /// Bytes that lie in a file as they are are read from there, so that no more than a piece is in
  /// memory.
  fileprivate func forEachPiece(
    of range: Range<Int>, _ body: ([UInt8]) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    guard let stored else {
      for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.pieceSize) {
        let end = min(start + Self.pieceSize, range.upperBound)
        try body([UInt8](try bytes(start..<end)))
      }
      return
    }
    // The checksum is that of the whole storage, so that all of it is read where there is one.
    let part = StoredBytes(name: stored.name, contents: stored.contents[range], crc: nil)
    let inner = stored.crc == nil ? 0..<range.count : range
    var reader = stored.crc == nil ? part.reader : stored.reader
    while reader.left > 0 {
      // Pieces end where the range starts, so that each is inside of it or outside.
      let start = reader.offset
      let limit = start < inner.lowerBound ? inner.lowerBound - start : reader.left
      let piece = try reader.next(min(Self.pieceSize, limit))
      let kept = max(0, min(start + piece.count, inner.upperBound) - start)
      if start >= inner.lowerBound, kept > 0 { try body(Array(piece.prefix(kept))) }
    }
  }
}
