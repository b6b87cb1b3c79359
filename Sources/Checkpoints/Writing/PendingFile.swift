import Foundation
import Tensors

/// A file that is written piece by piece, and has its name only when it is complete.
///
/// The pieces go to a new file in the same folder, which has no name there where the system can do
/// that. ``publish()`` forces them to the disk and names the file; whatever fails before, or ends the
/// program, removes it, so the path holds what it held before, or everything.
final class PendingFile {
  /// Where the file will be.
  let target: OutputFile

  /// The bytes written so far.
  private(set) var count = 0

  private let file: UnnamedFile
  private let handle: FileHandle
  private var isDone = false

  /// Starts a file.
  ///
  /// - Parameters:
  ///   - target: where it will be.
  ///   - canBeUnnamed: false to give it a temporary name, as is done where the system needs one.
  /// - Throws: ``CheckpointError`` where its folder cannot be written to.
  init(_ target: OutputFile, canBeUnnamed: Bool = true) throws(CheckpointError) {
    self.target = target
    file = try rethrowing(
      { (error: SystemError) in PendingFile.failure(.system(error), target) },
      try UnnamedFile(in: target.folder, canBeUnnamed: canBeUnnamed))
    handle = FileHandle(fileDescriptor: file.descriptor, closeOnDealloc: true)
  }

  deinit {
    if !isDone { file.remove() }
  }

  /// What was written so far, opened as any file.
  ///
  /// - Throws: ``CheckpointError`` where it cannot be read or is not a checkpoint.
  func written() throws(CheckpointError) -> Checkpoint {
    try Checkpoint(
      target.path.name.description,
      FileContents(try OpenFile(again: file.descriptor)), .standard)
  }

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
  /// - Throws: ``CheckpointError`` where the name cannot be taken; the file is gone then.
  func publish() throws(CheckpointError) {
    try synchronize()
    isDone = true
    do throws(SystemError) {
      try file.publish(
        as: target.name, replacing: target.replacing, inputs: target.inputs)
    } catch {
      throw PendingFile.failure(OutputFinding(naming: error), target)
    }
    // The new name itself is on the disk once its folder is; not every file system can do that.
    target.folder.synchronize()
  }

  private func onDisk(_ work: () throws -> Void) throws(CheckpointError) {
    do {
      try work()
    } catch {
      throw PendingFile.failure(.failed(reason(of: error)), target)
    }
  }

  private static func failure(
    _ finding: OutputFinding, _ target: OutputFile
  ) -> CheckpointError {
    CheckpointError(finding, file: target.path.description)
  }
}
