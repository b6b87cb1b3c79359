public import Foundation

/// Writes zip archives byte by byte, so that each field can be a lie.
public struct ZipBuilder: Sendable {
  /// One file of the archive, and what its two headers say about it.
  public struct Entry: Sendable {
    public var name: String
    public var bytes: [UInt8]
    /// Whether the bytes are in a (stored) block of deflate.
    public var isDeflated = false
    /// Whether sizes and checksum follow the bytes, as torch writes them.
    public var hasDescriptor = true
    public var flags: UInt16 = 0x0800
    /// Whether sizes and place are in zip64 fields.
    public var isWide = false
    public var method: UInt16?
    /// What the headers say, where that is not the truth.
    public var crc: UInt32?
    public var localCRC: UInt32?
    public var size: Int?
    public var plainSize: Int?
    public var localName: String?
    public var localFlags: UInt16?
    public var localMethod: UInt16?
    /// What stands for the payload, where that is not what the bytes give.
    public var payload: [UInt8]?
    /// Bytes between this entry and the next.
    public var gap: [UInt8] = []
    /// Where the directory says that the local header is.
    public var offset: Int?
    /// Whether the directory lists it.
    public var isListed = true

    public init(_ name: String, _ bytes: [UInt8]) { (self.name, self.bytes) = (name, bytes) }
  }

  public var entries: [Entry]
  public var comment: [UInt8] = []
  /// Whether the end is told in 64 bits as well.
  public var hasWideEnd = false
  /// What the end says, where that is not the truth.
  public var count: Int?
  public var directorySize: Int?
  public var directoryOffset: Int?
  /// Bytes before the first entry.
  public var prefix: [UInt8] = []

  public init(_ entries: [Entry]) { self.entries = entries }

  /// What `torch.save` would write for a pickle and its storages.
  public static func torch(_ pickle: [UInt8], _ storages: [String: [UInt8]] = [:]) -> ZipBuilder {
    ZipBuilder(
      [Entry("archive/data.pkl", pickle), Entry("archive/byteorder", Array("little".utf8))]
        + storages.sorted { $0.key < $1.key }.map { Entry("archive/data/\($0.key)", $0.value) }
        + [Entry("archive/version", Array("3\n".utf8))])
  }

  public subscript(name: String) -> Entry {
    get { entries.first { $0.name == name } ?? Entry(name, []) }
    set {
      if let index = entries.firstIndex(where: { $0.name == name }) {
        entries[index] = newValue
      } else {
        entries.append(newValue)
      }
    }
  }

  /// The archive.
  public var data: Data {
    var file = prefix
    var directory: [UInt8] = []
    for entry in entries {
      let start = file.count
      let payload = entry.payload ?? (entry.isDeflated ? deflated(entry.bytes) : entry.bytes)
      let crc = entry.crc ?? crc32(entry.bytes)
      let (width, saturated) = (entry.isWide ? 8 : 4, [UInt8](repeating: 0xFF, count: 4))
      let sizes =
        little(entry.size ?? payload.count, width)
        + little(entry.plainSize ?? entry.size ?? entry.bytes.count, width)
      // In a zip64 field the size comes before the compressed one.
      let wideSizes = Array(sizes.dropFirst(8) + sizes.prefix(8))
      let localExtra: [UInt8] = entry.isWide ? [1, 0, 16, 0] + wideSizes : []
      let flags = entry.flags | (entry.hasDescriptor ? 8 : 0)
      let method = entry.method ?? (entry.isDeflated ? 8 : 0)
      let name = Array((entry.localName ?? entry.name).utf8)
      file += [0x50, 0x4B, 3, 4, 0, 0] + little(Int(entry.localFlags ?? flags), 2)
      file += little(Int(entry.localMethod ?? method), 2) + [0, 0, 0, 0]
      let localCRC = entry.localCRC ?? (entry.hasDescriptor ? 0 : crc)
      file += little(Int(localCRC), 4)
      file +=
        entry.isWide
        ? saturated + saturated
        : entry.hasDescriptor ? [UInt8](repeating: 0, count: 8) : sizes
      file += little(name.count, 2) + little(localExtra.count, 2) + name + localExtra + payload
      if entry.hasDescriptor { file += [0x50, 0x4B, 7, 8] + little(Int(crc), 4) + sizes }
      file += entry.gap
      guard entry.isListed else { continue }
      directory += [0x50, 0x4B, 1, 2, 0, 0, 0, 0] + little(Int(flags), 2)
      directory += little(Int(method), 2) + [0, 0, 0, 0]
      directory += little(Int(crc), 4) + (entry.isWide ? saturated + saturated : sizes)
      let place = little(entry.offset ?? start, width)
      let extra: [UInt8] = entry.isWide ? [1, 0, 24, 0] + wideSizes + place : []
      directory += little(entry.name.utf8.count, 2) + little(extra.count, 2)
      directory += [UInt8](repeating: 0, count: 10)
      directory += (entry.isWide ? saturated : place) + entry.name.utf8 + extra
    }
    let count = little(count ?? entries.count { $0.isListed }, 2)
    let offset = file.count
    if hasWideEnd {
      let end = offset + directory.count
      let number = count + [UInt8](repeating: 0, count: 6)
      directory += [0x50, 0x4B, 6, 6] + little(44, 8) + [45, 0, 45, 0]
      directory += [UInt8](repeating: 0, count: 8) + number + number
      directory += little(directorySize ?? end - offset, 8) + little(directoryOffset ?? offset, 8)
      directory += [0x50, 0x4B, 6, 7, 0, 0, 0, 0] + little(end, 8) + [1, 0, 0, 0]
      file += directory + [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + [UInt8](repeating: 0xFF, count: 12)
      return Data(file + little(comment.count, 2) + comment)
    }
    file += directory + [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + count + count
    file += little(directorySize ?? directory.count, 4) + little(directoryOffset ?? offset, 4)
    file += little(comment.count, 2) + comment
    return Data(file)
  }

  /// One stored block for each 65,535 bytes: valid deflate that compresses nothing.
  private func deflated(_ bytes: [UInt8]) -> [UInt8] {
    var blocks: [UInt8] = []
    var rest = bytes[...]
    repeat {
      let part = rest.prefix(65_535)
      rest = rest.dropFirst(part.count)
      blocks += [rest.isEmpty ? 1 : 0] + little(part.count, 2) + little(~part.count, 2) + part
    } while !rest.isEmpty
    return blocks
  }
}

/// A number as bytes, the lowest first.
public func little(_ value: Int, _ width: Int) -> [UInt8] {
  (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

/// The elements as bytes, the lowest of each first.
public func little(_ values: [Float]) -> [UInt8] {
  values.flatMap { little(Int($0.bitPattern), 4) }
}

/// The CRC-32 of zip, bit by bit.
public func crc32(_ bytes: [UInt8]) -> UInt32 {
  var crc: UInt32 = ~0
  for byte in bytes {
    crc ^= UInt32(byte)
    for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
  }
  return ~crc
}
