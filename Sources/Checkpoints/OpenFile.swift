import CBytes
import Foundation

// The only calls of CBytes. The pointers given to it come from closures that end after it has returned,
// each with the number of bytes that it may touch.

/// A file that is open for reading, at any place and by several threads at once.
///
/// What is read by it goes straight to its destination, and costs the pages of nothing else, as a
/// mapping would. A file that gets shorter meanwhile is an error, and not the end of the program.
final class OpenFile: Sendable {
  private let handle: FileHandle
  private let descriptor: Int32

  /// Opens a file.
  init(_ path: String) throws {
    handle = try FileHandle(forReadingFrom: URL(filePath: path))
    descriptor = handle.fileDescriptor
  }

  /// Reads numbers that are stored as this processor has them.
  ///
  /// - Parameters:
  ///   - type: of which every pattern of bits is a value.
  ///   - range: the place in the file, a multiple of the size of the type long.
  ///   - sum: the CRC-32 of the bytes before, which is continued; nil where none is asked for.
  /// - Returns: the numbers.
  /// - Throws: ``CheckpointError`` where the file cannot be read.
  func read<Number: FixedPattern>(
    _ type: Number.Type, _ range: Range<Int>, sum: inout UInt32?
  ) throws(CheckpointError) -> [Number] {
    let count = range.count / MemoryLayout<Number>.size
    guard count > 0 else { return [] }
    var status: Int32 = 0
    var crc = sum ?? 0
    let wantsSum = sum != nil
    // The array has room for `count` numbers, and as many bytes are asked for. They are all there where
    // the status says so; else the array stays empty.
    let numbers = unsafe [Number](unsafeUninitializedCapacity: count) { buffer, filled in
      unsafe withUnsafeMutablePointer(to: &crc) { crc in
        status = unsafe cb_read(
          descriptor, Int64(range.lowerBound),
          UnsafeMutableRawBufferPointer(buffer).bindMemory(to: UInt8.self).baseAddress,
          count * MemoryLayout<Number>.size, wantsSum ? crc : nil)
      }
      filled = status == 0 ? count : 0
    }
    guard status == 0 else {
      let reason =
        status < 0
        ? "ends before that, and was longer when it was opened; does something else write to it?"
        : "cannot be read: \(NSError(domain: NSPOSIXErrorDomain, code: Int(status)).localizedDescription)"
      throw CheckpointError(.file, "\(range.count) bytes are needed; the file \(reason)")
    }
    if wantsSum { sum = crc }
    return numbers
  }
}

/// A type of numbers of which every pattern of bits is a value, and which has no gaps.
protocol FixedPattern: BitwiseCopyable {}

extension UInt8: FixedPattern {}
extension Float: FixedPattern {}

/// How a CRC-32 is computed.
enum Checksum {
  /// By carry-less multiplication where the processor has it, else by zlib.
  case fast
  /// By zlib.
  case portable

  /// The CRC-32 of bytes, by the polynomial of zip and PNG, after that of the bytes before.
  func sum(_ bytes: Data, after previous: UInt32 = 0) -> UInt32 {
    unsafe bytes.withUnsafeBytes { buffer in
      let start = unsafe buffer.bindMemory(to: UInt8.self).baseAddress
      guard let start = unsafe start else { return previous }
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
func crc32(of bytes: Data, after previous: UInt32 = 0) -> UInt32 {
  Checksum.fast.sum(bytes, after: previous)
}
