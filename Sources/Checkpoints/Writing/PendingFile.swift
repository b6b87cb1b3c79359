import Foundation

/// A file that is written piece by piece, and has its name only when it is complete.
///
/// The pieces go to a new file in the same folder, which has no path there where the system can do
/// that. ``publish(replacing:)`` forces them to the disk and names the file; whatever fails before, or
/// ends the program, removes it, so the path holds what it held before, or everything.
final class PendingFile {
  /// Where the file will be.
  let path: String

  /// The bytes written so far.
  private(set) var count = 0

  private let file: UnnamedFile
  private let handle: FileHandle
  private var isPublished = false

  /// Starts a file.
  ///
  /// - Parameters:
  ///   - path: where it will be.
  ///   - canBeUnnamed: false to give it a temporary path, as is done where the system needs one.
  /// - Throws: ``CheckpointError`` where its folder cannot be written to.
  init(_ path: String, canBeUnnamed: Bool = true) throws(CheckpointError) {
    self.path = path
    do throws(SystemError) {
      file = try UnnamedFile(in: PendingFile.folder(of: path), canBeUnnamed: canBeUnnamed)
    } catch {
      throw PendingFile.trouble(error.description, path)
    }
    handle = FileHandle(fileDescriptor: file.descriptor, closeOnDealloc: true)
  }

  deinit {
    if !isPublished { file.remove() }
  }

  /// Where the bytes can be read again, as those of any file.
  var readingPath: String { file.readingPath }

  /// Appends bytes.
  ///
  /// - Throws: ``CheckpointError`` where the disk is full.
  func write(_ bytes: some DataProtocol) throws(CheckpointError) {
    try onDisk { try handle.write(contentsOf: bytes) }
    count += bytes.count
  }

  /// Forces all bytes to the disk.
  ///
  /// - Throws: ``CheckpointError`` where the disk does not take them.
  func synchronize() throws(CheckpointError) {
    try onDisk { try handle.synchronize() }
  }

  /// Gives the file its name; nothing can be appended any more.
  ///
  /// - Parameter replacing: whether a file that is there is replaced; the new one has its permissions
  ///   then.
  /// - Throws: ``CheckpointError`` where the path cannot be taken.
  func publish(replacing: Bool) throws(CheckpointError) {
    try synchronize()
    do throws(SystemError) {
      try file.name(path, replacing: replacing)
    } catch {
      throw PendingFile.trouble(
        error.isTaken ? "a file of that name has come up meanwhile" : error.description, path)
    }
    isPublished = true
    // The new name itself is on the disk once its folder is; not every file system can do that.
    let directory = FileHandle(forReadingAtPath: PendingFile.folder(of: path))
    try? directory?.synchronize()
    try? directory?.close()
  }

  private static func folder(of path: String) -> String {
    URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
  }

  private func onDisk(_ work: () throws -> Void) throws(CheckpointError) {
    do {
      try work()
    } catch {
      let reason = error as NSError
      // Foundation hides the number that the system gives behind its own words.
      let underlying = reason.userInfo[NSUnderlyingErrorKey] as? NSError ?? reason
      throw PendingFile.trouble(
        underlying.domain == NSPOSIXErrorDomain
          ? SystemError(number: Int32(truncatingIfNeeded: underlying.code)).description
          : underlying.localizedDescription, path)
    }
  }

  private static func trouble(_ reason: String, _ path: String) -> CheckpointError {
    CheckpointError(.file, "cannot be written: \(reason)", file: path)
  }
}
