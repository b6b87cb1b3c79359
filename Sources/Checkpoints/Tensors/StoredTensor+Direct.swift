import Tensors

// The usual case: elements that follow each other in a file, as this processor has them. They are read
// from the file to where they are wanted, and summed on the way.
extension StoredTensor {
  /// The bytes of the elements, if they are a whole storage or part of one without a checksum.
  var stored: StoredBytes? {
    guard case .strided(let storage, let signs) = contents, signs == Signs(),
      !storage.isBigEndian, shape.count > 0, isContiguous, let stored = storage.stored
    else { return nil }
    let start = elementOffset * scalarType.size
    let range = start..<start + shape.count * scalarType.size
    guard stored.crc == nil || range == 0..<stored.contents.count else { return nil }
    return StoredBytes(name: stored.name, contents: stored.contents[range], crc: stored.crc)
  }

  /// The elements that an array of values has room for behind the last one: rows up to a multiple of eight, and four
  /// more.
  ///
  /// Packed weights have rows in panels of eight, which begin at a multiple of 32 bytes, and those that have the
  /// room are packed where they are. As long as nobody writes there it takes no memory.
  private var room: Int {
    guard shape.rank > 1, shape[0] > 4 else { return 0 }
    return (8 - shape[0] % 8) % 8 * (shape.count / shape[0]) + 4
  }

  /// The elements as single-precision numbers; nil if they are not stored as such.
  func directFloats() throws(CheckpointError) -> [Float]? {
    guard scalarType == .float32, let stored else { return nil }
    return try located { () throws(CheckpointError) in
      var reader = stored.reader
      return try reader.next(reader.left, as: Float.self, room: room)
    }
  }

  /// The bytes of the elements; nil if they do not lie in a file in their order.
  func directBytes() throws(CheckpointError) -> [UInt8]? {
    guard let stored else { return nil }
    return try located { () throws(CheckpointError) in
      var reader = stored.reader
      return try reader.rest()
    }
  }

  /// The elements, converted piece by piece; nil if they do not lie in a file in their order.
  func directValues<Scalar: BinaryFloatingPoint>(
    as type: Scalar.Type
  ) throws(CheckpointError) -> [Scalar]? {
    guard let stored else { return nil }
    var values: [Scalar] = []
    values.reserveCapacity(shape.count + room)
    var reader = stored.reader
    while reader.left > 0 {
      let piece = try located { () throws(CheckpointError) in
        try reader.next(min(reader.left, 1 << 16))
      }
      guard let part: [Scalar] = scalarType.decode(piece.span) else { return nil }
      values.append(contentsOf: part)
    }
    return values
  }

  /// What `work` gives; its errors name the file and this tensor.
  func located<Result>(
    _ work: () throws(CheckpointError) -> Result
  ) throws(CheckpointError) -> Result {
    try CheckpointError.at(file: file, entry: path, work)
  }
}
