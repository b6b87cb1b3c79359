import TestSupport

/// Zeros in the fewest bytes that deflate can have them in: about a thousandth.
///
/// One dynamic block. Its code has three symbols: a zero (two bits), the end (two bits), and "258 bytes
/// from one byte before", whose length and distance have one bit each:
///
///     10        1 0 1 0 1 0 …            11
///     a zero    each 258 zeros more      the end
enum Zeros {
  /// The deflated bytes of `count` zeros, and up to 257 more as literals of their own.
  static func deflated(count: Int) -> [UInt8] {
    var bits = Bits()
    // The last block, dynamic; 286 lengths of literals, 1 of distances, 18 of the code of lengths.
    for (value, width) in [(1, 1), (2, 2), (29, 5), (0, 5), (14, 4)] { bits.append(value, width) }
    // In the order 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1: "18" has one bit, "2" and "1" have two.
    for width in [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 2] { bits.append(width, 3) }
    // Codes by width, then by symbol, the first bit first: "18" 0, "1" 10, "2" 11.
    let (one, two) = ([1, 0], [1, 1])
    func none(_ count: Int) {
      bits.append([0])
      bits.append(count - 11, 7)
    }
    bits.append(two)
    none(138)
    none(117)
    bits.append(two)
    none(28)
    bits.append(one)
    bits.append(one)
    // The code of the data: 285 (258 bytes) 0, literal 0 10, the end 11; the only distance 0.
    let literals = 1 + (count - 1) % 258
    for _ in 0..<literals { bits.append([1, 0]) }
    for _ in 0..<(count - literals) / 258 { bits.append([0, 0]) }
    bits.append([1, 1])
    return bits.bytes
  }

  /// Bits, the lowest of a byte first.
  private struct Bits {
    var bytes: [UInt8] = []
    private var used = 8

    /// A number, its lowest bit first.
    mutating func append(_ value: Int, _ width: Int) {
      for bit in 0..<width { append([value >> bit & 1]) }
    }

    mutating func append(_ bits: [Int]) {
      for bit in bits {
        if used == 8 {
          bytes.append(0)
          used = 0
        }
        bytes[bytes.count - 1] |= UInt8(bit) << UInt8(used)
        used += 1
      }
    }
  }
}
