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
    default: preconditionFailure("\(target.name) is no type to cast to")
    }
  }

  private func littleEndian<Value, Bits: FixedWidthInteger>(
    _ values: [Value]?, _ bits: (Value) -> Bits
  ) -> [UInt8] {
    guard let values else { preconditionFailure("\(name) is no floating-point type") }
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

extension Float {
  /// The upper half of the bits, rounded to nearest, ties to even.
  fileprivate var bfloat16Bits: UInt16 {
    if isNaN { return 0x7FC0 }
    let rounded = bitPattern &+ 0x7FFF &+ (bitPattern >> 16 & 1)
    return UInt16(truncatingIfNeeded: rounded >> 16)
  }
}
