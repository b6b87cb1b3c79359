import Foundation

/// Writes a zip archive of stored entries as `torch.save` does, byte for byte the same headers.
///
///     0000  50 4B 03 04 … 0808 …            local header; sizes and checksum follow the bytes
///     001E  archive/data.pkl                name
///     002E  46 42 0E 00  5A 5A …            padding, so that the bytes start at a multiple of 64
///     0040  the bytes
///           50 4B 07 08  crc  size  size    descriptor; 64-bit sizes where the header has them
///     …     the directory, the zip64 end with its locator, the end
///
/// Entries are written one after the other and nothing of them is kept, so that memory does not grow
/// with the archive. An entry of 4 GiB or more, or one that starts behind the first 4 GiB, has the
/// zip64 field that PyTorch's own archives have there.
struct ZipWriter {
  /// The file that the archive goes to.
  let file: PendingFile

  private var directory: [UInt8] = []
  private var count = 0
  private var current: (name: String, header: Int, size: Int, written: Int, crc: UInt32)?

  /// What every payload starts at a multiple of.
  static let alignment = 64

  private static let saturated = 0xFFFF_FFFF

  /// Starts an archive in an empty file.
  init(_ file: PendingFile) { self.file = file }

  /// Writes an entry whose bytes are in memory.
  ///
  /// - Throws: ``CheckpointError`` where the file cannot be written.
  mutating func add(_ name: String, _ bytes: some DataProtocol) throws(CheckpointError) {
    try begin(name, size: bytes.count)
    try append(bytes)
    try end()
  }

  /// Starts an entry of a known size.
  ///
  /// - Throws: ``CheckpointError`` where the file cannot be written.
  mutating func begin(_ name: String, size: Int) throws(CheckpointError) {
    let header = file.count
    current = (name, header, size, 0, 0)
    var local: [UInt8] = [0x50, 0x4B, 3, 4, 0, 0]
    local.append(size == 0 ? 0x0800 : 0x0808, 2)
    local.append(0, 2 + 4 + 4 + 4 + 4)
    local.append(name.utf8.count, 2)
    let wide = wideField(size: size, header: header)
    let start = header + 30 + name.utf8.count + wide.count + 4
    let padding = (ZipWriter.alignment - start % ZipWriter.alignment) % ZipWriter.alignment
    local.append(wide.count + 4 + padding, 2)
    local += Array(name.utf8) + wide + [0x46, 0x42]
    local.append(padding, 2)
    local += [UInt8](repeating: 0x5A, count: padding)
    try file.write(local)
  }

  /// Writes the next bytes of the entry.
  ///
  /// - Throws: ``CheckpointError`` where the file cannot be written.
  mutating func append(_ bytes: some DataProtocol) throws(CheckpointError) {
    guard var entry = current else { preconditionFailure("no entry was begun") }
    try file.write(bytes)
    entry.written += bytes.count
    for region in bytes.regions { entry.crc = crc32(of: Data(region).span, after: entry.crc) }
    current = entry
  }

  /// Ends the entry.
  ///
  /// - Throws: ``CheckpointError`` where the file cannot be written.
  mutating func end() throws(CheckpointError) {
    guard let entry = current else { preconditionFailure("no entry was begun") }
    precondition(entry.written == entry.size, "\(entry.name) is not of the size it was begun with")
    let hasWideSize = entry.size >= ZipWriter.saturated
    let hasWideOffset = entry.header >= ZipWriter.saturated
    if entry.size > 0 {
      var descriptor: [UInt8] = [0x50, 0x4B, 7, 8]
      descriptor.append(Int(entry.crc), 4)
      let width = hasWideSize || hasWideOffset ? 8 : 4
      descriptor.append(entry.size, width)
      descriptor.append(entry.size, width)
      try file.write(descriptor)
    }
    var extra: [UInt8] = []
    if hasWideSize || hasWideOffset {
      extra.append(1, 2)
      extra.append((hasWideSize ? 16 : 0) + (hasWideOffset ? 8 : 0), 2)
      if hasWideSize {
        extra.append(entry.size, 8)
        extra.append(entry.size, 8)
      }
      if hasWideOffset { extra.append(entry.header, 8) }
    }
    let size = min(entry.size, ZipWriter.saturated)
    directory += [0x50, 0x4B, 1, 2, 0, 0, 0, 0]
    directory.append(entry.size == 0 ? 0x0800 : 0x0808, 2)
    directory.append(0, 2 + 4)
    directory.append(Int(entry.crc), 4)
    directory.append(size, 4)
    directory.append(size, 4)
    directory.append(entry.name.utf8.count, 2)
    directory.append(extra.count, 2)
    directory.append(0, 2 + 2 + 2 + 4)
    directory.append(min(entry.header, ZipWriter.saturated), 4)
    directory += Array(entry.name.utf8) + extra
    count += 1
    current = nil
  }

  /// Writes the directory and the end of the archive.
  ///
  /// - Throws: ``CheckpointError`` where the file cannot be written.
  consuming func finish() throws(CheckpointError) {
    let start = file.count
    var end = directory
    let size = directory.count
    end += [0x50, 0x4B, 6, 6]
    end.append(44, 8)
    end.append(0x031E, 2)
    end.append(0x002D, 2)
    end.append(0, 4 + 4)
    for value in [count, count, size, start] { end.append(value, 8) }
    end += [0x50, 0x4B, 6, 7]
    end.append(0, 4)
    end.append(start + size, 8)
    end.append(1, 4)
    end += [0x50, 0x4B, 5, 6, 0, 0, 0, 0]
    end.append(min(count, 0xFFFF), 2)
    end.append(min(count, 0xFFFF), 2)
    end.append(min(size, ZipWriter.saturated), 4)
    end.append(min(start, ZipWriter.saturated), 4)
    end.append(0, 2)
    try file.write(end)
  }

  /// The zip64 field of a local header.
  ///
  /// PyTorch also writes the entry's own offset there, which no reader needs; without a field a
  /// reader would look for a descriptor with sizes of 32 bits.
  private func wideField(size: Int, header: Int) -> [UInt8] {
    let hasWideSize = size >= ZipWriter.saturated
    let hasWideOffset = header >= ZipWriter.saturated
    guard hasWideSize || hasWideOffset else { return [] }
    var field: [UInt8] = []
    field.append(1, 2)
    field.append((hasWideSize ? 16 : 0) + (hasWideOffset ? 8 : 0), 2)
    if hasWideSize {
      field.append(size, 8)
      field.append(size, 8)
    }
    if hasWideOffset { field.append(header, 8) }
    return field
  }
}

extension [UInt8] {
  /// Appends a number, the lowest byte first.
  mutating func append(_ value: Int, _ width: Int) {
    for index in 0..<width {
      append(index < 8 ? UInt8(truncatingIfNeeded: value >> (8 * index)) : 0)
    }
  }
}
