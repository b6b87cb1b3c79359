import Tensors

/// The elements of a tensor that is stored as `Float` numbers, read one piece after the other.
///
/// None of them is to be used before the last one is read, with which the checksum of all is compared:
///
/// ```swift
/// guard var pieces = FloatPieces(of: tensor) else { return try take(tensor.values()) }
/// while pieces.left > 0 { try pieces.next(min(pieces.left, work.count), into: &work) }
/// ```
package struct FloatPieces {
  private let tensor: StoredTensor
  private var reader: CheckedReader

  /// The elements of a tensor; nil where they do not lie in a file as they are wanted.
  package init?(of tensor: StoredTensor) {
    guard tensor.scalarType == .float32, let stored = tensor.stored else { return nil }
    self.tensor = tensor
    reader = stored.reader
  }

  /// The number of elements that are not read yet.
  package var left: Int { reader.left / MemoryLayout<Float>.size }

  /// Reads the next elements to the beginning of an array.
  ///
  /// - Parameters:
  ///   - count: how many.
  ///   - work: receives them.
  /// - Throws: ``CheckpointError`` where they cannot be read, or are the last and the bytes are damaged.
  /// - Precondition: so many are left, and the array has as many.
  package mutating func next(_ count: Int, into work: inout [Float]) throws(CheckpointError) {
    do throws(CheckpointError) {
      try reader.copy(count * MemoryLayout<Float>.size, to: &work)
    } catch {
      throw error.at(file: tensor.file, entry: tensor.path)
    }
  }
}
