import Tensors

// The usual case: elements that follow each other in a file, as this processor has them. They are read
// from the file to where they are wanted, and summed on the way.
extension StoredTensor {
  /// Where the elements are, if they are a whole storage or a storage without a checksum.
  var place: FilePlace? {
    guard case .strided(let storage, let signs) = contents, signs == Signs(),
      !storage.isBigEndian, shape.count > 0, isContiguous, let place = storage.place
    else { return nil }
    let start = elementOffset * scalarType.size
    let range = start..<start + shape.count * scalarType.size
    guard place.crc == nil || range == 0..<place.range.count else { return nil }
    return FilePlace(
      name: place.name, file: place.file,
      range: place.range.lowerBound + range.lowerBound..<place.range.lowerBound + range.upperBound,
      crc: place.crc)
  }

  /// The elements as single-precision numbers; nil where they are not stored as such.
  func directFloats() throws(CheckpointError) -> [Float]? {
    guard scalarType == .float32, let place else { return nil }
    return try read(Float.self, place)
  }

  /// The bytes of the elements; nil where they do not lie in a file in their order.
  func directBytes() throws(CheckpointError) -> [UInt8]? {
    guard let place else { return nil }
    return try read(UInt8.self, place)
  }

  /// The elements, converted piece by piece; nil where they do not lie in a file in their order.
  func directValues<Scalar: BinaryFloatingPoint>(
    as type: Scalar.Type
  ) throws(CheckpointError) -> [Scalar]? {
    guard let place else { return nil }
    var values: [Scalar] = []
    values.reserveCapacity(shape.count)
    var sum: UInt32? = place.crc.map { _ in 0 }
    for start in stride(from: place.range.lowerBound, to: place.range.upperBound, by: 1 << 16) {
      let end = min(start + 1 << 16, place.range.upperBound)
      let piece = try bytes(UInt8.self, place.file, start..<end, &sum)
      guard let part: [Scalar] = scalarType.decode(piece.span) else { return nil }
      values.append(contentsOf: part)
    }
    try check(sum, place)
    return values
  }

  private func read<Number: FixedPattern>(
    _ type: Number.Type, _ place: FilePlace
  ) throws(CheckpointError) -> [Number] {
    var sum: UInt32? = place.crc.map { _ in 0 }
    let numbers = try bytes(type, place.file, place.range, &sum)
    try check(sum, place)
    return numbers
  }

  private func bytes<Number: FixedPattern>(
    _ type: Number.Type, _ file: OpenFile, _ range: Range<Int>, _ sum: inout UInt32?
  ) throws(CheckpointError) -> [Number] {
    do throws(CheckpointError) {
      return try file.read(type, range, sum: &sum)
    } catch {
      throw error.at(file: self.file, entry: path)
    }
  }

  private func check(_ sum: UInt32?, _ place: FilePlace) throws(CheckpointError) {
    guard let sum, let crc = place.crc, sum != crc else { return }
    throw CheckpointError.checksum(sum, expected: crc, entry: place.name).at(file: file)
  }
}
