extension TarFinding {
  var text: String {
    switch self {
    case .checksum: "has a wrong checksum; the file is damaged"
    case .reach: "says that a member reaches beyond the end of the file"
    case .name: "has a name that is not UTF-8"
    case .path(let name): "has the name \(name.quoted), which leads out of the archive"
    case .repeated(let name): "has the name \(name.quoted), as a member before"
    case .notAFile: "is of a member that is not a file"
    case .noEnd: "the archive has no end"
    }
  }

  var advice: String? {
    if case .noEnd = self { "copy or download the file again" } else { nil }
  }
}
