import Tensors

/// Why a file is not written.
enum OutputFinding: CheckpointFinding {
  // MARK: - The path

  /// What is not the name of a file.
  case notAName
  /// A folder that cannot be opened.
  case folder(FilePath, SystemError)
  /// A symbolic link.
  case link
  /// A folder in the place of the file.
  case isFolder
  /// Something else that is not a regular file.
  case notRegular
  /// A file that the work reads.
  case input
  /// A file that is not to be replaced.
  case exists

  // MARK: - Writing

  /// An error of the system.
  case system(SystemError)
  /// An error that Foundation reports, in its words.
  case failed(String)
  /// A file that has come up meanwhile.
  case taken
  /// Something that is not a regular file, and has come up meanwhile.
  case takenByOther

  // MARK: - Contents

  /// A type that numpy does not have.
  case numpyType(ScalarType)
  /// A type that safetensors does not have.
  case safetensorsType(ScalarType)
  /// What is read again is not what was written.
  case differs(WrittenPart)

  /// A part of a file that was written.
  enum WrittenPart: Hashable, Sendable {
    /// The names of the tensors, or their order.
    case names
    /// Shape or type of the tensor of this name.
    case type(String)
    /// Shape, strides or type of the tensor of this path.
    case layout(String)
    /// The values of the tensor of this name.
    case values(String)
    /// The storage of the tensor of this path.
    case storage(String)
    /// The number of storages.
    case storageCount
    /// The bytes of a storage.
    case bytes(storage: Int)
  }

  var code: CheckpointError.Code {
    switch self {
    case .exists: .exists
    case .numpyType, .safetensorsType: .unsupported
    case .notAName, .folder, .link, .isFolder, .notRegular, .input, .system, .failed, .taken,
      .takenByOther, .differs:
      .file
    }
  }
}

extension OutputFinding {
  /// Why a file could not be given its name.
  init(naming error: SystemError) {
    if error.isInput {
      self = .input
    } else if error.isNotAFile {
      self = .takenByOther
    } else {
      self = error.isTaken ? .taken : .system(error)
    }
  }
}
