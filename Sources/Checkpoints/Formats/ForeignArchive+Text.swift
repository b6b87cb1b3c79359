extension ForeignArchive {
  /// The end of a sentence that begins with the name of the file.
  var text: String {
    switch self {
    case .looseData:
      "has data.pkl outside of any folder, and torch.save writes into one folder; pack the folder "
        + "with all that is in it: \"zip -0 -r model.pt FOLDER\""
    case .nestedData(let path):
      "has its data.pkl at \(path.quoted), and torch.save writes into one folder; pack that folder "
        + "alone: \"zip -0 -r model.pt FOLDER\""
    case .known(let format): format.text
    case .models(let names, let count):
      "is a zip archive with \(names.map(\.quoted).joined(separator: ", "))"
        + "\(count > 3 ? " and more" : "") in it; extract \(count == 1 ? "it" : "them") first"
    case .unknown(let names, let count):
      "is a zip archive without data.pkl, so torch.save did not write it; in it are "
        + names.firstQuoted(of: count)
    }
  }
}

extension ForeignArchive.Format {
  fileprivate var text: String {
    switch self {
    case .keras: "is a model of Keras, expected a checkpoint of PyTorch"
    case .torchPackage:
      "is a torch.package; save the state_dict of the model with torch.save instead"
    case .office: "is a document of an office program, expected a checkpoint"
    case .android: "is a program for Android, expected a checkpoint"
    case .coreML: "is a model of Core ML; use the PyTorch checkpoint it was made from"
    case .distributed:
      "is the packed folder of a distributed checkpoint; extract it, and make one file of it with "
        + FolderKind.joiningShards
    }
  }
}
