extension ZipFinding {
  var text: String {
    switch self {
    case .noEnd: "the archive has no end: the file is truncated, or something was appended to it"
    case .ends(let places): "the archive ends at bytes \(places), which is ambiguous"
    case .split: "the archive is split over several files"
    case .noWideEnd: "the archive needs a zip64 end record and has none"
    case .directory(let size, let start, let end):
      "a directory of \(size) bytes at \(start) does not end at \(end)"
    case .locator(let position, let expected):
      "the zip64 locator points to \(position), expected \(expected): bytes were added, removed or "
        + "converted as text on the way"
    case .endsDiffer: "the two end records of the archive contradict each other"

    case .count(let count, let limit): "the archive has \(count) entries, more than \(limit)"
    case .smallDirectory(let bytes, let entries):
      "a directory of \(bytes) bytes cannot hold \(entries) entries"
    case .behindLast(let count): "\(count) bytes are left behind the last entry"
    case .beforeDirectory(let count):
      "\(count) bytes before the directory belong to no entry"
    case .noEntry: "no entry starts here"
    case .name: "a name is too long, or not UTF-8"
    case .encrypted(let name): "\(name) is encrypted"
    case .flags(let name, let flags):
      "\(name) has the flags \(hexadecimal(UInt32(truncatingIfNeeded: flags))), which torch.save "
        + "does not set"
    case .method(let name, let method):
      "\(name) is compressed by method \(method), and only deflate is read"
    case .elsewhere(let name): "\(name) is in another part of the archive"
    case .sizes(let name): "\(name) has sizes that contradict each other"
    case .folderWithBytes(let name): "\(name) is a folder with bytes"
    case .noWideSizes(let name): "\(name) has large sizes, and no zip64 field"
    case .wideSizes(let name): "\(name) has a zip64 field of the wrong length"
    case .repeatedWideSizes(let name): "\(name) has two zip64 fields"
    case .extraField(let name): "\(name) has a damaged extra field"
    case .path(let name):
      "an entry is called \(name.quoted), expected names with / between their parts that stay "
        + "within the archive"
    case .repeated(let name):
      "two entries are called \(name), of which one program reads the first and another the last"

    case .start(let start, let expected):
      "starts at byte \(start), and the entry before ends at \(expected)"
    case .noLocalHeader: "has no local header"
    case .localMethod:
      "has another method or other flags in its local header than in the directory"
    case .reach(let count): "its \(count) bytes do not end before the directory"
    case .localName: "the local header has another name than the directory"
    case .noLocalWideSizes: "has large sizes, and no zip64 field"
    case .localSizes: "the local header has other sizes or another checksum"
    case .descriptor: "the descriptor behind its bytes contradicts the directory"
    case .inflated(let expected):
      "does not inflate to \(expected) bytes; the file is damaged"
    case .tooLarge(let count, let limit):
      "has \(count) bytes, more than the \(limit) allowed"
    }
  }

  var advice: String? {
    switch self {
    case .noEnd: "copy or download it again"
    case .locator: "copy or download the file again as it is"
    case .encrypted: "extract the archive with its password, and pack it again"
    case .flags, .method: "pack the archive again with \"zip -0 -r\""
    case .path: "save the model under another name, or pack it again"
    case .repeated: "save the model again"
    default: nil
    }
  }
}
