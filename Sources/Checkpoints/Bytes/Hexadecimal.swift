/// As in `0x5f3a`.
func hexadecimal(_ value: UInt32) -> String { "0x" + String(value, radix: 16) }

/// Two digits for each byte, as in `05f3`.
package func hexadecimal(
  _ bytes: some Sequence<UInt8>, separator: String = ""
) -> String {
  bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
    .joined(separator: separator)
}
