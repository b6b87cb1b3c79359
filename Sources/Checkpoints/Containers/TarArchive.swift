/// The members of a tar archive, as parts of its bytes.
enum TarArchive {
  private static let block = 512

  /// The files of an archive by name.
  ///
  /// - Throws: ``CheckpointError`` where a header is damaged, or a name leads out of the archive.
  static func members(
    of contents: FileContents
  ) throws(CheckpointError) -> [String: FileContents] {
    var members: [String: FileContents] = [:]
    var offset = 0
    while offset + block <= contents.count {
      let header = try contents[offset..<offset + block].bytes()
      // Two blocks of zeros end the archive, and more of them fill it up.
      if header.allSatisfy({ $0 == 0 }) { return members }
      func bad(_ finding: TarFinding) -> CheckpointError {
        CheckpointError(finding, entry: "tar header", offset: offset)
      }
      guard let checksum = octal(header[148..<156]), checksum == sum(of: header) else {
        throw bad(.checksum)
      }
      guard let size = octal(header[124..<136]), size <= contents.count - offset - block else {
        throw bad(.reach)
      }
      let start = offset + block
      let nameBytes = header[0..<100].prefix { $0 != 0 }
      guard let name = String(validating: nameBytes, as: UTF8.self) else {
        throw bad(.name)
      }
      switch header[156] {
      case 0, UInt8(ascii: "0"):
        guard !name.hasPrefix("/"), !name.split(separator: "/").contains("..") else {
          throw bad(.path(name.bounded))
        }
        guard members.updateValue(contents[start..<start + size], forKey: name) == nil else {
          throw bad(.repeated(name.bounded))
        }
      // Notes about the next member, or about all.
      case UInt8(ascii: "x"), UInt8(ascii: "g"): break
      default: throw bad(.notAFile)
      }
      let (blocks, rest) = size.quotientAndRemainder(dividingBy: block)
      offset += block * (1 + blocks + (rest > 0 ? 1 : 0))
    }
    throw CheckpointError(TarFinding.noEnd, entry: "tar", offset: offset)
  }

  private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
    let digits = field.drop { $0 == 32 }.prefix { (48...55).contains($0) }
    guard !digits.isEmpty else { return nil }
    return digits.reduce(0) { $0 << 3 | Int($1 - 48) }
  }

  /// The sum of a header, its own field taken as spaces.
  private static func sum(of header: [UInt8]) -> Int {
    header.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
  }
}
