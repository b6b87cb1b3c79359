/// A part of a file that is looked at in many small places, one behind the other.
struct HeaderWindow {
  private let contents: FileContents
  private var window: FileContents
  private var start = 0

  /// Enough for the end of an entry and the header of the next.
  private static let length = 1024

  init(_ contents: FileContents) {
    self.contents = contents
    window = contents.prefix(0)
  }

  /// The number of bytes of the file.
  var count: Int { contents.count }

  /// A reader of `count` bytes from `offset` on.
  mutating func reader(
    at offset: Int, count: Int, _ name: String
  ) throws(CheckpointError) -> ByteReader {
    guard offset >= 0, count >= 0, offset <= contents.count - count else {
      throw CheckpointError(
        ByteFinding.missingAt(count, place: offset, size: contents.count), entry: name,
        offset: offset)
    }
    if count > HeaderWindow.length {
      return ByteReader(contents[offset..<offset + count], entry: name)
    }
    if offset < start || offset + count > start + window.count {
      let end = min(offset + HeaderWindow.length, contents.count)
      window = FileContents(try contents[offset..<end].bytes())
      start = offset
    }
    return ByteReader(window[offset - start..<offset - start + count], entry: name)
  }
}
