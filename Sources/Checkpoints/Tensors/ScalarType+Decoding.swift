import Tensors

extension ScalarType {
  /// The type of the real and of the imaginary part of a complex type; nil for others.
  var componentType: ScalarType? {
    switch self {
    case .complex32: .float16
    case .complex64: .float32
    case .complex128: .float64
    default: nil
    }
  }

  /// The bits of a quantized number that has less than a byte; nil for others.
  var bitsPerNumber: Int? {
    switch self {
    case .quantizedUInt4x2: 4
    case .quantizedUInt2x4: 2
    default: nil
    }
  }

  /// Whether a value of this type is a whole number of one byte or more.
  var isInteger: Bool {
    switch self {
    case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64: true
    default: false
    }
  }

  /// The number of bytes that are swapped between byte orders.
  var componentSize: Int { componentType?.size ?? size }

  /// The numbers that little-endian bytes of this type stand for; nil for a type without numeric values.
  ///
  /// Each is rounded once, to nearest, where `Scalar` is narrower.
  func decode<Scalar: BinaryFloatingPoint>(_ bytes: Span<UInt8>) -> [Scalar]? {
    switch self {
    case .float64: numbers(bytes, UInt64.self) { Scalar(Double(bitPattern: $0)) }
    case .float32: numbers(bytes, UInt32.self) { Scalar(Float(bitPattern: $0)) }
    case .float16: numbers(bytes, UInt16.self) { Scalar(Float(Float16(bitPattern: $0))) }
    case .bfloat16: numbers(bytes, UInt16.self) { Scalar(Float(bitPattern: UInt32($0) << 16)) }
    case .float8E4M3FN: small(bytes, SmallFloat.e4m3fn)
    case .float8E4M3FNUZ: small(bytes, SmallFloat.e4m3fnuz)
    case .float8E5M2: small(bytes, SmallFloat.e5m2)
    case .float8E5M2FNUZ: small(bytes, SmallFloat.e5m2fnuz)
    case .float8E8M0FNU: small(bytes, SmallFloat.e8m0fnu)
    case .int8: numbers(bytes, UInt8.self) { Scalar(Int8(bitPattern: $0)) }
    case .uint8: numbers(bytes, UInt8.self) { Scalar($0) }
    case .bool: numbers(bytes, UInt8.self) { $0 == 0 ? 0 : 1 }
    case .int16: numbers(bytes, UInt16.self) { Scalar(Int16(bitPattern: $0)) }
    case .uint16: numbers(bytes, UInt16.self) { Scalar($0) }
    case .int32: numbers(bytes, UInt32.self) { Scalar(Int32(bitPattern: $0)) }
    case .uint32: numbers(bytes, UInt32.self) { Scalar($0) }
    case .int64: numbers(bytes, UInt64.self) { Scalar(Int64(bitPattern: $0)) }
    case .uint64: numbers(bytes, UInt64.self) { Scalar($0) }
    case .float4E2M1FNX2: pairs(bytes)
    default: nil
    }
  }

  /// The integers that little-endian bytes of this type stand for; nil for a type without numeric values.
  ///
  /// An element that does not fit in an `Int` is nil.
  func decodeIntegers(_ bytes: Span<UInt8>) -> [Int?]? {
    switch self {
    case .int8, .quantizedInt8: numbers(bytes, UInt8.self) { Int(Int8(bitPattern: $0)) }
    case .uint8, .quantizedUInt8, .quantizedUInt4x2, .quantizedUInt2x4:
      numbers(bytes, UInt8.self) { Int($0) }
    case .bool: numbers(bytes, UInt8.self) { $0 == 0 ? 0 : 1 }
    case .int16: numbers(bytes, UInt16.self) { Int(Int16(bitPattern: $0)) }
    case .uint16: numbers(bytes, UInt16.self) { Int($0) }
    case .int32, .quantizedInt32: numbers(bytes, UInt32.self) { Int(Int32(bitPattern: $0)) }
    case .uint32: numbers(bytes, UInt32.self) { Int($0) }
    case .int64: numbers(bytes, UInt64.self) { Int(Int64(bitPattern: $0)) }
    case .uint64: numbers(bytes, UInt64.self) { Int(exactly: $0) }
    default: nil
    }
  }

  private func small<Scalar: BinaryFloatingPoint>(
    _ bytes: Span<UInt8>, _ table: [Float]
  ) -> [Scalar] {
    numbers(bytes, UInt8.self) { Scalar(table[Int($0)]) }
  }

  /// Two numbers from each byte, that of the lower bits first.
  private func pairs<Scalar: BinaryFloatingPoint>(_ bytes: Span<UInt8>) -> [Scalar] {
    [Scalar](capacity: 2 * bytes.count) { output in
      for index in bytes.indices {
        output.append(Scalar(SmallFloat.e2m1fn[Int(bytes[index] & 15)]))
        output.append(Scalar(SmallFloat.e2m1fn[Int(bytes[index] >> 4)]))
      }
    }
  }

  @inline(__always)
  private func numbers<Bits: FixedWidthInteger & UnsignedInteger, Value>(
    _ bytes: Span<UInt8>, _ bits: Bits.Type, _ convert: (Bits) -> Value
  ) -> [Value] {
    let width = MemoryLayout<Bits>.size
    let count = bytes.count / width
    return [Value](capacity: count) { output in
      for element in 0..<count {
        let start = element &* width
        var value: Bits = 0
        for index in 0..<width {
          value |= Bits(truncatingIfNeeded: bytes[start &+ index]) &<< Bits(8 &* index)
        }
        output.append(convert(value))
      }
    }
  }
}

/// The numbers of eight bits and less, each as a table of its values.
enum SmallFloat {
  /// Four bits: a sign, two bits of exponent and one of fraction; all finite.
  static let e2m1fn: [Float] = [0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6]
  static let e4m3fn = table { $0 & 0x7F == 0x7F ? .nan : number($0, exponentBits: 4, bias: 7) }
  static let e5m2 = table { Float(Float16(bitPattern: UInt16($0) << 8)) }
  /// Finite, and zero has no sign: what would be its negative is the one NaN.
  static let e4m3fnuz = table { $0 == 0x80 ? .nan : number($0, exponentBits: 4, bias: 8) }
  static let e5m2fnuz = table { $0 == 0x80 ? .nan : number($0, exponentBits: 5, bias: 16) }
  /// Nothing but an exponent.
  static let e8m0fnu = table {
    $0 == 0xFF ? .nan : Float(sign: .plus, exponent: Int($0) - 127, significand: 1)
  }

  private static func table(_ value: (UInt8) -> Float) -> [Float] {
    (0...255).map { value(UInt8($0)) }
  }

  /// Sign, exponent and fraction, with subnormal numbers and without infinities.
  private static func number(_ byte: UInt8, exponentBits: Int, bias: Int) -> Float {
    let fractionBits = 7 - exponentBits
    let exponent = Int(byte & 0x7F) >> fractionBits
    let fraction = Float(Int(byte) & (1 << fractionBits - 1)) / Float(1 << fractionBits)
    let magnitude =
      exponent == 0
      ? Float(sign: .plus, exponent: 1 - bias, significand: 1) * fraction
      : Float(sign: .plus, exponent: exponent - bias, significand: 1) * (1 + fraction)
    return byte & 0x80 == 0 ? magnitude : -magnitude
  }
}
