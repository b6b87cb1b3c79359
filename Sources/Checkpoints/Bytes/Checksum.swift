import CBytes

// The pointers given to CBytes come from closures that end after it has returned, each with the number of
// bytes that it may touch.

/// How a CRC-32 is computed.
enum Checksum {
  /// By carry-less multiplication where the processor has it, else by zlib.
  case fast
  /// By zlib.
  case portable

  /// The CRC-32 of bytes, by the polynomial of zip and PNG, after that of the bytes before.
  func sum(_ bytes: Span<UInt8>, after previous: UInt32 = 0) -> UInt32 {
    unsafe bytes.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return previous }
      return switch self {
      case .fast: unsafe cb_crc32(previous, start, buffer.count)
      case .portable: unsafe cb_crc32_portable(previous, start, buffer.count)
      }
    }
  }
}

/// The CRC-32 of bytes, by the polynomial of zip and PNG.
///
/// - Parameters:
///   - bytes: the bytes, or the next part of them.
///   - previous: the CRC-32 of the parts before.
/// - Returns: the CRC-32 of all of them.
func crc32(of bytes: Span<UInt8>, after previous: UInt32 = 0) -> UInt32 {
  Checksum.fast.sum(bytes, after: previous)
}

/// The CRC-32 of the last bytes of some.
///
/// - Parameters:
///   - count: how many they are.
///   - whole: the CRC-32 of all bytes.
///   - start: the CRC-32 of the bytes before them.
/// - Returns: the CRC-32 that they have where the other two are right.
func crc32(ofLast count: Int, of whole: UInt32, after start: UInt32) -> UInt32 {
  cb_crc32_rest(whole, start, count)
}

extension CheckpointError {
  /// The bytes of an entry are not those that were written.
  static func checksum(_ found: UInt32, expected: UInt32, entry: String) -> CheckpointError {
    CheckpointError(ByteFinding.checksum(found, expected: expected), entry: entry)
  }
}
