import Tensors

extension ScalarType {
  /// The element types by the letters of numpy.
  static let numpyTypes: [String: ScalarType] = [
    "f8": .float64, "f4": .float32, "f2": .float16, "i8": .int64, "i4": .int32, "i2": .int16,
    "i1": .int8, "u8": .uint64, "u4": .uint32, "u2": .uint16, "u1": .uint8, "b1": .bool,
    "c8": .complex64, "c16": .complex128,
  ]
}
