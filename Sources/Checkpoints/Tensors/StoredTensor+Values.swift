import Foundation
public import Tensors

extension StoredTensor {
  /// The values, rounded to the nearest `Float` where the type is wider.
  ///
  /// - Returns: the elements in row-major order; of pairs of numbers both, as ``valueShape`` says.
  /// - Throws: ``CheckpointError`` where the bytes are damaged or the type is not one of real numbers.
  public func values() throws(CheckpointError) -> Tensor {
    if let floats = try directFloats() { return Tensor(shape, floats) }
    return Tensor(valueShape, try decoded(as: Float.self))
  }

  /// The values in double precision; exact but for integers beyond 2^53.
  ///
  /// - Returns: the elements in row-major order.
  /// - Throws: ``CheckpointError`` where the bytes are damaged or the type is not one of real numbers.
  public func wideValues() throws(CheckpointError) -> Tensor64 {
    Tensor64(valueShape, try decoded(as: Double.self))
  }

  /// The values as integers, exactly.
  ///
  /// - Returns: the elements in row-major order.
  /// - Throws: ``CheckpointError`` where the bytes are damaged or a value is not an integer of 64 bits.
  public func integers() throws(CheckpointError) -> [Int] {
    let bytes = try littleEndianBytes()
    if let integers = scalarType.decodeIntegers(bytes.span) {
      let exact = integers.compactMap(\.self)
      guard exact.count == integers.count else {
        throw trouble(.largeInteger)
      }
      return exact
    }
    var integers: [Int] = []
    for value in try wideValues().scalars {
      guard let integer = Int(exactly: value) else {
        throw trouble(.notAnInteger(value))
      }
      integers.append(integer)
    }
    return integers
  }

  /// The real and imaginary parts of complex values, in double precision; exact.
  ///
  /// - Returns: the elements in row-major order.
  /// - Throws: ``CheckpointError`` where the bytes are damaged or the type is not complex.
  package func complexValues() throws(CheckpointError) -> (real: Tensor64, imaginary: Tensor64) {
    guard let part = scalarType.componentType else {
      throw trouble(.notComplex(scalarType))
    }
    let bytes = try littleEndianBytes()
    let all: [Double] = part.decode(bytes.span) ?? []
    return (
      Tensor64(shape, stride(from: 0, to: all.count, by: 2).map { all[$0] }),
      Tensor64(shape, stride(from: 1, to: all.count, by: 2).map { all[$0] })
    )
  }

  /// The elements in row-major order, the lowest byte of each first.
  ///
  /// A tensor that PyTorch only marked as conjugated or negated is so here. Quantized numbers are
  /// the stored integers, also those of less than a byte in a byte each; a sparse tensor is filled up
  /// with zeros.
  ///
  /// - Returns: as many bytes as the shape and the type have.
  /// - Throws: ``CheckpointError`` where the bytes are damaged or there are none.
  public func littleEndianBytes() throws(CheckpointError) -> [UInt8] {
    switch contents {
    case .absent(let absence): throw trouble(.absent(absence))
    case .sparse(let sparse): return try sparse.denseBytes(of: self)
    case .quantized(let storage, _): return try ordered(storage)
    case .strided(let storage, let signs):
      if let bytes = try directBytes() { return bytes }
      var bytes = try ordered(storage)
      if signs != Signs() {
        try flipSigns(
          &bytes, real: signs.isNegated, imaginary: signs.isNegated != signs.isConjugated)
      }
      return bytes
    }
  }
}

extension StoredTensor {
  private func bytes(
    _ part: Range<Int>, of storage: Storage
  ) throws(CheckpointError) -> ArraySlice<UInt8> {
    try CheckpointError.at(file: file) { () throws(CheckpointError) in try storage.bytes(part) }
  }

  /// Whether the elements follow each other in the storage; axes of one element do not matter.
  var isContiguous: Bool {
    var expected = 1
    for (length, stride) in zip(shape.axes, strides).reversed() where length != 1 {
      guard stride == expected else { return false }
      expected *= length
    }
    return true
  }

  /// The part of a storage in which the elements follow each other; nil where they do not.
  private func contiguous(_ storage: Storage) throws(CheckpointError) -> ArraySlice<UInt8>? {
    guard isContiguous, shape.count > 0 else { return nil }
    let start = elementOffset * scalarType.size
    return try bytes(start..<start + shape.count * scalarType.size, of: storage)
  }

  private func ordered(_ storage: Storage) throws(CheckpointError) -> [UInt8] {
    guard shape.count > 0, let reach = byteRange else { return [] }
    if let bits = packedBits {
      return try packed(storage, reach, bits: bits)
    }
    let width = scalarType.size
    let result: [UInt8]
    if let part = try contiguous(storage) {
      result = [UInt8](part)
    } else if reach.count <= max(StoredTensor.readAtOnce, 4 * shape.count * width) {
      let part = try bytes(reach, of: storage)
      result = gathered(part.span, shape: shape, strides: strides, offset: 0, width: width)
    } else {
      result = try gathered(shape: shape, strides: strides, offset: elementOffset, width: width) {
        (part) throws(CheckpointError) in
        try bytes(part.clamped(to: 0..<storage.byteCount), of: storage)
      }
    }
    return storage.isBigEndian ? swapped(result, scalarType.componentSize) : result
  }

  /// Numbers of less than a byte, in a byte each.
  private func packed(
    _ storage: Storage, _ reach: Range<Int>, bits: Int
  ) throws(CheckpointError) -> [UInt8] {
    let part = [UInt8](try bytes(reach, of: storage))
    let numbers = unpacked(part.span, bits: bits)
    let offset = elementOffset - reach.lowerBound * 8 / bits
    return gathered(numbers.span, shape: shape, strides: strides, offset: offset, width: 1)
  }

  /// A view of a larger part of a storage, of which it uses little, is read piece by piece.
  private static let readAtOnce = 16 << 20

  private func decoded<Scalar: BinaryFloatingPoint & Sendable>(
    as type: Scalar.Type
  ) throws(CheckpointError) -> [Scalar] {
    if case .quantized(let storage, let quantizer) = contents {
      return try quantizer.dequantized(try ordered(storage), of: self)
    }
    if let values = try directValues(as: type) { return values }
    // Not from a file, but otherwise plain: the numbers are read where they lie.
    if case .strided(let storage, let signs) = contents, signs == Signs(), !storage.isBigEndian,
      let data = try contiguous(storage), let values: [Scalar] = scalarType.decode(data.span)
    {
      return values
    }
    let bytes = try littleEndianBytes()
    guard let values: [Scalar] = scalarType.decode(bytes.span) else {
      throw trouble(.notReal(scalarType))
    }
    return values
  }

  /// Negates integers: all bits the other way, and one more.
  private func negate(_ bytes: inout [UInt8], _ width: Int) {
    for start in stride(from: 0, to: bytes.count, by: width) {
      var carry = true
      for index in start..<start + width {
        bytes[index] = carry ? ~bytes[index] &+ 1 : ~bytes[index]
        carry = carry && bytes[index] == 0
      }
    }
  }

  /// Negates parts of numbers by their sign bits.
  private func flipSigns(
    _ bytes: inout [UInt8], real: Bool, imaginary: Bool
  ) throws(CheckpointError) {
    let width = scalarType.componentSize
    if real, scalarType.isInteger { return negate(&bytes, width) }
    guard scalarType.isComplex || scalarType.isFloatingPoint, width > 1 else {
      throw trouble(.negated(scalarType))
    }
    for (index, sign) in stride(from: width - 1, to: bytes.count, by: width).enumerated() {
      if scalarType.isComplex && index % 2 == 1 ? imaginary : real { bytes[sign] ^= 0x80 }
    }
  }
}
