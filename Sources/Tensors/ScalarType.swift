/// The element types PyTorch stores, by PyTorch's names.
public enum ScalarType: String, Hashable, Sendable, CaseIterable {
  case float64
  case float32
  case float16
  case bfloat16
  case float8E4M3FN = "float8_e4m3fn"
  case float8E4M3FNUZ = "float8_e4m3fnuz"
  case float8E5M2 = "float8_e5m2"
  case float8E5M2FNUZ = "float8_e5m2fnuz"
  case float8E8M0FNU = "float8_e8m0fnu"
  /// Two numbers of four bits in each byte; PyTorch counts the bytes.
  case float4E2M1FNX2 = "float4_e2m1fn_x2"
  /// Bits without a meaning: of a whole byte, or of one, two or four parts of it.
  case bits8
  case bits1x8
  case bits2x4
  case bits4x2
  case bits16
  case complex32
  case complex64
  case complex128
  case int8
  case int16
  case int32
  case int64
  case uint8
  case uint16
  case uint32
  case uint64
  case bool
  case quantizedInt8 = "qint8"
  case quantizedUInt8 = "quint8"
  case quantizedInt32 = "qint32"
  /// Two numbers in each byte, rows padded.
  case quantizedUInt4x2 = "quint4x2"
  /// Four numbers in each byte, rows padded.
  case quantizedUInt2x4 = "quint2x4"
  /// Integers of less than a byte, of which PyTorch has the names, and tensors without values.
  case int1, int2, int3, int4, int5, int6, int7
  case uint1, uint2, uint3, uint4, uint5, uint6, uint7
  /// What PyTorch has no type for, as the texts and dates of numpy; never with values.
  case other

  /// PyTorch's name for the type, as in `torch.float32`.
  public var name: String { rawValue }

  /// The number of bytes of one element in a file.
  public var size: Int {
    switch self {
    case .float8E4M3FN, .float8E4M3FNUZ, .float8E5M2, .float8E5M2FNUZ, .float8E8M0FNU: 1
    case .int8, .uint8, .bool, .quantizedInt8, .quantizedUInt8: 1
    case .float4E2M1FNX2, .quantizedUInt4x2, .quantizedUInt2x4: 1
    case .bits8, .bits1x8, .bits2x4, .bits4x2, .other: 1
    case .int1, .int2, .int3, .int4, .int5, .int6, .int7: 1
    case .uint1, .uint2, .uint3, .uint4, .uint5, .uint6, .uint7: 1
    case .float16, .bfloat16, .int16, .uint16, .bits16: 2
    case .float32, .complex32, .int32, .uint32, .quantizedInt32: 4
    case .float64, .complex64, .int64, .uint64: 8
    case .complex128: 16
    }
  }

  /// Whether there are tensors of this type with values.
  public var hasValues: Bool {
    switch self {
    case .int1, .int2, .int3, .int4, .int5, .int6, .int7, .other: false
    case .uint1, .uint2, .uint3, .uint4, .uint5, .uint6, .uint7: false
    default: true
    }
  }

  /// The numbers in one element; more than one where they have less than a byte each.
  public var numbersPerElement: Int { self == .float4E2M1FNX2 ? 2 : 1 }

  /// Whether a value of this type is a real number with a fraction.
  public var isFloatingPoint: Bool {
    switch self {
    case .float64, .float32, .float16, .bfloat16: true
    case .float8E4M3FN, .float8E4M3FNUZ, .float8E5M2, .float8E5M2FNUZ, .float8E8M0FNU: true
    default: false
    }
  }

  /// Whether a value of this type has a real and an imaginary part.
  public var isComplex: Bool {
    switch self {
    case .complex32, .complex64, .complex128: true
    default: false
    }
  }
}
