import Foundation

/// A path that a command writes to, checked before any work is done.
struct OutputPath {
  /// The file that is written: the path, with links followed.
  let path: String

  /// Checks a path.
  ///
  /// - Parameters:
  ///   - path: where to write.
  ///   - input: the file that is read, which must not be written over, whatever links lead to it.
  ///   - force: whether a file that is there may be replaced.
  /// - Throws: ``CommandError`` where it must not be written to.
  init(_ path: String, input: String, force: Bool) throws {
    let resolved = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
    self.path = resolved
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: resolved) else {
      let folder = URL(filePath: resolved).deletingLastPathComponent().path(percentEncoded: false)
      guard FileManager.default.fileExists(atPath: folder) else {
        throw CommandError("\(path): cannot be written: there is no folder \(folder)")
      }
      return
    }
    if let one = OutputPath.identity(resolved), one == OutputPath.identity(input) {
      throw CommandError("\(path): is the input itself; give another path to write to")
    }
    guard attributes[.type] as? FileAttributeType == .typeRegular else {
      throw CommandError("\(path): is there, and is no file that could be replaced")
    }
    guard force else {
      throw CommandError("\(path): is there already; replace it with --force")
    }
  }

  /// The device and the number that the file system knows a file by.
  private static func identity(_ path: String) -> [Int]? {
    let resolved = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: resolved),
      let device = attributes[.systemNumber] as? NSNumber,
      let number = attributes[.systemFileNumber] as? NSNumber
    else { return nil }
    return [device.intValue, number.intValue]
  }
}
