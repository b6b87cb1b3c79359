import Foundation

/// A file that is written piece by piece, and has its name only when it is complete.
///
/// The pieces go to a new file in the same folder. ``publish(replacing:)`` forces them to the disk
/// and renames the file; whatever fails before that removes it, so the path holds what it held
/// before, or everything.
final class PendingFile {
  /// Where the file will be.
  let path: String

  /// Where it is until then.
  let temporaryPath: String

  /// The bytes written so far.
  private(set) var count = 0

  private let handle: FileHandle
  private var isOpen = true
  private var isPublished = false

  /// Starts a file.
  ///
  /// - Parameter path: where it will be.
  /// - Throws: ``CheckpointError`` where its folder cannot be written to.
  init(_ path: String) throws(CheckpointError) {
    self.path = path
    let folder = URL(filePath: path).deletingLastPathComponent()
    let name = ".coverify-\(String(UInt64.random(in: 0 ... .max), radix: 16)).tmp"
    let temporary = folder.appending(path: name)
    temporaryPath = temporary.path(percentEncoded: false)
    do {
      try Data().write(to: temporary, options: .withoutOverwriting)
      handle = try FileHandle(forWritingTo: temporary)
    } catch {
      throw PendingFile.trouble(error, path)
    }
  }

  deinit {
    if isOpen { try? handle.close() }
    if !isPublished { try? FileManager.default.removeItem(atPath: temporaryPath) }
  }

  /// Appends bytes.
  ///
  /// - Throws: ``CheckpointError`` where the disk is full.
  func write(_ bytes: some DataProtocol) throws(CheckpointError) {
    do {
      try handle.write(contentsOf: bytes)
    } catch {
      throw PendingFile.trouble(error, path)
    }
    count += bytes.count
  }

  /// Forces all bytes to the disk; nothing can be appended any more.
  ///
  /// - Throws: ``CheckpointError`` where the disk does not take them.
  func close() throws(CheckpointError) {
    do {
      try handle.synchronize()
      isOpen = false
      try handle.close()
    } catch {
      throw PendingFile.trouble(error, path)
    }
  }

  /// Gives the file its name.
  ///
  /// - Throws: ``CheckpointError`` where the path cannot be taken.
  func publish() throws(CheckpointError) {
    if isOpen { try close() }
    guard renameFile(temporaryPath, to: path) else {
      throw CheckpointError(
        .file, "cannot be written: the finished file cannot be renamed to it", file: path)
    }
    isPublished = true
    // The new name itself is on the disk once its folder is; not every file system can do that.
    let folder = URL(filePath: path).deletingLastPathComponent()
    let directory = try? FileHandle(forReadingFrom: folder)
    try? directory?.synchronize()
    try? directory?.close()
  }

  private static func trouble(_ error: any Error, _ path: String) -> CheckpointError {
    let reason = error as NSError
    // Foundation hides the reason that the system gives behind its own words.
    let underlying = reason.userInfo[NSUnderlyingErrorKey] as? NSError
    let text = (underlying ?? reason).localizedDescription
    let start = "The operation could not be completed. "
    return CheckpointError(
      .file,
      "cannot be written: \(text.hasPrefix(start) ? String(text.dropFirst(start.count)) : text)",
      file: path)
  }
}
