public import Foundation

/// Writes files completely or not at all.
public enum AtomicFile {
  /// Writes bytes to a path, over a file that is there.
  ///
  /// Foundation writes them to a new file in the same folder, forces that to the disk, and renames
  /// it; where one of these fails it removes the new file. So the path holds what it held before, or
  /// all of the bytes. (`FileManager.replaceItemAt` is no way to do it: on Linux it fails with the
  /// old file moved away.)
  ///
  /// - Parameters:
  ///   - bytes: the content.
  ///   - path: where to.
  /// - Throws: ``CheckpointError`` where it cannot be written.
  public static func write(_ bytes: Data, to path: String) throws(CheckpointError) {
    do {
      try bytes.write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw CheckpointError(
        .file, "cannot be written: \((error as NSError).localizedDescription)", file: path)
    }
  }
}
