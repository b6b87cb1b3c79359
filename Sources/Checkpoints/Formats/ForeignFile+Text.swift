extension ForeignFile {
  /// The end of a sentence that begins with the name of the file.
  var text: String {
    switch self {
    case .empty: "is empty; the download or the save did not finish, get it again"
    case .zeros:
      "starts with nothing but zeros; the copy or the download of it did not finish, get it again"
    case .prefixed(let bytes):
      "has a zip archive behind \(bytes) bytes of something else; remove these, or get the file "
        + "again"
    case .converted:
      "is a binary file that was converted as if it were text; transfer it again as it is"
    case .emptyZip:
      "is an empty zip archive: saving failed, or there was nothing to save; save the model again"
    case .partOfZip: "is a part of a zip archive; copy or download it again"

    case .signature(let signature): signature.message
    case .tensorFlow:
      "looks like a TensorFlow model; use a PyTorch checkpoint of the network"
    case .onnx:
      "looks like a model of ONNX or Core ML; use the PyTorch checkpoint it was exported from"
    case .oldProtocol:
      "was saved with pickle protocol 0 or 1, which torch.load does not read either; save it again "
        + "without pickle_protocol"
    case .joblib: "is a file of joblib" + ForeignFile.again
    case .distributedIndex:
      "is the index of a distributed checkpoint, without its numbers; make one file of its folder "
        + "with " + FolderKind.joiningShards
    case .pickledTensors: "was written by pickle.dump, not by torch.save" + ForeignFile.again
    case .caffe2: "is a pickle of Caffe2" + ForeignFile.again
    case .pickle:
      "is a bare pickle, as programs of numpy or scikit-learn write it, and not what torch.save "
        + "writes" + ForeignFile.again

    case .utf16: "is text in UTF-16, expected a checkpoint; download the file itself"
    case .pointer(let pointer):
      "is a \(pointer.name), a text that stands for the real file; run \"\(pointer.command)\""
    case .openVINO: "is a model of OpenVINO; use the PyTorch checkpoint it was made from"
    case .serverError:
      "is the error message of a server instead of the model; check the link, log in, and download "
        + "it again"
    case .html:
      "is an HTML page that was saved under this name; log in, or use the direct link, and "
        + "download the model again"
    case .index:
      "is the index of a checkpoint in several files, which its \"weight_map\" names; give one of "
        + "those, or join them to one file in Python first"
    case .json:
      "is JSON text: an architecture file, which belongs to --arch, or the error message of a "
        + "server instead of the model"
    case .blank: "is text without a word in it; get the file again"
    case .words(let line):
      "is text, and begins with \(line.quoted), expected a checkpoint; where a download gave this, "
        + "it is the answer of the server or a pointer instead of the file"

    case .unknown(let bytes):
      "starts with the bytes \(hexadecimal(bytes[...], separator: " ")), which is not a format that "
        + "is read: a file of torch.save, safetensors, .npy or .npz; is it the right file, and is "
        + "all of it there?"
    }
  }

  /// What to do about a pickle that torch.save did not write.
  private static let again = "; load it in Python, and save its tensors with torch.save"
}

extension ForeignFile.Pointer {
  fileprivate var name: String {
    switch self {
    case .lfs: "Git LFS pointer"
    case .annex: "pointer of git-annex"
    case .dvc: "pointer of DVC"
    }
  }

  fileprivate var command: String {
    switch self {
    case .lfs: "git lfs pull"
    case .annex: "git annex get"
    case .dvc: "dvc pull"
    }
  }
}
