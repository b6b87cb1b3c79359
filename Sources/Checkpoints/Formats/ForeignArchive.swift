/// What a zip archive is that torch.save did not write, told by the names in it.
enum ForeignArchive {
  /// Says what an archive without a checkpoint is, and what to do.
  ///
  /// - Parameter names: of all entries.
  /// - Returns: the end of a sentence that begins with the name of the file.
  static func explanation(_ names: [String]) -> String {
    if names.contains("data.pkl") {
      return "has data.pkl outside of any folder, and torch.save writes into one folder; pack the "
        + "folder with all that is in it: \"zip -0 -r model.pt FOLDER\""
    }
    if let inner = names.first(where: { $0.hasSuffix("/data.pkl") }) {
      return
        "has its data.pkl at \(inner.quoted), and torch.save writes into one folder; pack that "
        + "folder alone: \"zip -0 -r model.pt FOLDER\""
    }
    for (name, message) in known
    where names.contains(where: { $0 == name || $0.hasSuffix("/" + name) }) {
      return message
    }
    let models = names.filter { name in endings.contains { name.hasSuffix($0) } }
    guard !models.isEmpty else {
      return "is a zip archive without data.pkl, so torch.save did not write it; in it are "
        + names.firstQuoted
    }
    let shown = models.prefix(3).map(\.quoted).joined(separator: ", ")
    return "is a zip archive with \(shown)\(models.count > 3 ? " and more" : "") in it; extract "
      + "\(models.count == 1 ? "it" : "them") first"
  }

  private static let endings = [
    ".pt", ".pth", ".pyth", ".ckpt", ".bin", ".safetensors", ".npy", ".npz", ".onnx",
  ]

  private static let known = [
    ("model.weights.h5", "is a model of Keras, expected a checkpoint of PyTorch"),
    (
      "extern_modules",
      "is a torch.package; save the state_dict of the model with torch.save instead"
    ),
    ("[Content_Types].xml", "is a document of an office program, expected a checkpoint"),
    ("AndroidManifest.xml", "is a program for Android, expected a checkpoint"),
    ("model.mlmodel", "is a model of Core ML; use the PyTorch checkpoint it was made from"),
    (
      ".metadata",
      "is the packed folder of a distributed checkpoint; extract it, and make one file of it with "
        + FolderExplanation.joiningShards
    ),
  ]
}
