import CBytes
import Foundation

// The only calls of CBytes. The pointers given to it come from closures that end after it has returned,
// each with the number of bytes that it may touch.

/// A file that is open for reading, at any place and by several threads at once.
///
/// What is read by it goes straight to its destination, and costs the pages of nothing else, as a
/// mapping would. A file that gets shorter meanwhile is an error, and not the end of the program.
final class OpenFile: Sendable {
  /// Closes the file.
  private let handle: FileHandle
  private let descriptor: Int32
  /// The number of bytes when it was opened.
  let byteCount: Int

  /// Opens a file.
  ///
  /// - Throws: ``CheckpointError`` where there is none that can be read at any place.
  ///
  /// - Parameters:
  ///   - path: of the file.
  ///   - expected: what the file is for, as a message names it.
  init(
    _ path: FilePath, expected: String = FolderKind.checkpoint
  ) throws(CheckpointError) {
    guard let text = path.terminated else {
      throw CheckpointError(FileFinding.zeroInName)
    }
    var size: Int64 = 0
    // The array ends with a zero, and lives while the function runs.
    let descriptor = unsafe cb_open(text, &size)
    switch -descriptor {
    case ...0: break
    case EISDIR:
      throw CheckpointError(FileFinding.folder(FolderKind(path, expected: expected)))
    case ESPIPE:
      throw CheckpointError(FileFinding.pipe)
    case ELOOP:
      throw CheckpointError(FileFinding.loop)
    case let reason: throw CheckpointError(FileFinding.system(reason))
    }
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    self.descriptor = descriptor
    byteCount = Int(size)
  }

  /// Opens a file that is open once more.
  ///
  /// - Throws: ``CheckpointError`` where it cannot be read.
  init(again file: Int32) throws(CheckpointError) {
    var size: Int64 = 0
    descriptor = unsafe cb_open_again(file, &size)
    guard descriptor >= 0 else {
      throw CheckpointError(FileFinding.system(-descriptor))
    }
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    byteCount = Int(size)
  }

  /// Reads numbers that are stored as this processor has them.
  ///
  /// - Parameters:
  ///   - type: of which every pattern of bits is a value.
  ///   - range: the place in the file, a multiple of the size of the type long.
  ///   - sum: the CRC-32 of the bytes before, which is continued; nil where none is asked for.
  ///   - room: how many more numbers the array has room for.
  /// - Returns: the numbers.
  /// - Throws: ``CheckpointError`` where the file cannot be read.
  func read<Number: FixedPattern>(
    _ type: Number.Type, _ range: Range<Int>, sum: inout UInt32?, room: Int = 0
  ) throws(CheckpointError) -> [Number] {
    let count = range.count / MemoryLayout<Number>.size
    guard count > 0 else { return [] }
    var status: Int32 = 0
    // The array has room for at least `count` numbers, and as many bytes are asked for. They are all there where
    // the status says so; else the array stays empty.
    let numbers = unsafe [Number](unsafeUninitializedCapacity: count + room) { buffer, filled in
      status = unsafe read(range.lowerBound, count, to: buffer, &sum)
      filled = status == 0 ? count : 0
    }
    try check(status, range)
    return numbers
  }

  /// Reads numbers, as the other function does, to the beginning of an array.
  ///
  /// - Precondition: the array has so many.
  func read<Number: FixedPattern>(
    _ range: Range<Int>, into numbers: inout [Number], sum: inout UInt32?
  ) throws(CheckpointError) {
    let count = range.count / MemoryLayout<Number>.size
    precondition(count <= numbers.count, "\(count) numbers for an array of \(numbers.count)")
    let status = unsafe numbers.withUnsafeMutableBufferPointer { buffer in
      unsafe read(range.lowerBound, count, to: buffer, &sum)
    }
    try check(status, range)
  }

  /// Reads so many numbers to a place where there is room for them, and gives what `cb_read` does.
  private func read<Number: FixedPattern>(
    _ offset: Int, _ count: Int, to buffer: UnsafeMutableBufferPointer<Number>,
    _ sum: inout UInt32?
  ) -> Int32 {
    var crc = sum ?? 0
    let status = unsafe withUnsafeMutablePointer(to: &crc) { crc in
      unsafe cb_read(
        descriptor, Int64(offset),
        UnsafeMutableRawBufferPointer(buffer).bindMemory(to: UInt8.self).baseAddress,
        count * MemoryLayout<Number>.size, sum == nil ? nil : crc)
    }
    if sum != nil { sum = crc }
    return status
  }

  private func check(_ status: Int32, _ range: Range<Int>) throws(CheckpointError) {
    guard status != 0 else { return }
    throw CheckpointError(
      status < 0
        ? FileFinding.shrunk(bytes: range.count)
        : FileFinding.systemReading(status, bytes: range.count))
  }
}

/// What the system calls an error.
func explanation(of reason: Int32) -> String {
  let text = NSError(domain: NSPOSIXErrorDomain, code: Int(reason)).localizedDescription
  // Foundation puts its own words before those of the system.
  let start = "The operation could not be completed. "
  return text.hasPrefix(start) ? String(text.dropFirst(start.count)) : text
}

/// What the system says of an error that Foundation throws.
package func reason(of error: any Error) -> String {
  let error = error as NSError
  // Foundation hides the number that the system gives behind its own words.
  let underlying = error.userInfo[NSUnderlyingErrorKey] as? NSError ?? error
  return underlying.domain == NSPOSIXErrorDomain
    ? explanation(of: Int32(truncatingIfNeeded: underlying.code)) : underlying.localizedDescription
}
