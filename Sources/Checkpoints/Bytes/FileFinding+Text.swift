extension FileFinding {
  var text: String {
    switch self {
    case .zeroInName: "has a name with a zero byte, which no file has"
    case .folder(let kind): kind.text
    case .pipe: "is a pipe or a device, which can be read only once; save its bytes in a file first"
    case .loop: "is a link that leads back to itself; get the file that is meant"
    case .system(let number): "cannot be read: \(explanation(of: number))"
    case .systemReading(let number, let bytes):
      "\(bytes) bytes are needed; the file cannot be read: \(explanation(of: number))"
    case .shrunk(let bytes):
      "\(bytes) bytes are needed; the file ends before that, and was longer when it was opened; "
        + "does something else write to it?"
    case .tooLong(let bytes, let limit, let expected):
      "has \(bytes) bytes, more than the \(limit) of \(expected)"
    }
  }
}

extension FolderKind {
  /// The end of a sentence that begins with the name of the folder.
  fileprivate var text: String {
    switch self {
    case .other(let expected): "is a folder, expected \(expected)"
    case .distributed:
      "is the folder of a distributed checkpoint; make one file of it with "
        + FolderKind.joiningShards
    case .tensorFlow:
      "is the folder of a TensorFlow model, expected a file that torch.save wrote"
    case .unzipped:
      "is a checkpoint that was unpacked, and is read as the one file that it was; pack it again "
        + "with \"zip -0 -r model.pt FOLDER\""
    case .models(let names, let count):
      "is a folder, expected \(FolderKind.checkpoint); in it are \(names.firstQuoted(of: count))"
    }
  }

  /// What makes one file of the folder of a distributed checkpoint.
  static let joiningShards =
    "\"python -m torch.distributed.checkpoint.format_utils dcp_to_torch FOLDER model.pt\""
}
