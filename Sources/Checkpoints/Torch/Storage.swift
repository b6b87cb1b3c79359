import Foundation
import Synchronization

/// A run of elements in a file, which tensors are views of.
///
/// The bytes are read and compared with their checksum once, when the first tensor asks for them.
/// Bytes that are stored as they are stay in the mapped file; inflated ones stay in memory as long as
/// the checkpoint does.
final class Storage: Sendable {
  /// What identifies it in the file; two tensors with the same key share memory.
  let key: String
  let byteCount: Int
  let isBigEndian: Bool
  /// Where the bytes are in the file as they are; nil where they are compressed, or in memory.
  let place: FilePlace?
  private let read: @Sendable () throws(CheckpointError) -> Data
  private let checked = Mutex<Data?>(nil)

  /// Describes a storage whose bytes `read` gives and checks.
  init(
    key: String, byteCount: Int, isBigEndian: Bool = false, place: FilePlace? = nil,
    read: @escaping @Sendable () throws(CheckpointError) -> Data
  ) {
    self.key = key
    self.byteCount = byteCount
    self.isBigEndian = isBigEndian
    self.place = place
    self.read = read
  }

  /// The bytes, checked.
  func bytes() throws(CheckpointError) -> Data {
    if let known = checked.withLock({ $0 }) { return known }
    // Two threads may check the same bytes at once; that is rare, and cheaper than waiting.
    let bytes = try read()
    guard bytes.count == byteCount else {
      throw CheckpointError(
        .malformed, "has \(bytes.count) bytes, expected \(byteCount)", entry: key)
    }
    checked.withLock { $0 = bytes }
    return bytes
  }
}
