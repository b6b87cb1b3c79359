import Tensors

extension ScalarType {
  /// Whether casting tensors to `target` touches those of this type.
  func isCast(to target: ScalarType) -> Bool { isFloatingPoint && self != target }

  /// Little-endian elements of this type as those of another, rounded as PyTorch rounds them.
  ///
  /// A narrow type is reached through `Float`, so that `float64` is rounded twice on its way to
  /// `float16`, as `tensor.to(torch.float16)` does it.
  ///
  /// - Parameters:
  ///   - bytes: the elements.
  ///   - target: `float16`, `bfloat16`, `float32` or `float64`.
  /// - Returns: as many elements.
  /// - Precondition: the type is a floating-point one.
  func cast(_ bytes: Span<UInt8>, to target: ScalarType) -> [UInt8] {
    if target == .float64 {
      let values: [Double]? = decode(bytes)
      return littleEndian(values, \.bitPattern)
    }
    let values: [Float]? = decode(bytes)
    switch target {
    case .float32: return littleEndian(values, \.bitPattern)
    case .float16: return littleEndian(values) { Float16($0).bitPattern }
    case .bfloat16: return littleEndian(values) { $0.bfloat16Bits }
    default: preconditionFailure("\(target.name) is not a type to cast to")
    }
  }

  private func littleEndian<Value, Bits: FixedWidthInteger>(
    _ values: [Value]?, _ bits: (Value) -> Bits
  ) -> [UInt8] {
    guard let values else { preconditionFailure("\(name) is not a floating-point type") }
    let width = MemoryLayout<Bits>.size
    return [UInt8](capacity: values.count * width) { output in
      for value in values {
        let pattern = bits(value)
        for index in 0..<width {
          output.append(UInt8(truncatingIfNeeded: pattern >> Bits(8 * index)))
        }
      }
    }
  }
}

extension ScalarType {
  /// Whether PyTorch can add two numbers of this type.
  var hasSums: Bool {
    isComplex || isInteger || [.float64, .float32, .float16, .bfloat16, .bool].contains(self)
  }

  /// Adds little-endian numbers to others, each sum rounded to the type; where the type has no sums,
  /// they take the place of the others.
  func add(
    _ numbers: [UInt8], from source: Int, count: Int, to sums: inout [UInt8], at target: Int
  ) {
    let part = componentType ?? self
    guard part.hasSums else {
      for index in 0..<count { sums[target + index] = numbers[source + index] }
      return
    }
    for start in stride(from: 0, to: count, by: part.size) {
      var (one, other): (UInt64, UInt64) = (0, 0)
      for index in 0..<part.size {
        one |= UInt64(sums[target + start + index]) << UInt64(8 * index)
        other |= UInt64(numbers[source + start + index]) << UInt64(8 * index)
      }
      let sum = part.sum(one, other)
      for index in 0..<part.size {
        sums[target + start + index] = UInt8(truncatingIfNeeded: sum >> UInt64(8 * index))
      }
    }
  }

  private func sum(_ one: UInt64, _ other: UInt64) -> UInt64 {
    func float(_ bits: UInt64) -> Float { Float(bitPattern: UInt32(truncatingIfNeeded: bits)) }
    func half(_ bits: UInt64) -> Float16 { Float16(bitPattern: UInt16(truncatingIfNeeded: bits)) }
    return switch self {
    case .float64: (Double(bitPattern: one) + Double(bitPattern: other)).bitPattern
    case .float32: UInt64((float(one) + float(other)).bitPattern)
    case .float16: UInt64((half(one) + half(other)).bitPattern)
    case .bfloat16: UInt64((float(one << 16) + float(other << 16)).bfloat16Bits)
    case .bool: one | other == 0 ? 0 : 1
    default: one &+ other
    }
  }
}

extension Float {
  /// The upper half of the bits, rounded to nearest, ties to even.
  fileprivate var bfloat16Bits: UInt16 {
    if isNaN { return 0x7FC0 }
    let rounded = bitPattern &+ 0x7FFF &+ (bitPattern >> 16 & 1)
    return UInt16(truncatingIfNeeded: rounded >> 16)
  }
}
