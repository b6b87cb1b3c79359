import Tensors

/// The elements of a tensor in row-major order, a piece at a time, so that memory stays small.
///
/// All pieces but the last have ``length`` elements, of whatever type: those of two tensors of one
/// shape match. What follows each other in the file is read from there piece by piece; of other
/// tensors, as transposed and sparse ones, all elements are in memory at once.
///
/// ```swift
/// var pieces = TensorPieces(tensor)
/// while let piece = try pieces.next() { hash.update(piece) }
/// ```
package struct TensorPieces {
  /// The elements of a piece; 4 MiB of the widest type.
  package static let length = 1 << 18

  private enum Source {
    case file(CheckedReader)
    case memory([UInt8])
  }

  private let tensor: StoredTensor
  private var source: Source?
  /// The bytes that were given.
  private var done = 0

  /// Starts at the first element.
  package init(_ tensor: StoredTensor) { self.tensor = tensor }

  /// The next elements, the lowest byte of each first; nil after the last.
  ///
  /// - Throws: ``CheckpointError`` where the bytes are damaged or there are none. Whether the checksum
  ///   is right is known with the last piece.
  package mutating func next() throws(CheckpointError) -> [UInt8]? {
    let source = try opened()
    let count = tensor.shape.count * tensor.scalarType.size
    guard done < count else { return nil }
    let range = done..<min(done + TensorPieces.length * tensor.scalarType.size, count)
    done = range.upperBound
    switch source {
    case .memory(let bytes): return [UInt8](bytes[range])
    case .file(var reader):
      let piece = try tensor.located { () throws(CheckpointError) in
        try reader.next(range.count)
      }
      self.source = .file(reader)
      return piece
    }
  }

  /// The CRC-32 of all elements, the lowest byte of each first.
  ///
  /// - Throws: ``CheckpointError`` where the bytes are damaged or there are none.
  package static func checksum(of tensor: StoredTensor) throws(CheckpointError) -> UInt32 {
    var pieces = TensorPieces(tensor)
    var sum: UInt32 = 0
    while let piece = try pieces.next() { sum = crc32(of: piece.span, after: sum) }
    return sum
  }

  /// The SHA-256 of all elements, the lowest byte of each first, in hexadecimal digits.
  ///
  /// - Throws: ``CheckpointError`` where the bytes are damaged or there are none.
  package static func sha256(of tensor: StoredTensor) throws(CheckpointError) -> String {
    var pieces = TensorPieces(tensor)
    var hash = SHA256()
    while let piece = try pieces.next() { hash.update(piece) }
    return hexadecimal(hash.digest)
  }

  private mutating func opened() throws(CheckpointError) -> Source {
    if let source { return source }
    if let stored = tensor.stored { return .file(stored.reader) }
    let bytes = try tensor.littleEndianBytes()
    source = .memory(bytes)
    return .memory(bytes)
  }
}

extension ScalarType {
  /// The numbers that a piece of a tensor of this type stands for, exact but for integers beyond 2^53;
  /// of a complex type the real and imaginary parts in turn.
  ///
  /// - Parameter piece: little-endian elements.
  /// - Returns: the numbers; nil for a type without numeric values.
  package func numbers(_ piece: [UInt8]) -> [Double]? {
    (componentType ?? self).decode(piece.span)
  }

  /// The integers that a piece of a tensor of this type stands for.
  ///
  /// - Parameter piece: little-endian elements.
  /// - Returns: the integers, nil for one beyond 2^63; nil for a type without integers.
  package func integers(_ piece: [UInt8]) -> [Int?]? { decodeIntegers(piece.span) }
}
