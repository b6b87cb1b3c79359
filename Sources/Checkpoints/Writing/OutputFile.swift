import Tensors

/// Where a file will be written: a name in a folder, checked before any work is done.
///
/// One rule holds for every file that is written:
///
/// * it is never one of the inputs, whatever links lead to it;
/// * it takes the place of nothing that is not a regular file: no folder, device, pipe or socket. A
///   symbolic link is not followed and not replaced either; give the file it leads to;
/// * a file that is there stays, unless it may be replaced;
/// * it is there completely, or not at all;
/// * permissions and owner are those of any new file, whatever the file had that was replaced.
///
/// The folder is opened once, and what is checked and what is named is in this very folder. The checks
/// are made again for what is replaced when the file gets its name.
public struct OutputFile: Sendable {
  /// The path that was given.
  public let path: FilePath

  let folder: OpenFolder
  let name: [CChar]
  /// Whether a file that is there is replaced.
  let replacing: Bool
  /// The files that are not replaced.
  let inputs: [FileStatus]
  /// What was there when the name was checked.
  private let found: FileStatus?

  /// Checks a path.
  ///
  /// - Parameters:
  ///   - path: where to write.
  ///   - replacing: whether a regular file that is there may be replaced.
  ///   - inputs: the files that the work reads; those that are not there do not matter.
  /// - Throws: ``CheckpointError`` where it must not be written to.
  public init(
    _ path: FilePath, replacing: Bool, inputs: [FilePath] = []
  ) throws(CheckpointError) {
    self.path = path
    self.replacing = replacing
    self.inputs = inputs.compactMap { FileStatus($0) }
    func refusal(_ finding: OutputFinding) -> CheckpointError {
      CheckpointError(finding, file: path.description)
    }
    let last = path.name
    guard !last.bytes.isEmpty, last != ".", last != "..", let name = last.terminated else {
      throw refusal(.notAName)
    }
    self.name = name
    folder = try rethrowing(
      { (error: SystemError) in
        refusal(.folder(path.folder, error))
      },
      try OpenFolder(path.folder))
    found = FileStatus(name, in: folder)
    guard let found else { return }
    if found.isLink {
      throw refusal(.link)
    }
    guard found.isRegular else {
      throw refusal(found.isFolder ? .isFolder : .notRegular)
    }
    if self.inputs.contains(where: found.isSameFile) { throw refusal(.input) }
    if !replacing { throw refusal(.exists) }
  }

  /// Whether both would be one file.
  package func isSameFile(as other: OutputFile) -> Bool {
    if let found, let twin = other.found, found.isSameFile(as: twin) { return true }
    return name == other.name && folder.status.isSameFile(as: other.folder.status)
  }

  /// The size of the file that is there now; nil where none is.
  package var byteCount: Int? { FileStatus(name, in: folder)?.byteCount }

  /// How permissions and owner of the file that was written differ from those of the one that it
  /// replaced, in a sentence; nil where nothing was replaced, or they are the same.
  package var changeOfPermissions: String? {
    guard let found, let file = FileStatus(name, in: folder) else { return nil }
    var parts: [String] = []
    if found.mode != file.mode {
      parts.append(
        "permissions \(String(file.mode, radix: 8)), and the file before had "
          + String(found.mode, radix: 8))
    }
    if found.owner != file.owner {
      parts.append("owner \(file.owner), and the file before had \(found.owner)")
    }
    return parts.isEmpty ? nil : "\(path) has " + parts.joined(separator: "; ")
  }
}
