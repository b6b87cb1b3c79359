import Foundation

/// What a folder is that was given instead of a file, and which of its files are meant.
enum FolderExplanation {
  /// Says so, from the names in the folder.
  ///
  /// - Parameters:
  ///   - path: of the folder.
  ///   - expected: what the file is for, as a message names it.
  /// - Returns: the end of a sentence that begins with the name of the folder.
  static func text(_ path: FilePath, expected: String = "the file of a checkpoint") -> String {
    guard expected == "the file of a checkpoint" else { return "is a folder, expected \(expected)" }
    let listed = try? FileManager.default.contentsOfDirectory(atPath: path.description)
    let names = (listed ?? []).sorted()
    if names.contains(".metadata") {
      return "is the folder of a distributed checkpoint; make one file of it with "
        + joiningShards
    }
    if names.contains("saved_model.pb") {
      return "is the folder of a TensorFlow model, expected a file that torch.save wrote"
    }
    if names.contains("data.pkl") {
      return "is a checkpoint that was unpacked, and is read as the one file that it was; pack it "
        + "again with \"zip -0 -r model.pt FOLDER\""
    }
    let endings = [".pt", ".pth", ".pyth", ".ckpt", ".bin", ".safetensors", ".npy", ".npz"]
    let models = names.filter { name in endings.contains { name.hasSuffix($0) } }
    guard !models.isEmpty else { return "is a folder, expected the file of a checkpoint" }
    return "is a folder, expected the file of a checkpoint; in it are \(models.firstQuoted)"
  }

  /// What makes one file of the folder of a distributed checkpoint.
  static let joiningShards =
    "\"python -m torch.distributed.checkpoint.format_utils dcp_to_torch FOLDER model.pt\""
}

extension [String] {
  /// The first three in quotes, and how many more there are.
  var firstQuoted: String {
    prefix(3).map(\.quoted).joined(separator: ", ") + (count > 3 ? " and \(count - 3) more" : "")
  }
}
