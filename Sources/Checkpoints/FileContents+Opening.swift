import Foundation

extension FileContents {
  /// Opens a file and maps it to memory.
  ///
  /// Only a plain file is opened: reading from a pipe or a device may never end.
  ///
  /// - Parameter path: of the file, or of links to it.
  /// - Throws: ``CheckpointError`` that says why it cannot be read.
  init(opening path: String) throws(CheckpointError) {
    guard !path.isEmpty else {
      throw CheckpointError(.file, "the name of the file is empty, expected that of a checkpoint")
    }
    let real = URL(filePath: path).resolvingSymlinksInPath().path
    do {
      let attributes = try FileManager.default.attributesOfItem(atPath: real)
      let type = attributes[.type] as? FileAttributeType ?? .typeUnknown
      guard type == .typeRegular else {
        throw CheckpointError(.file, FileContents.explanation(of: type, at: real))
      }
      let file = try OpenFile(real)
      self.init(try Data(contentsOf: URL(filePath: real), options: .alwaysMapped), file: file)
    } catch let error as CheckpointError {
      throw error
    } catch {
      throw CheckpointError(.file, FileContents.explanation(of: error as NSError))
    }
  }

  private static func explanation(of error: NSError) -> String {
    let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError ?? error
    switch (cause.domain, cause.code, CocoaError.Code(rawValue: error.code)) {
    case (_, _, .fileReadNoSuchFile), (_, _, .fileNoSuchFile):
      return "there is no such file"
    case (_, _, .fileReadNoPermission):
      return "cannot be read: you have no permission for it; see \"ls -l\""
    case (NSPOSIXErrorDomain, let code, _):
      return
        "cannot be read: \(NSError(domain: NSPOSIXErrorDomain, code: code).localizedDescription)"
    default: return "cannot be read: \(error.localizedDescription)"
    }
  }

  private static func explanation(of type: FileAttributeType, at path: String) -> String {
    switch type {
    case .typeDirectory: return folderExplanation(path)
    case .typeSymbolicLink:
      return "is a link that leads to no file: what it points to is missing, or leads back to it; "
        + "download the file itself"
    default:
      return "is a pipe or a device, expected a file on disk; write what comes from it to a file "
        + "first"
    }
  }

  /// What a folder is, by the names in it, and which of its files are meant.
  private static func folderExplanation(_ path: String) -> String {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    if names.contains(".metadata") {
      return "is the folder of a distributed checkpoint; make one file of it with \"python -m "
        + "torch.distributed.checkpoint.format_utils dcp_to_torch FOLDER model.pt\""
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
    let shown = models.prefix(3).map(\.quoted).joined(separator: ", ")
    return "is a folder, expected the file of a checkpoint; in it are \(shown)"
      + (models.count > 3 ? " and \(models.count - 3) more" : "")
  }
}
