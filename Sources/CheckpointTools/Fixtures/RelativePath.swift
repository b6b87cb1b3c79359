import Checkpoints
import Foundation

/// A path from a folder to a file, by names alone: links are not looked at.
struct RelativePath {
  /// The path.
  let text: String

  init(to file: FilePath, from folder: FilePath) {
    let target = RelativePath.names(of: file)
    let start = RelativePath.names(of: folder)
    let shared = zip(target, start).prefix { $0 == $1 }.count
    let up = [String](repeating: "..", count: start.count - shared)
    text = (up + target[shared...]).joined(separator: "/")
  }

  /// A path from the root on, for which two names of a file are the same.
  static func absolute(_ path: FilePath) -> String { "/" + names(of: path).joined(separator: "/") }

  /// The names from the root on, without "." and "..".
  private static func names(of path: FilePath) -> [String] {
    let whole =
      path.text.hasPrefix("/")
      ? path.text : FileManager.default.currentDirectoryPath + "/" + path.text
    var names: [String] = []
    for name in whole.split(separator: "/", omittingEmptySubsequences: true).map(String.init) {
      switch name {
      case ".": break
      case "..": _ = names.popLast()
      default: names.append(name)
      }
    }
    return names
  }
}
