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
    fileprivate(set) var payload = 0
  }

  /// The entries by their order in the directory.
  private(set) var entries: [Entry] = []
  private let data: Data

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
    var reader = ByteReader(
      [UInt8](data[end.directory..<end.directory + end.size]), entry: "central directory")
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
        entry: "archive", offset: place)
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
        "the bytes have CRC \(hex(crc)), the directory says \(hex(entry.crc)); "
          + "the file is damaged, copy or download it again", entry: entry.name)
    }
    return bytes
  }
}

private func hex(_ value: UInt32) -> String { String(value, radix: 16) }

// The end of the archive.
extension ZipArchive {
  private struct End {
    var count: Int
    var size: Int
    var directory: Int
  }

  private static func reader(
    _ data: Data, at offset: Int, count: Int, _ name: String
  ) throws(CheckpointError) -> ByteReader {
    guard offset >= 0, count >= 0, offset <= data.count - count else {
      throw CheckpointError(
        .truncated, "needs \(count) bytes at \(offset), and the file has \(data.count)",
        entry: name, offset: offset)
    }
    return ByteReader([UInt8](data[offset..<offset + count]), entry: name)
  }

  private static func findEnd(_ data: Data) throws(CheckpointError) -> End {
    let earliest = max(data.count - 65_557, 0)
    var found: [Int] = []
    if data.count >= 22 {
      for offset in stride(from: data.count - 22, through: earliest, by: -1)
      where data[offset] == 0x50 && data[offset + 1] == 0x4B && data[offset + 2] == 5
        && data[offset + 3] == 6
      {
        let comment = Int(data[offset + 20]) | Int(data[offset + 21]) << 8
        if offset + 22 + comment == data.count { found.append(offset) }
      }
    }
    guard let offset = found.first else {
      throw CheckpointError(
        .truncated,
        "the archive has no end: the file is truncated, copy or download it again",
        entry: "archive", offset: data.count)
    }
    guard found.count == 1 else {
      throw CheckpointError(
        .malformed, "the archive ends at bytes \(found.reversed()), which is ambiguous",
        entry: "archive")
    }
    var record = try reader(data, at: offset + 4, count: 18, "end of the archive")
    let disks = try record.unsigned(4)
    let countHere = try record.unsigned(2)
    let count = try record.unsigned(2)
    let size = try record.unsigned(4)
    let directory = try record.unsigned(4)
    guard disks == 0 || disks == 0xFFFF_FFFF, countHere == count else {
      throw CheckpointError(
        .unsupported, "the archive is split over several files", entry: "end of the archive",
        offset: offset)
    }
    var end = (count: count, size: size, directory: directory)
    var directoryEnd = offset
    if offset >= 20, [UInt8](data[offset - 20..<offset - 16]) == [0x50, 0x4B, 6, 7] {
      (end, directoryEnd) = try zip64End(data, locator: offset - 20, classic: end)
    } else if count == 0xFFFF || size == 0xFFFF_FFFF || directory == 0xFFFF_FFFF {
      throw CheckpointError(
        .malformed, "the archive needs a zip64 end record and has none",
        entry: "end of the archive", offset: offset)
    }
    guard let count = Int(exactly: end.count), let size = Int(exactly: end.size),
      let directory = Int(exactly: end.directory), size <= directoryEnd,
      directory == directoryEnd - size
    else {
      throw CheckpointError(
        .malformed,
        "a directory of \(end.size) bytes at \(end.directory) does not end at \(directoryEnd)",
        entry: "end of the archive", offset: offset)
    }
    return End(count: count, size: size, directory: directory)
  }

  private typealias Wide = (count: UInt64, size: UInt64, directory: UInt64)

  private static func zip64End(
    _ data: Data, locator: Int, classic: Wide
  ) throws(CheckpointError) -> (Wide, Int) {
    let name = "zip64 end of the archive"
    var link = try reader(data, at: locator + 4, count: 16, name)
    let disk = try link.unsigned(4)
    let position = try link.unsigned(8)
    let disks = try link.unsigned(4)
    guard disk == 0, disks <= 1, let offset = Int(exactly: position), offset == locator - 56 else {
      throw CheckpointError(
        .malformed, "the zip64 locator points to \(position), expected \(locator - 56)",
        entry: name, offset: locator)
    }
    var record = try reader(data, at: offset, count: 56, name)
    let signature = try record.unsigned(4)
    let recordSize = try record.unsigned(8)
    _ = try record.unsigned(4)
    let diskNumbers = try record.unsigned(8)
    let countHere = try record.unsigned(8)
    let wide: Wide = (
      try record.unsigned(8), try record.unsigned(8), try record.unsigned(8)
    )
    let agrees =
      (classic.count == 0xFFFF || classic.count == wide.count)
      && (classic.size == 0xFFFF_FFFF || classic.size == wide.size)
      && (classic.directory == 0xFFFF_FFFF || classic.directory == wide.directory)
    guard signature == 0x0606_4B50, recordSize == 44, diskNumbers == 0, countHere == wide.count,
      agrees
    else {
      throw CheckpointError(
        .malformed, "the two end records of the archive contradict each other", entry: name,
        offset: offset)
    }
    return (wide, offset)
  }
}

// The directory and the local headers.
extension ZipArchive {
  private static func entry(_ reader: inout ByteReader) throws(CheckpointError) -> Entry {
    let start = reader.offset
    func bad(_ message: String, _ code: CheckpointError.Code = .malformed) -> CheckpointError {
      CheckpointError(code, message, entry: "central directory", offset: start)
    }
    guard try reader.unsigned(4) == 0x0201_4B50 else { throw bad("no entry starts here") }
    _ = try reader.unsigned(4)
    let flags = try reader.unsigned(2)
    let method = try reader.unsigned(2)
    _ = try reader.unsigned(4)
    let crc = try reader.unsigned(4)
    var storedSize = try reader.unsigned(4)
    var size = try reader.unsigned(4)
    let nameLength = Int(try reader.unsigned(2))
    let extraLength = Int(try reader.unsigned(2))
    let commentLength = Int(try reader.unsigned(2))
    let disk = try reader.unsigned(2)
    _ = try reader.unsigned(6)
    var header = try reader.unsigned(4)
    let nameBytes = try reader.take(nameLength)
    let extra = [UInt8](try reader.take(extraLength))
    _ = try reader.take(commentLength)
    guard let name = String(validating: nameBytes, as: UTF8.self) else {
      throw bad("a name is not UTF-8")
    }
    // Bits 1 and 2 are hints of the compressor, 3 a descriptor, 11 UTF-8.
    guard flags & ~0x080E == 0 else {
      throw bad("\(name) has flags \(String(flags, radix: 16)); is it encrypted?", .unsupported)
    }
    guard method == 0 || method == 8 else {
      throw bad("\(name) is compressed by method \(method); only deflate is read", .unsupported)
    }
    guard disk == 0 else { throw bad("\(name) is in another file", .unsupported) }
    var fields = ByteReader(extra, entry: "central directory")
    var sawZip64 = false
    while fields.left >= 4 {
      let id = try fields.unsigned(2)
      let length = Int(try fields.unsigned(2))
      let content = try fields.take(length)
      guard id == 1 else { continue }
      guard !sawZip64 else { throw bad("\(name) has two zip64 fields") }
      sawZip64 = true
      var wide = ByteReader([UInt8](content), entry: "central directory")
      if size == 0xFFFF_FFFF { size = try wide.unsigned(8) }
      if storedSize == 0xFFFF_FFFF { storedSize = try wide.unsigned(8) }
      if header == 0xFFFF_FFFF { header = try wide.unsigned(8) }
      guard wide.left == 0 else { throw bad("\(name) has a zip64 field of the wrong length") }
    }
    guard fields.left == 0 else { throw bad("\(name) has a damaged extra field") }
    guard let storedSize = Int(exactly: storedSize), let size = Int(exactly: size),
      let header = Int(exactly: header), let crc = UInt32(exactly: crc),
      method == 8 || storedSize == size
    else { throw bad("\(name) has sizes that contradict each other") }
    return Entry(
      name: name, isDeflated: method == 8, crc: crc, storedSize: storedSize, size: size,
      header: header)
  }

  private static func checkNames(_ entries: [Entry]) throws(CheckpointError) {
    var seen: Set<String> = []
    for entry in entries {
      let name = entry.name
      let parts = name.split(separator: "/", omittingEmptySubsequences: false)
      let isSafe =
        !name.isEmpty && name.utf8.count <= 1024
        && !name.utf8.contains { $0 < 32 || $0 == 0x5C || $0 == 0x7F }
        && !parts.dropLast().contains { $0.isEmpty || $0 == "." || $0 == ".." }
        && parts.last != "." && parts.last != ".."
      guard isSafe else {
        throw CheckpointError(
          .malformed, "an entry is called \(name.debugDescription)", entry: "central directory")
      }
      guard seen.insert(name.lowercased()).inserted else {
        throw CheckpointError(
          .malformed, "two entries are called \(name)", entry: "central directory")
      }
    }
  }

  /// Compares the local header of an entry with the directory; returns where the entry ends.
  private static func confirm(
    _ entry: inout Entry, at place: Int, in data: Data, before limit: Int
  ) throws(CheckpointError) -> Int {
    let name = entry.name
    func bad(_ message: String) -> CheckpointError {
      CheckpointError(.malformed, message, entry: name, offset: place)
    }
    guard entry.header == place else {
      throw bad("starts at byte \(entry.header), and the entry before ends at \(place)")
    }
    var local = try reader(data, at: place, count: 30, name)
    let signature = try local.unsigned(4)
    _ = try local.unsigned(2)
    let flags = try local.unsigned(2)
    let method = try local.unsigned(2)
    _ = try local.unsigned(4)
    let crc = try local.unsigned(4)
    let storedSize = try local.unsigned(4)
    let size = try local.unsigned(4)
    let nameLength = Int(try local.unsigned(2))
    let extraLength = Int(try local.unsigned(2))
    guard signature == 0x0403_4B50, method == (entry.isDeflated ? 8 : 0) else {
      throw bad("the local header contradicts the directory")
    }
    var tail = try reader(data, at: place + 30, count: nameLength + extraLength, name)
    guard [UInt8](try tail.take(nameLength)) == [UInt8](name.utf8) else {
      throw bad("the local header has another name than the directory")
    }
    let extra = [UInt8](try tail.take(extraLength))
    let hasDescriptor = flags & 8 != 0
    let isWide = extra.count >= 4 && extra[0] == 1 && extra[1] == 0
    let agrees =
      (crc == entry.crc || (hasDescriptor && crc == 0))
      && (size == entry.size || size == 0xFFFF_FFFF || (hasDescriptor && size == 0))
      && (storedSize == entry.storedSize || storedSize == 0xFFFF_FFFF
        || (hasDescriptor && storedSize == 0))
    guard agrees else { throw bad("the local header has other sizes or another checksum") }
    entry.payload = place + 30 + nameLength + extraLength
    guard entry.storedSize <= limit - entry.payload else {
      throw bad("its \(entry.storedSize) bytes do not end before the directory")
    }
    let end = entry.payload + entry.storedSize
    guard hasDescriptor else { return end }
    return try end + descriptorLength(of: entry, at: end, in: data, wideFirst: isWide)
  }

  /// A descriptor is one of four layouts: with or without a signature, 32-bit or 64-bit sizes.
  private static func descriptorLength(
    of entry: Entry, at offset: Int, in data: Data, wideFirst: Bool
  ) throws(CheckpointError) -> Int {
    for width in wideFirst ? [8, 4] : [4, 8] {
      for signature in [4, 0] {
        let count = signature + 4 + 2 * width
        guard offset <= data.count - count else { continue }
        var descriptor = try reader(data, at: offset, count: count, entry.name)
        if signature == 4, try descriptor.unsigned(4) != 0x0807_4B50 { continue }
        let crc = try descriptor.unsigned(4)
        let storedSize = try descriptor.unsigned(width)
        let size = try descriptor.unsigned(width)
        if crc == entry.crc, storedSize == entry.storedSize, size == entry.size { return count }
      }
    }
    throw CheckpointError(
      .malformed, "the descriptor behind its bytes contradicts the directory", entry: entry.name,
      offset: offset)
  }
}
