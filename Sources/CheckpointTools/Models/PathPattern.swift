import Foundation

/// A path with wildcards: `*`, `?` and `[a-z]` inside a name, and `**` for any number of folders.
struct PathPattern: Sendable {
  /// The folder that all files with such a path are in, and the names below it.
  private let folder: String
  private let names: [String]

  /// Takes a pattern apart.
  init(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
    let first = parts.firstIndex { $0.contains(where: "*?[".contains) } ?? parts.count
    let start = parts[..<first].joined(separator: "/")
    folder = text.hasPrefix("/") ? "/" + start : start
    names = Array(parts[first...])
  }

  /// The files with such a path, in the order of their names.
  var files: [String] {
    let depth = names.contains("**") ? nil : names.count
    let start = folder.isEmpty || folder.hasSuffix("/") ? folder.count : folder.count + 1
    return PathPattern.files(below: folder, depth: depth).filter { file in
      PathPattern.matches(file.dropFirst(start).split(separator: "/").map(String.init), names)
    }
  }

  /// Whether a path is one of a pattern.
  static func hasForm(path: String, _ pattern: String) -> Bool {
    let names = { (text: String) in text.split(separator: "/").map(String.init) }
    return matches(names(path), names(pattern))
  }

  /// Whether names are those of a pattern.
  ///
  /// Each pattern is tried at each place once, so that many `**` cost no more than few.
  private static func matches(_ names: [String], _ pattern: [String]) -> Bool {
    // For each number of names, whether the patterns so far can stand for them.
    var reached = [true] + [Bool](repeating: false, count: names.count)
    for part in pattern {
      var next = [Bool](repeating: false, count: names.count + 1)
      if part == "**" {
        var isReached = false
        for count in reached.indices {
          isReached = isReached || reached[count]
          next[count] = isReached
        }
      } else {
        for (count, name) in names.enumerated() where reached[count] {
          next[count + 1] = hasForm(name, part)
        }
      }
      reached = next
    }
    return reached[names.count]
  }

  /// Whether a name is one of a pattern; a name that begins with a dot only where the pattern does.
  private static func hasForm(_ name: String, _ pattern: String) -> Bool {
    unsafe fnmatch(pattern, name, FNM_PERIOD) == 0
  }

  /// All files in a folder and in those inside, in the order of their names; hidden ones are left out, and
  /// links to folders are not followed.
  ///
  /// - Parameters:
  ///   - folder: where to look; empty for the folder that the program runs in.
  ///   - depth: how many names a path below the folder has at most; nil for any number.
  /// - Returns: the paths of the files, which begin as `folder` does.
  static func files(below folder: String, depth: Int? = nil) -> [String] {
    let start = folder.isEmpty ? "." : folder
    let prefix = start == "." ? "" : folder.hasSuffix("/") ? folder : folder + "/"
    guard let walk = FileManager.default.enumerator(atPath: start) else { return [] }
    var files: [String] = []
    while let name = walk.nextObject() as? String {
      let isHidden = name.split(separator: "/").last?.hasPrefix(".") ?? false
      let type = walk.fileAttributes?[.type] as? FileAttributeType
      if type == .typeDirectory {
        if isHidden || depth.map({ walk.level >= $0 }) ?? false { walk.skipDescendants() }
      } else if !isHidden, type == .typeRegular || isFile(prefix + name) {
        files.append(prefix + name)
      }
    }
    return files.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Whether a path leads to a file, as a link may.
  private static func isFile(_ path: String) -> Bool { isFolder(path) == false }

  /// Whether a path leads to a folder; nil where there is nothing.
  static func isFolder(_ path: String) -> Bool? {
    var isFolder: ObjCBool = false
    // Safe: the answer is written to a variable that outlives the call.
    let isThere = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    return isThere ? isFolder.boolValue : nil
  }
}
