import Foundation

/// The entries of a zip archive, as the central directory lists them and the local headers confirm.
///
/// Nothing is read but headers until an entry is asked for. The entries have to tile the file from
/// its first byte to the directory, so that two readers cannot see two different archives.
struct ZipArchive: Sendable {
  /// One file in the archive.
  struct Entry: Sendable {
    let name: String
    let isDeflated: Bool
    let crc: UInt32
    let storedSize: Int
    let size: Int
    /// Where the local header and the bytes start.
    let header: Int
    let flags: UInt64
    var payload = 0
  }

  /// The entries by their order in the directory.
  private(set) var entries: [Entry] = []
  private let data: Data

  /// Reads the headers of an archive.
  ///
  /// - Throws: ``CheckpointError`` where they contradict each other.
  init(_ data: Data, limits: Limits) throws(CheckpointError) {
    self.data = data
    let end = try ZipArchive.findEnd(data)
    guard end.count <= limits.archiveEntries else {
      throw CheckpointError(
        .limit, "the archive has \(end.count) entries, more than \(limits.archiveEntries)")
    }
    guard end.count <= end.size / 46 else {
      throw CheckpointError(
        .malformed, "a directory of \(end.size) bytes cannot hold \(end.count) entries",
        entry: "central directory")
    }
    var reader = try ZipArchive.reader(
      data, at: end.directory, count: end.size, "central directory")
    for _ in 0..<end.count { entries.append(try ZipArchive.entry(&reader)) }
    guard reader.left == 0 else {
      throw CheckpointError(
        .malformed, "\(reader.left) bytes are left behind the last entry",
        entry: "central directory", offset: reader.offset)
    }
    try ZipArchive.checkNames(entries)
    var place = 0
    for index in entries.indices.sorted(by: { entries[$0].header < entries[$1].header }) {
      place = try ZipArchive.confirm(&entries[index], at: place, in: data, before: end.directory)
    }
    guard place == end.directory else {
      throw CheckpointError(
        .malformed, "\(end.directory - place) bytes before the directory belong to no entry",
        entry: "zip archive", offset: place)
    }
  }

  /// The bytes of an entry, inflated and compared with their checksum.
  func bytes(of entry: Entry, limit: Int) throws(CheckpointError) -> Data {
    guard entry.size <= limit else {
      throw CheckpointError(
        .limit, "has \(entry.size) bytes, more than the \(limit) allowed", entry: entry.name)
    }
    var bytes = data[entry.payload..<entry.payload + entry.storedSize]
    if entry.isDeflated {
      guard let inflated = inflate(bytes, count: entry.size) else {
        throw CheckpointError(
          .malformed, "does not inflate to \(entry.size) bytes; the file is damaged",
          entry: entry.name)
      }
      bytes = inflated
    }
    // torch writes zero where it was told not to compute checksums.
    let crc = entry.crc == 0 ? 0 : crc32(of: bytes)
    guard crc == entry.crc else {
      throw CheckpointError(
        .checksum,
        "the bytes have CRC \(hexadecimal(crc)), the directory says \(hexadecimal(entry.crc)); "
          + "the file is damaged, copy or download it again", entry: entry.name)
    }
    return bytes
  }
}

/// As in `0x5f3a`.
func hexadecimal(_ value: UInt32) -> String { "0x" + String(value, radix: 16) }
