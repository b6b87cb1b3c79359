import CBytes
import Foundation

// The calls of CBytes that take paths. They are marked unsafe because C texts are pointers; all of these
// are made by Swift for the call, end with a zero, and are not kept by what is called: it copies a path
// that it needs longer.

/// A file that is being written and does not have its name yet.
struct UnnamedFile {
  /// For reading and writing; open until somebody closes it.
  let descriptor: Int32

  /// Where it is, if it has a path in its folder, or will be for a moment.
  let temporaryPath: String

  /// Whether there is something at the temporary path.
  let isNamed: Bool

  /// Makes an empty file.
  ///
  /// Where system and file system can do that, it has no path, and nothing is left of it when the
  /// program ends in any way. Else it has one, which is removed where a signal ends the program.
  ///
  /// - Parameters:
  ///   - folder: that its name will be in.
  ///   - canBeUnnamed: false to make one with a path, as is done elsewhere.
  /// - Throws: the error of the system.
  init(in folder: String, canBeUnnamed: Bool = true) throws(SystemError) {
    let name = ".coverify-\(String(UInt64.random(in: 0 ... .max), radix: 16)).tmp"
    temporaryPath = URL(filePath: folder).appending(path: name).path(percentEncoded: false)
    let unnamed = canBeUnnamed ? unsafe cb_create_unnamed(folder) : -1
    isNamed = unnamed < 0
    descriptor = unnamed < 0 ? unsafe cb_create_named(temporaryPath) : unnamed
    if descriptor < 0 { throw SystemError(number: -descriptor) }
  }

  /// Where its bytes can be read again.
  var readingPath: String { isNamed ? temporaryPath : "/proc/self/fd/\(descriptor)" }

  /// Gives the file its name, in one step that no reader sees half of.
  ///
  /// - Parameters:
  ///   - path: in the same folder.
  ///   - replacing: whether a file that is there is replaced; the new one has its permissions then.
  /// - Throws: the error of the system; the file has no name then, or the one it had.
  func name(_ path: String, replacing: Bool) throws(SystemError) {
    let status = unsafe cb_name(
      descriptor, isNamed ? 1 : 0, temporaryPath, path, replacing ? 1 : 0)
    if status != 0 { throw SystemError(number: status) }
  }

  /// Removes what may be at the temporary path.
  func remove() { if isNamed { unsafe cb_remove(temporaryPath) } }
}

/// Why the system did not do something.
struct SystemError: Error, CustomStringConvertible {
  let number: Int32

  /// Whether there is a file where none may be.
  var isTaken: Bool { number == EEXIST }

  /// The system's words for it.
  var description: String { explanation(of: number) }
}
