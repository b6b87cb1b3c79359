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
  private let contents: FileContents

  /// Reads the headers of an archive.
  ///
  /// - Throws: ``CheckpointError`` where they contradict each other.
  init(_ contents: FileContents, limits: Limits) throws(CheckpointError) {
    self.contents = contents
    var window = HeaderWindow(contents)
    let end = try ZipArchive.findEnd(&window)
    guard end.count <= limits.archiveEntries else {
      throw CheckpointError(ZipFinding.count(end.count, limit: limits.archiveEntries))
    }
    guard end.count <= end.size / 46 else {
      throw CheckpointError(
        ZipFinding.smallDirectory(bytes: end.size, entries: end.count), entry: "central directory")
    }
    var reader = try window.reader(
      at: end.directory, count: end.size, "central directory")
    for _ in 0..<end.count { entries.append(try ZipArchive.entry(&reader)) }
    guard reader.left == 0 else {
      throw CheckpointError(
        ZipFinding.behindLast(reader.left), entry: "central directory", offset: reader.offset)
    }
    try ZipArchive.checkNames(entries)
    var place = 0
    for index in entries.indices.sorted(by: { entries[$0].header < entries[$1].header }) {
      place = try ZipArchive.confirm(&entries[index], at: place, in: &window, before: end.directory)
    }
    guard place == end.directory else {
      throw CheckpointError(
        ZipFinding.beforeDirectory(end.directory - place), entry: "zip archive", offset: place)
    }
  }

  /// The bytes of an entry as they are stored.
  func payload(of entry: Entry) -> FileContents {
    contents[entry.payload..<entry.payload + entry.storedSize]
  }

  /// The bytes of an entry that is not compressed, with their checksum.
  func stored(_ entry: Entry) -> StoredBytes {
    StoredBytes(name: entry.name, contents: payload(of: entry), crc: entry.knownCRC)
  }

  /// The bytes of an entry, inflated and compared with their checksum.
  ///
  /// - Throws: ``CheckpointError`` where they are more than `limit`, or damaged.
  func contents(of entry: Entry, limit: Int) throws(CheckpointError) -> FileContents {
    guard !entry.isDeflated else { return FileContents(try inflated(entry, limit: limit)) }
    try check(entry, limit)
    let stored = stored(entry)
    try stored.check()
    return stored.contents
  }

  /// The bytes of a compressed entry, compared with their checksum.
  ///
  /// - Throws: ``CheckpointError`` where they are more than `limit`, or damaged.
  func inflated(_ entry: Entry, limit: Int) throws(CheckpointError) -> [UInt8] {
    let bytes = try start(of: entry, count: entry.size, limit: limit)
    var reader = StoredBytes(
      name: entry.name, contents: FileContents(bytes), crc: entry.knownCRC
    ).reader
    return try reader.rest()
  }

  /// The first bytes of a compressed entry, which cannot be compared with its checksum.
  ///
  /// - Throws: ``CheckpointError`` where the entry has more bytes than `limit`, or is damaged so far.
  func start(
    of entry: Entry, count: Int, limit: Int
  ) throws(CheckpointError) -> [UInt8] {
    try check(entry, limit)
    do throws(CheckpointError) {
      guard let bytes = try inflate(payload(of: entry), first: count, of: entry.size) else {
        throw CheckpointError(ZipFinding.inflated(expected: entry.size))
      }
      return bytes
    } catch {
      throw error.at(entry: entry.name)
    }
  }

  private func check(_ entry: Entry, _ limit: Int) throws(CheckpointError) {
    guard entry.size <= limit else {
      throw CheckpointError(ZipFinding.tooLarge(entry.size, limit: limit), entry: entry.name)
    }
  }
}

extension ZipArchive.Entry {
  /// The checksum; nil where there is none: torch writes zero where it was told not to compute them.
  var knownCRC: UInt32? { crc == 0 ? nil : crc }
}
