import Foundation
import Tensors

/// Writes tensors as arrays of numpy: one as `.npy`, several as `.npz`.
///
///     93 "NUMPY" 01 00    version 1.0
///     76 00               118 bytes of header, so that the elements start at a multiple of 64
///     {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }    and spaces, and a line's end
///     the elements, in row-major order
///
/// An `.npz` is a zip archive of such files, stored as they are.
enum NumpyFile {
  /// How numpy calls an element type; nil for one that it does not have.
  static func descr(of type: ScalarType) -> String? {
    ScalarType.numpyTypes.first { $0.value == type }.map { (type.size == 1 ? "|" : "<") + $0.key }
  }

  /// Everything in front of the elements.
  ///
  /// - Throws: ``CheckpointError`` where numpy does not have the type.
  static func header(_ name: String, _ tensor: TensorSource) throws(CheckpointError) -> [UInt8] {
    guard let descr = descr(of: tensor.scalarType) else {
      throw CheckpointError(OutputFinding.numpyType(tensor.scalarType), entry: name)
    }
    let axes = tensor.shape.axes
    let shape = axes.map(String.init).joined(separator: ", ") + (axes.count == 1 ? "," : "")
    var text = "{'descr': '\(descr)', 'fortran_order': False, 'shape': (\(shape)), }"
    let start = Magic.numpy.count + 4
    text += String(repeating: " ", count: 63 - (start + text.utf8.count) % 64) + "\n"
    var bytes = Magic.numpy + [1, 0]
    bytes.append(text.utf8.count, 2)
    return bytes + Array(text.utf8)
  }

  /// Writes one array.
  static func write(
    _ name: String, _ tensor: TensorSource, to file: PendingFile
  ) throws(CheckpointError) {
    try file.write(header(name, tensor))
    try tensor.forEachPiece { (piece) throws(CheckpointError) in try file.write(piece) }
  }

  /// Writes several arrays.
  static func write(
    _ tensors: [(name: String, tensor: TensorSource)], to file: PendingFile
  ) throws(CheckpointError) {
    var archive = ZipWriter(file)
    for (name, tensor) in tensors {
      let header = try header(name, tensor)
      let count = tensor.shape.count * tensor.scalarType.size
      try archive.begin(name + ".npy", size: header.count + count)
      try archive.append(header)
      try tensor.forEachPiece { (piece) throws(CheckpointError) in try archive.append(piece) }
      try archive.end()
    }
    try archive.finish()
  }
}
