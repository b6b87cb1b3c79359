import Synchronization

/// A run of elements in a file, which tensors are views of.
///
/// Bytes that are stored as they are stay in the file: they are compared with their checksum when the
/// first part of them is asked for, and each part is read when it is. Inflated ones stay in memory as
/// long as the checkpoint does.
final class Storage: Sendable {
  /// What identifies it in the file; two tensors with the same key share memory.
  let key: String
  let byteCount: Int
  let isBigEndian: Bool
  private let source: Source

  private enum Source: Sendable {
    case stored(StoredBytes)
    case packed(Packed)
  }

  /// Bytes that `read` gives and checks.
  private struct Packed: Sendable {
    let read: @Sendable () throws(CheckpointError) -> [UInt8]
  }

  /// What is known after the first reading.
  private struct Known {
    var isChecked = false
    var unpacked: [UInt8]?
  }

  private let known = Mutex(Known())

  /// Describes a storage whose bytes are stored as they are.
  ///
  /// - Parameters:
  ///   - key: what identifies it.
  ///   - contents: its bytes.
  ///   - isBigEndian: whether the highest byte of each number comes first.
  ///   - name: what the bytes are called in messages.
  ///   - crc: the CRC-32 that they have to have; nil where the file does not say.
  init(
    key: String, _ contents: FileContents, isBigEndian: Bool = false, name: String,
    crc: UInt32? = nil
  ) {
    self.key = key
    byteCount = contents.count
    self.isBigEndian = isBigEndian
    source = .stored(StoredBytes(name: name, contents: contents, crc: crc))
  }

  /// Describes a storage whose bytes have to be made: `read` gives and checks them.
  init(
    key: String, byteCount: Int, isBigEndian: Bool = false,
    unpacking read: @escaping @Sendable () throws(CheckpointError) -> [UInt8]
  ) {
    self.key = key
    self.byteCount = byteCount
    self.isBigEndian = isBigEndian
    source = .packed(Packed(read: read))
  }

  /// Whether the bytes have to be made, and stay in memory then.
  var isPacked: Bool { if case .packed = source { true } else { false } }

  /// The bytes as they are in the file; nil if they have to be made.
  var stored: StoredBytes? { if case .stored(let stored) = source { stored } else { nil } }

  /// A part of the bytes; the whole storage is checked first.
  ///
  /// - Precondition: the part is within the storage.
  func bytes(_ part: Range<Int>) throws(CheckpointError) -> ArraySlice<UInt8> {
    switch source {
    case .stored(let stored):
      try check(stored)
      return try stored.contents[part].bytes()[...]
    case .packed(let packed): return try unpacked(packed)[part]
    }
  }

  private func check(_ stored: StoredBytes) throws(CheckpointError) {
    guard stored.crc != nil, !known.withLock({ $0.isChecked }) else { return }
    try stored.check()
    known.withLock { $0.isChecked = true }
  }

  private func unpacked(_ packed: Packed) throws(CheckpointError) -> [UInt8] {
    if let bytes = known.withLock({ $0.unpacked }) { return bytes }
    // Two threads may unpack the same bytes at once; that is rare, and cheaper than waiting.
    let bytes = try packed.read()
    guard bytes.count == byteCount else {
      throw CheckpointError(ValueFinding.bytes(bytes.count, expected: byteCount), entry: key)
    }
    known.withLock { $0.unpacked = bytes }
    return bytes
  }
}
