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

  /// The elements as single-precision numbers; nil if they are not stored as such.
  func directFloats() throws(CheckpointError) -> [Float]? {
    guard scalarType == .float32, let stored else { return nil }
    return try located { () throws(CheckpointError) in
      var reader = stored.reader
      return try reader.next(reader.left, as: Float.self)
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
    values.reserveCapacity(shape.count)
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
