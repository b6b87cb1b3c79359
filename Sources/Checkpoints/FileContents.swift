import Foundation

/// The bytes of a checkpoint, and the file they come from, if they do.
///
/// The bytes of a file are mapped. What is looked at in many places, and what is large, is read from
/// the file instead: each first touch of a mapping makes 64 kB of it resident.
struct FileContents: Sendable {
  /// All bytes, from index 0.
  let data: Data
  /// The file; nil where the bytes are in memory.
  let file: OpenFile?

  init(_ data: Data, file: OpenFile? = nil) { (self.data, self.file) = (data, file) }

  var count: Int { data.count }

  /// Where in a file some of the bytes are; nil without a file.
  func place(_ range: Range<Int>, of name: String, crc: UInt32? = nil) -> FilePlace? {
    file.map { FilePlace(name: name, file: $0, range: range, crc: crc) }
  }
}

/// Bytes of a file that are stored as they are.
struct FilePlace: Sendable {
  /// What they are called in messages.
  let name: String
  let file: OpenFile
  let range: Range<Int>
  /// The CRC-32 that they have to have; nil where the file does not say.
  let crc: UInt32?
}

/// A part of a file that is looked at in many small places, one behind the other.
struct HeaderWindow {
  private let contents: FileContents
  private var window = Data()
  private var start = 0

  /// Enough for the end of an entry and the header of the next.
  private static let length = 1024

  init(_ contents: FileContents) { self.contents = contents }

  /// The number of bytes of the file.
  var count: Int { contents.count }

  /// A reader of `count` bytes from `offset` on.
  mutating func reader(
    at offset: Int, count: Int, _ name: String
  ) throws(CheckpointError) -> ByteReader {
    guard offset >= 0, count >= 0, offset <= contents.count - count else {
      throw CheckpointError(
        .truncated, "needs \(count) bytes at \(offset), and the file has \(contents.count)",
        entry: name, offset: offset)
    }
    guard let file = contents.file else {
      return ByteReader(contents.data[offset..<offset + count], entry: name)
    }
    if offset < start || offset + count > start + window.count {
      let end = min(offset + max(count, HeaderWindow.length), contents.count)
      var sum: UInt32?
      window = Data(try file.read(UInt8.self, offset..<end, sum: &sum))
      start = offset
    }
    return ByteReader(window[offset - start..<offset - start + count], entry: name)
  }
}
