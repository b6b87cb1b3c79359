import Foundation

/// A type of numbers of which every pattern of bits is a value, and which has no gaps.
protocol FixedPattern: BitwiseCopyable {
  /// The numbers that bytes are, the lowest byte of each first.
  ///
  /// - Precondition: there are as many bytes as whole numbers have.
  static func decode(_ bytes: Data) -> [Self]
}

extension UInt8: FixedPattern {
  // Swift 6.3.1 optimizes an array made of `Data` and then thrown away into one that is written after
  // it is freed (AddressSanitizer: heap-use-after-free). What is not inlined is not known to be unused.
  @inline(never)
  static func decode(_ bytes: Data) -> [UInt8] { [UInt8](bytes) }
}

extension Float: FixedPattern {
  static func decode(_ bytes: Data) -> [Float] {
    stride(from: bytes.startIndex, to: bytes.endIndex, by: 4).map { start in
      var bits: UInt32 = 0
      for index in 0..<4 { bits |= UInt32(bytes[start + index]) << (8 * UInt32(index)) }
      return Float(bitPattern: bits)
    }
  }
}
