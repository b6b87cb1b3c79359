import Foundation

extension FolderKind {
  /// Tells it by the names in the folder.
  ///
  /// - Parameters:
  ///   - path: of the folder.
  ///   - expected: what the file is for, as a message names it.
  init(_ path: FilePath, expected: String) {
    guard expected == FolderKind.checkpoint else {
      self = .other(expected: expected)
      return
    }
    let listed = try? FileManager.default.contentsOfDirectory(atPath: path.description)
    let names = (listed ?? []).sorted()
    let endings = [".pt", ".pth", ".pyth", ".ckpt", ".bin", ".safetensors", ".npy", ".npz"]
    let models = names.filter { name in endings.contains { name.hasSuffix($0) } }
    if names.contains(".metadata") {
      self = .distributed
    } else if names.contains("saved_model.pb") {
      self = .tensorFlow
    } else if names.contains("data.pkl") {
      self = .unzipped
    } else if models.isEmpty {
      self = .other(expected: expected)
    } else {
      self = .models(models.prefix(3).map(\.bounded), count: models.count)
    }
  }
}
