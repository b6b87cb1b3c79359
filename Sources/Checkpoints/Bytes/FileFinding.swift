/// Why a file cannot be opened or read.
enum FileFinding: CheckpointFinding {
  /// A zero byte in its name.
  case zeroInName
  /// A folder that was given instead of a file.
  case folder(FolderKind)
  /// A pipe or a device.
  case pipe
  /// A link that leads back to itself.
  case loop
  /// An error of the system, by its number.
  case system(Int32)
  /// An error of the system while so many bytes were read.
  case systemReading(Int32, bytes: Int)
  /// So many bytes are needed, and the file has become shorter.
  case shrunk(bytes: Int)
  /// More bytes than a file for this purpose may have.
  case tooLong(Int, limit: Int, expected: String)

  var code: CheckpointError.Code {
    if case .tooLong = self { .limit } else { .file }
  }
}

/// What a folder is that was given instead of a file.
enum FolderKind: Hashable, Sendable {
  /// Any folder, where this was expected.
  case other(expected: String)
  /// That of a distributed checkpoint.
  case distributed
  /// That of a TensorFlow model.
  case tensorFlow
  /// An archive of torch.save that was unpacked.
  case unzipped
  /// One with models in it, by the names of the first of them and their number.
  case models([String], count: Int)

  /// What a file is for where nothing else is said, as a message names it.
  static let checkpoint = "the file of a checkpoint"
}
