import Foundation
public import Tensors

/// A run of elements in a file, which tensors are views of.
struct Storage: Sendable {
  /// What identifies it in the file; two tensors with the same key share memory.
  let key: String
  let byteCount: Int
  let isBigEndian: Bool
  /// Reads and checks the bytes.
  let bytes: @Sendable () throws(CheckpointError) -> Data
}

/// A tensor of a checkpoint: where it is and what it is; read when it is asked for.
public struct StoredTensor: Sendable {
  /// The dotted path from the root of the checkpoint.
  public let path: String

  /// The axis lengths.
  public let shape: Shape

  /// The number of elements from one element to its neighbour along each axis.
  public let strides: [Int]

  /// The element of the storage that comes first.
  public let elementOffset: Int

  /// The element type.
  public let scalarType: ScalarType

  /// Whether PyTorch would compute a gradient for it.
  public let requiresGrad: Bool

  /// What identifies the storage; tensors with the same key share memory.
  public var storageKey: String { storage.key }

  let storage: Storage
  let file: String
  var isNegated = false

  /// The same tensor under another path.
  func at(_ path: String) -> StoredTensor {
    StoredTensor(
      path: path, shape: shape, strides: strides, elementOffset: elementOffset,
      scalarType: scalarType, requiresGrad: requiresGrad, storage: storage, file: file,
      isNegated: isNegated)
  }
}

extension StoredTensor {
  /// The values, rounded to the nearest `Float` where the type is wider.
  ///
  /// - Throws: ``CheckpointError`` where the bytes are damaged or the type is no real number.
  public func values() throws(CheckpointError) -> Tensor {
    Tensor(shape, try decoded(as: Float.self))
  }

  /// The values in double precision; exact but for integers beyond 2^53.
  ///
  /// - Throws: ``CheckpointError`` where the bytes are damaged or the type is no real number.
  public func wideValues() throws(CheckpointError) -> Tensor64 {
    Tensor64(shape, try decoded(as: Double.self))
  }

  /// The values as integers.
  ///
  /// - Throws: ``CheckpointError`` where the bytes are damaged or a value is no integer.
  public func integers() throws(CheckpointError) -> [Int] {
    var integers: [Int] = []
    for value in try decoded(as: Double.self) {
      guard let integer = Int(exactly: value) else {
        throw trouble(.unsupported, "holds \(value), expected integers")
      }
      integers.append(integer)
    }
    return integers
  }

  /// The elements in row-major order, the lowest byte of each first.
  ///
  /// - Throws: ``CheckpointError`` where the bytes are damaged.
  public func littleEndianBytes() throws(CheckpointError) -> [UInt8] {
    let bytes = try contiguousBytes()
    guard storage.isBigEndian, scalarType.size > 1 else { return bytes }
    let width = scalarType.size
    var swapped = bytes
    for start in stride(from: 0, to: bytes.count, by: width) {
      for index in 0..<width { swapped[start + index] = bytes[start + width - 1 - index] }
    }
    return swapped
  }

  private func trouble(_ code: CheckpointError.Code, _ message: String) -> CheckpointError {
    CheckpointError(code, message, file: file, entry: path)
  }

  /// The bytes of the elements in row-major order, as they are in the file.
  private func contiguousBytes() throws(CheckpointError) -> [UInt8] {
    guard shape.count > 0 else { return [] }
    // A tensor that repeats its elements can be far larger than the file; it is bounded here, where
    // it would take memory.
    let (size, overflow) = shape.count.multipliedReportingOverflow(by: scalarType.size)
    guard !overflow, size <= max(storage.byteCount, 1 << 28) else {
      throw trouble(
        .limit,
        "of shape \(shape) would take \(shape.count) elements, made of a storage of "
          + "\(storage.byteCount) bytes")
    }
    let data: Data
    do throws(CheckpointError) { data = try storage.bytes() } catch { throw error.at(file: file) }
    let width = scalarType.size
    let start = data.startIndex + elementOffset * width
    if strides == shape.strides || shape.count == 1 {
      return [UInt8](data[start..<start + shape.count * width])
    }
    // Row by row; the elements of a row can be anywhere.
    var bytes: [UInt8] = []
    bytes.reserveCapacity(shape.count * width)
    var place = [Int](repeating: 0, count: shape.rank)
    for _ in 0..<shape.count {
      var element = 0
      for (index, stride) in zip(place, strides) { element += index * stride }
      bytes += data[start + element * width..<start + (element + 1) * width]
      for axis in stride(from: shape.rank - 1, through: 0, by: -1) {
        place[axis] += 1
        if place[axis] < shape[axis] { break }
        place[axis] = 0
      }
    }
    return bytes
  }

  private func decoded<Scalar: BinaryFloatingPoint>(
    as type: Scalar.Type
  ) throws(CheckpointError) -> [Scalar] {
    let bytes = try littleEndianBytes()
    guard let values: [Scalar] = scalarType.decode(bytes) else {
      throw trouble(
        .unsupported, "is of type \(scalarType.name), which is not converted to numbers")
    }
    return isNegated ? values.map { -$0 } : values
  }
}

extension ScalarType {
  /// The numbers that little-endian bytes of this type stand for; nil for a type that is none.
  func decode<Scalar: BinaryFloatingPoint>(_ bytes: [UInt8]) -> [Scalar]? {
    switch self {
    case .float64: numbers(bytes, UInt64.self) { Scalar(Double(bitPattern: $0)) }
    case .float32: numbers(bytes, UInt32.self) { Scalar(Float(bitPattern: $0)) }
    case .float16: numbers(bytes, UInt16.self) { Scalar(Float(Float16(bitPattern: $0))) }
    case .bfloat16: numbers(bytes, UInt16.self) { Scalar(Float(bitPattern: UInt32($0) << 16)) }
    case .int8: bytes.map { Scalar(Int8(bitPattern: $0)) }
    case .uint8: bytes.map { Scalar($0) }
    case .bool: bytes.map { $0 == 0 ? 0 : 1 }
    case .int16: numbers(bytes, UInt16.self) { Scalar(Int16(bitPattern: $0)) }
    case .uint16: numbers(bytes, UInt16.self) { Scalar($0) }
    case .int32: numbers(bytes, UInt32.self) { Scalar(Int32(bitPattern: $0)) }
    case .uint32: numbers(bytes, UInt32.self) { Scalar($0) }
    case .int64: numbers(bytes, UInt64.self) { Scalar(Int64(bitPattern: $0)) }
    case .uint64: numbers(bytes, UInt64.self) { Scalar($0) }
    default: nil
    }
  }

  @inline(__always)
  private func numbers<Bits: FixedWidthInteger, Scalar>(
    _ bytes: [UInt8], _ bits: Bits.Type, _ convert: (Bits) -> Scalar
  ) -> [Scalar] {
    let width = MemoryLayout<Bits>.size
    var numbers: [Scalar] = []
    numbers.reserveCapacity(bytes.count / width)
    let span = bytes.span
    for start in stride(from: 0, to: bytes.count - width + 1, by: width) {
      var value: Bits = 0
      for index in 0..<width {
        value |= Bits(truncatingIfNeeded: span[start + index]) << (8 * index)
      }
      numbers.append(convert(value))
    }
    return numbers
  }
}
