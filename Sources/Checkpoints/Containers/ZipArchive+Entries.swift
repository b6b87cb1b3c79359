import Foundation

// The directory and the local headers.
extension ZipArchive {
  /// Bits 1 and 2 are hints of the compressor, 3 a descriptor, 11 UTF-8.
  private static let knownFlags: UInt64 = 0x080E

  /// Reads the next entry of the central directory.
  static func entry(_ reader: inout ByteReader) throws(CheckpointError) -> Entry {
    let start = reader.offset
    func bad(_ finding: ZipFinding) -> CheckpointError {
      CheckpointError(finding, entry: "central directory", offset: start)
    }
    guard try reader.unsigned(4) == 0x0201_4B50 else { throw bad(.noEntry) }
    try reader.skip(4)
    let flags = try reader.unsigned(2)
    let method = try reader.unsigned(2)
    try reader.skip(4)
    let crc = UInt32(truncatingIfNeeded: try reader.unsigned(4))
    let storedSize = try reader.unsigned(4)
    let size = try reader.unsigned(4)
    let nameLength = Int(try reader.unsigned(2))
    let extraLength = Int(try reader.unsigned(2))
    let commentLength = Int(try reader.unsigned(2))
    let disk = try reader.unsigned(2)
    try reader.skip(6)
    let header = try reader.unsigned(4)
    let nameBytes = try reader.take(nameLength)
    let extra = try reader.take(extraLength)
    try reader.skip(commentLength)
    guard nameLength <= 1024, let name = String(validating: nameBytes, as: UTF8.self) else {
      throw bad(.name)
    }
    guard flags & ~knownFlags == 0 else {
      throw flags & 1 == 1
        ? bad(.encrypted(name))
        : bad(.flags(name, flags))
    }
    guard method == 0 || method == 8 else {
      throw bad(.method(name, method))
    }
    guard disk == 0 else { throw bad(.elsewhere(name)) }
    let wide = try wideFields(
      [size, storedSize, header], extra, name: name, entry: "central directory")
    guard let size = Int(exactly: wide[0]), let storedSize = Int(exactly: wide[1]),
      let header = Int(exactly: wide[2]), method == 8 || storedSize == size
    else { throw bad(.sizes(name)) }
    guard !name.hasSuffix("/") || size == 0 else { throw bad(.folderWithBytes(name)) }
    return Entry(
      name: name, isDeflated: method == 8, crc: crc, storedSize: storedSize, size: size,
      header: header, flags: flags)
  }

  /// Replaces saturated 32-bit values by those of the zip64 field, which has exactly these.
  private static func wideFields(
    _ narrow: [UInt64], _ extra: [UInt8], name: String, entry: String
  ) throws(CheckpointError) -> [UInt64] {
    func bad(_ finding: ZipFinding) -> CheckpointError {
      CheckpointError(finding, entry: entry)
    }
    guard let field = try zip64Field(extra, name: name, entry: entry) else {
      guard !narrow.contains(0xFFFF_FFFF) else { throw bad(.noWideSizes(name)) }
      return narrow
    }
    let count = narrow.count { $0 == 0xFFFF_FFFF }
    guard field.count == 8 * count else { throw bad(.wideSizes(name)) }
    var reader = ByteReader(FileContents(field), entry: entry)
    var wide = narrow
    for index in wide.indices where wide[index] == 0xFFFF_FFFF {
      wide[index] = try reader.unsigned(8)
    }
    return wide
  }

  /// The content of the zip64 field among the extra fields; nil where there is none.
  private static func zip64Field(
    _ extra: [UInt8], name: String, entry: String
  ) throws(CheckpointError) -> [UInt8]? {
    var fields = ByteReader(FileContents(extra), entry: entry)
    var found: [UInt8]?
    while fields.left >= 4 {
      let id = try fields.unsigned(2)
      let content = try fields.take(Int(try fields.unsigned(2)))
      guard id == 1 else { continue }
      guard found == nil else {
        throw CheckpointError(ZipFinding.repeatedWideSizes(name), entry: entry)
      }
      found = content
    }
    guard fields.left == 0 else {
      throw CheckpointError(ZipFinding.extraField(name), entry: entry)
    }
    return found
  }

  /// Names are relative paths without tricks, and different even where case does not count.
  static func checkNames(_ entries: [Entry]) throws(CheckpointError) {
    var seen: Set<String> = []
    for entry in entries {
      let name = entry.name
      let path = name.hasSuffix("/") ? String(name.dropLast()) : name
      let parts = path.split(separator: "/", omittingEmptySubsequences: false)
      let isDrive = parts.first?.utf8.dropFirst().first == UInt8(ascii: ":")
      let isSafe =
        !isDrive && !name.utf8.contains { $0 < 32 || $0 == 0x5C || $0 == 0x7F }
        && !parts.contains { $0.isEmpty || $0 == "." || $0 == ".." }
      guard isSafe else {
        throw CheckpointError(ZipFinding.path(name.bounded), entry: "central directory")
      }
      guard seen.insert(name.lowercased()).inserted else {
        throw CheckpointError(ZipFinding.repeated(name), entry: "central directory")
      }
    }
  }

  /// Compares the local header of an entry with the directory; returns where the entry ends.
  static func confirm(
    _ entry: inout Entry, at place: Int, in window: inout HeaderWindow, before limit: Int
  ) throws(CheckpointError) -> Int {
    let name = entry.name
    func bad(_ finding: ZipFinding) -> CheckpointError {
      CheckpointError(finding, entry: name, offset: place)
    }
    guard entry.header == place else {
      throw bad(.start(entry.header, expected: place))
    }
    var local = try window.reader(at: place, count: min(30, limit - place), name)
    guard try local.unsigned(4) == 0x0403_4B50 else { throw bad(.noLocalHeader) }
    try local.skip(2)
    let flags = try local.unsigned(2)
    let method = try local.unsigned(2)
    try local.skip(4)
    let crc = try local.unsigned(4)
    let storedSize = try local.unsigned(4)
    let size = try local.unsigned(4)
    let nameLength = Int(try local.unsigned(2))
    let extraLength = Int(try local.unsigned(2))
    guard method == (entry.isDeflated ? 8 : 0), flags == entry.flags else {
      throw bad(.localMethod)
    }
    entry.payload = place + 30 + nameLength + extraLength
    guard entry.payload <= limit, entry.storedSize <= limit - entry.payload else {
      throw bad(.reach(entry.storedSize))
    }
    var tail = try window.reader(at: place + 30, count: nameLength + extraLength, name)
    guard try tail.take(nameLength) == [UInt8](name.utf8) else {
      throw bad(.localName)
    }
    let field = try zip64Field(try tail.take(extraLength), name: name, entry: name)
    let hasDescriptor = flags & 8 != 0
    // The field of torch's own writer can hold more than the sizes, so only what is asked for counts.
    let wide = try ZipArchive.localSizes(size, storedSize, field, bad)
    let agrees =
      (crc == UInt64(entry.crc) || (hasDescriptor && crc == 0))
      && (wide.size == UInt64(entry.size) || (hasDescriptor && size == 0))
      && (wide.storedSize == UInt64(entry.storedSize) || (hasDescriptor && storedSize == 0))
    guard agrees else { throw bad(.localSizes) }
    let end = entry.payload + entry.storedSize
    guard hasDescriptor else { return end }
    return try end
      + descriptorLength(of: entry, at: end, in: &window, before: limit, wideFirst: field != nil)
  }

  private static func localSizes(
    _ size: UInt64, _ storedSize: UInt64, _ field: [UInt8]?,
    _ bad: (ZipFinding) -> CheckpointError
  ) throws(CheckpointError) -> (size: UInt64, storedSize: UInt64) {
    guard size == 0xFFFF_FFFF || storedSize == 0xFFFF_FFFF else { return (size, storedSize) }
    guard let field else { throw bad(.noLocalWideSizes) }
    var reader = ByteReader(FileContents(field), entry: "zip64 field")
    let wideSize = size == 0xFFFF_FFFF ? try reader.unsigned(8) : size
    return (wideSize, storedSize == 0xFFFF_FFFF ? try reader.unsigned(8) : storedSize)
  }

  /// A descriptor is one of four layouts: with or without a signature, 32-bit or 64-bit sizes.
  private static func descriptorLength(
    of entry: Entry, at offset: Int, in window: inout HeaderWindow, before limit: Int,
    wideFirst: Bool
  ) throws(CheckpointError) -> Int {
    for width in wideFirst ? [8, 4] : [4, 8] {
      for signature in [4, 0] {
        let count = signature + 4 + 2 * width
        guard count <= limit - offset else { continue }
        var descriptor = try window.reader(at: offset, count: count, entry.name)
        if signature == 4, try descriptor.unsigned(4) != 0x0807_4B50 { continue }
        let crc = try descriptor.unsigned(4)
        let storedSize = try descriptor.unsigned(width)
        let size = try descriptor.unsigned(width)
        if crc == UInt64(entry.crc), storedSize == UInt64(entry.storedSize),
          size == UInt64(entry.size)
        {
          return count
        }
      }
    }
    throw CheckpointError(ZipFinding.descriptor, entry: entry.name, offset: offset)
  }
}
