package import Foundation

/// Writes files completely or not at all.
package enum AtomicFile {
  /// Writes bytes to a file.
  ///
  /// They are forced to the disk before the file has its name, so the path holds what it held before,
  /// or all of the bytes. (`FileManager.replaceItemAt` does not do it: on Linux it fails with the
  /// old file moved away.)
  ///
  /// - Parameters:
  ///   - bytes: the content.
  ///   - target: where to.
  /// - Throws: ``CheckpointError`` where it cannot be written.
  package static func write(_ bytes: Data, to target: OutputFile) throws(CheckpointError) {
    let file = try PendingFile(target)
    try file.write(bytes)
    try file.publish()
  }
}
