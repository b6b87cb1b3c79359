/// What is wrong with the structure of a zip archive.
enum ZipFinding: CheckpointFinding {
  // MARK: - End

  /// No end record.
  case noEnd
  /// Several end records, at these bytes.
  case ends([Int])
  /// An archive in several files.
  case split
  /// Sizes for which a zip64 end record is needed, and none.
  case noWideEnd
  /// A directory that does not end where its end record begins.
  case directory(size: UInt64, start: UInt64, end: Int)
  /// A zip64 locator that points elsewhere.
  case locator(UInt64, expected: Int)
  /// Two end records that contradict each other.
  case endsDiffer

  // MARK: - Directory

  /// More entries than are allowed.
  case count(Int, limit: Int)
  /// More entries than the bytes of the directory can hold.
  case smallDirectory(bytes: Int, entries: Int)
  /// Bytes behind the last entry of the directory.
  case behindLast(Int)
  /// Bytes before the directory that belong to no entry.
  case beforeDirectory(Int)
  /// No entry where one should start.
  case noEntry
  /// A name that is too long, or not UTF-8.
  case name
  /// An entry that is encrypted.
  case encrypted(String)
  /// An entry with flags that torch.save does not set.
  case flags(String, UInt64)
  /// An entry that is compressed otherwise than by deflate.
  case method(String, UInt64)
  /// An entry in another part of the archive.
  case elsewhere(String)
  /// An entry with sizes that contradict each other.
  case sizes(String)
  /// A folder with bytes.
  case folderWithBytes(String)
  /// An entry with large sizes, and without a zip64 field.
  case noWideSizes(String)
  /// An entry with a zip64 field of the wrong length.
  case wideSizes(String)
  /// An entry with two zip64 fields.
  case repeatedWideSizes(String)
  /// An entry with a damaged extra field.
  case extraField(String)
  /// A name that leads out of the archive, or has other separators.
  case path(String)
  /// Two entries of one name.
  case repeated(String)

  // MARK: - Entries

  /// An entry that does not start where the one before ends.
  case start(Int, expected: Int)
  /// An entry without a local header.
  case noLocalHeader
  /// A local header with another method or other flags than the directory.
  case localMethod
  /// So many bytes that do not end before the directory.
  case reach(Int)
  /// A local header with another name.
  case localName
  /// A local header with large sizes, and without a zip64 field.
  case noLocalWideSizes
  /// A local header with other sizes or another checksum.
  case localSizes
  /// A descriptor that contradicts the directory.
  case descriptor
  /// Bytes that do not inflate to so many.
  case inflated(expected: Int)
  /// More bytes than are allowed.
  case tooLarge(Int, limit: Int)

  var code: CheckpointError.Code {
    switch self {
    case .noEnd: .truncated
    case .count, .tooLarge: .limit
    case .split, .encrypted, .flags, .method, .elsewhere: .unsupported
    case .ends, .noWideEnd, .directory, .locator, .endsDiffer, .smallDirectory, .behindLast,
      .beforeDirectory, .noEntry, .name, .sizes, .folderWithBytes, .noWideSizes, .wideSizes,
      .repeatedWideSizes, .extraField, .path, .repeated, .start, .noLocalHeader, .localMethod,
      .reach, .localName, .noLocalWideSizes, .localSizes, .descriptor, .inflated:
      .malformed
    }
  }
}
