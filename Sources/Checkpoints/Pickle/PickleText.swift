/// The two ways in which protocol 0 writes texts on a line.
enum PickleText {
  /// The bytes of a `repr` of Python 2, without its quotes: `\n`, `\x41`, `\101`, `\\`.
  static func unescaped(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    var rest = bytes
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\") else {
        result.append(byte)
        continue
      }
      guard let escape = rest.popFirst() else { return nil }
      switch escape {
      case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): result.append(escape)
      case UInt8(ascii: "n"): result.append(10)
      case UInt8(ascii: "r"): result.append(13)
      case UInt8(ascii: "t"): result.append(9)
      case UInt8(ascii: "a"): result.append(7)
      case UInt8(ascii: "b"): result.append(8)
      case UInt8(ascii: "f"): result.append(12)
      case UInt8(ascii: "v"): result.append(11)
      case UInt8(ascii: "x"):
        guard let value = number(rest.prefix(2), radix: 16, count: 2) else { return nil }
        rest = rest.dropFirst(2)
        result.append(UInt8(truncatingIfNeeded: value))
      case UInt8(ascii: "0")...UInt8(ascii: "7"):
        let digits = [escape] + rest.prefix(2).prefix { (48...55).contains($0) }
        guard let value = number(digits[...], radix: 8, count: digits.count), value < 256 else {
          return nil
        }
        rest = rest.dropFirst(digits.count - 1)
        result.append(UInt8(truncatingIfNeeded: value))
      default: return nil
      }
    }
    return result
  }

  /// Latin-1 with `\u0041` and `\U00000041`, which is what `raw-unicode-escape` gives.
  static func rawUnicode(_ bytes: [UInt8]) -> String? {
    var result = String.UnicodeScalarView()
    var rest = bytes[...]
    while let byte = rest.popFirst() {
      let width = rest.first == UInt8(ascii: "u") ? 4 : rest.first == UInt8(ascii: "U") ? 8 : 0
      guard byte == UInt8(ascii: "\\"), width > 0 else {
        result.append(Unicode.Scalar(byte))
        continue
      }
      guard let value = number(rest.dropFirst().prefix(width), radix: 16, count: width),
        let scalar = Unicode.Scalar(value)
      else { return nil }
      rest = rest.dropFirst(1 + width)
      result.append(scalar)
    }
    return String(result)
  }

  private static func number(_ digits: ArraySlice<UInt8>, radix: Int, count: Int) -> UInt32? {
    guard digits.count == count else { return nil }
    var value: UInt32 = 0
    for digit in digits {
      guard let digit = Character(Unicode.Scalar(digit)).hexDigitValue, digit < radix else {
        return nil
      }
      let (product, overflow) = value.multipliedReportingOverflow(by: UInt32(radix))
      guard !overflow else { return nil }
      value = product + UInt32(digit)
    }
    return value
  }
}
