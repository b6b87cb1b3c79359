public import Foundation
import Tensors

/// Writes tensors of a checkpoint as safetensors, one after the other, so that memory stays small.
///
/// Each tensor has its own bytes, in row-major order; two that share a storage are written twice.
public enum SafetensorsFile {
  /// Writes a file, reads it again, compares every bit, and only then gives it its name.
  ///
  /// - Parameters:
  ///   - tensors: by name; the header keeps their order.
  ///   - metadata: notes for the header, texts by name.
  ///   - path: where to.
  ///   - replacing: whether a file that is there is replaced; else it stays, and that is an error.
  /// - Throws: ``CheckpointError`` where a tensor cannot be read or written, the format does not have
  ///   its type, the disk is full, or the file does not hold what it should; the path then holds
  ///   what it held before.
  /// - Precondition: no two tensors have the same name.
  public static func write(
    _ tensors: [(name: String, tensor: TensorSource)], metadata: [String: String] = [:],
    to path: String, replacing: Bool = true
  ) throws(CheckpointError) {
    try write(tensors, metadata: metadata, to: OutputFile(FilePath(path), replacing: replacing))
  }

  /// Writes a file, as ``write(_:metadata:to:replacing:)`` does, at a place that was checked before.
  ///
  /// - Parameters:
  ///   - tensors: by name; the header keeps their order.
  ///   - metadata: notes for the header, texts by name.
  ///   - target: where to.
  /// - Throws: ``CheckpointError``, as there.
  /// - Precondition: no two tensors have the same name.
  public static func write(
    _ tensors: [(name: String, tensor: TensorSource)], metadata: [String: String] = [:],
    to target: OutputFile
  ) throws(CheckpointError) {
    let header = try header(tensors, metadata: metadata, file: target.path.description)
    let file = try PendingFile(target)
    try file.write(header.bytes)
    for index in header.order {
      try tensors[index].tensor.forEachPiece { (piece) throws(CheckpointError) in
        try file.write(piece)
      }
    }
    try file.synchronize()
    try rethrowing(
      { (error: CheckpointError) in error.renaming(file: target.path.description) },
      try WrittenFile(file).compare(tensors.map { ($0.name, $0.tensor) }))
    try file.publish()
  }

  /// Makes the bytes of a file in memory.
  ///
  /// - Parameters:
  ///   - tensors: by name; the header keeps their order.
  ///   - metadata: notes for the header, texts by name.
  /// - Returns: the bytes of ``write(_:metadata:to:replacing:)``.
  /// - Throws: ``CheckpointError`` where a tensor cannot be read, or the format does not have its type.
  /// - Precondition: no two tensors have the same name.
  public static func data(
    of tensors: [(name: String, tensor: TensorSource)], metadata: [String: String] = [:]
  ) throws(CheckpointError) -> Data {
    let header = try header(tensors, metadata: metadata, file: "")
    var data = header.bytes
    for index in header.order { data += try tensors[index].tensor.littleEndianBytes() }
    return data
  }

  private static func header(
    _ tensors: [(name: String, tensor: TensorSource)], metadata: [String: String], file: String
  ) throws(CheckpointError) -> SafetensorsHeader {
    var entries: [SafetensorsHeader.Entry] = []
    for (name, tensor) in tensors {
      guard let dtype = tensor.scalarType.safetensorsName(rank: tensor.shape.rank) else {
        throw CheckpointError(
          OutputFinding.safetensorsType(tensor.scalarType), file: file, entry: name)
      }
      entries.append(
        .init(
          name: name, dtype: dtype, width: tensor.scalarType.size, shape: tensor.shape.axes))
    }
    precondition(Set(entries.map(\.name)).count == entries.count, "two tensors have one name")
    return SafetensorsHeader(entries, metadata: metadata)
  }
}
