import Tensors

extension OutputFinding {
  var text: String {
    switch self {
    case .notAName: "cannot be written: it is not the name of a file"
    case .folder(let folder, let error): "cannot be written: the folder \(folder): \(error)"
    case .link:
      "is a symbolic link, which is not written through; give the path of the file itself"
    case .isFolder: "is a folder; give the path of a file in it"
    case .notRegular: "is not a regular file, and is not replaced"
    case .input: "is an input itself; give another path to write to"
    case .exists: "is there already"

    case .system(let error): "cannot be written: \(error)"
    case .failed(let reason): "cannot be written: \(reason)"
    case .taken: "cannot be written: a file of that name has come up meanwhile"
    case .takenByOther:
      "cannot be written: something that is not a regular file has come up meanwhile"

    case .numpyType(let type): "is of type \(type.name), which numpy does not have"
    case .safetensorsType(let type): "is of type \(type.name), which safetensors does not have"
    case .differs(let part):
      "\(part.text) read again is not what was written, so nothing was kept"
    }
  }

  var advice: String? {
    if case .differs = self {
      "check the disk, and that nothing else writes to the input"
    } else {
      nil
    }
  }
}

extension OutputFinding.WrittenPart {
  fileprivate var text: String {
    switch self {
    case .names: "the names of the tensors, or their order,"
    case .type(let name): "shape or type of \(name)"
    case .layout(let path): "shape, strides or type of \(path)"
    case .values(let name): "the values of \(name)"
    case .storage(let path): "the storage of \(path)"
    case .storageCount: "the number of storages"
    case .bytes(let storage): "the bytes of storage \(storage)"
    }
  }
}
