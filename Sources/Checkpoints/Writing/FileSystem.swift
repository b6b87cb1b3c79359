import CBytes
import Foundation

// The calls of CBytes that take names. They are marked unsafe because C texts are pointers; all of these
// are arrays that end with a zero and live as long as the call, and what is called keeps a copy of a name
// that it needs longer.

/// What a file is, told by the system and not by its name.
struct FileStatus: Sendable {
  fileprivate let raw: cb_status

  /// Whether both are the same file, whatever names lead to it.
  func isSameFile(as other: FileStatus) -> Bool {
    (raw.device, raw.inode) == (other.raw.device, other.raw.inode)
  }

  var isRegular: Bool { raw.kind == Int32(CB_REGULAR) }
  var isFolder: Bool { raw.kind == Int32(CB_FOLDER) }
  var isLink: Bool { raw.kind == Int32(CB_LINK) }

  /// The permissions, with set-user-ID and its like.
  var mode: UInt32 { raw.mode }
  var owner: UInt32 { raw.owner }
  var byteCount: Int { Int(raw.size) }

  private init(raw: cb_status) { self.raw = raw }

  /// What a path leads to, with links followed; nil where that is nothing.
  init?(_ path: FilePath) {
    var raw = cb_status()
    guard let text = path.terminated, unsafe cb_status_of_path(text, &raw) == 0 else { return nil }
    self.init(raw: raw)
  }

  /// What a name in a folder is, and not what a link leads to; nil where there is nothing.
  init?(_ name: [CChar], in folder: OpenFolder) {
    var raw = cb_status()
    guard unsafe cb_status_of_name(folder.descriptor, name, &raw) == 0 else { return nil }
    self.init(raw: raw)
  }

  fileprivate init?(descriptor: Int32) {
    var raw = cb_status()
    guard unsafe cb_status_of_file(descriptor, &raw) == 0 else { return nil }
    self.init(raw: raw)
  }
}

extension FilePath {
  /// Whether the path leads to something, with links followed.
  package var exists: Bool { FileStatus(self) != nil }
}

/// A folder that files get their names in: the folder itself, whatever becomes of its path.
final class OpenFolder: Sendable {
  fileprivate let descriptor: Int32
  let status: FileStatus
  /// Closes the folder.
  private let handle: FileHandle

  /// - Throws: the error of the system.
  init(_ path: FilePath) throws(SystemError) {
    guard let text = path.terminated else { throw SystemError(number: EINVAL) }
    descriptor = unsafe cb_open_folder(text)
    if descriptor < 0 { throw SystemError(number: -descriptor) }
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    guard let status = FileStatus(descriptor: descriptor) else { throw SystemError(number: EIO) }
    self.status = status
  }

  /// Forces the names in the folder to the disk, where the file system can do that.
  func synchronize() { cb_synchronize_folder(descriptor) }
}

/// A file that is being written and does not have its name yet.
struct UnnamedFile {
  /// For reading and writing; open until somebody closes it.
  let descriptor: Int32

  private let folder: OpenFolder
  /// What it is called, if it has a name in its folder, or will be for a moment.
  private let temporaryName: [CChar]
  /// Whether there is something of the temporary name.
  private let isNamed: Bool

  /// Makes an empty file.
  ///
  /// Where system and file system can do that, it has no name, and nothing is left of it when the
  /// program ends in any way. Else it has one, which is removed where a signal ends the program.
  ///
  /// - Parameters:
  ///   - folder: that its name will be in.
  ///   - canBeUnnamed: false to make one with a name, as is done elsewhere.
  /// - Throws: the error of the system.
  init(in folder: OpenFolder, canBeUnnamed: Bool = true) throws(SystemError) {
    self.folder = folder
    let name = ".coverify-\(String(UInt64.random(in: 0 ... .max), radix: 16)).tmp"
    temporaryName = name.utf8.map { CChar(bitPattern: $0) } + [0]
    let unnamed = canBeUnnamed ? cb_create_unnamed(folder.descriptor) : -1
    isNamed = unnamed < 0
    descriptor =
      unnamed < 0 ? unsafe cb_create_named(folder.descriptor, temporaryName) : unnamed
    if descriptor < 0 { throw SystemError(number: -descriptor) }
  }

  /// Gives the file its name, in one step that no reader sees half of; where that fails, the file is
  /// gone.
  ///
  /// - Parameters:
  ///   - name: in the folder.
  ///   - replacing: whether a regular file that is there is replaced.
  ///   - inputs: the files that are not replaced.
  /// - Throws: what kept the name from being taken.
  func publish(
    as name: [CChar], replacing: Bool, inputs: [FileStatus]
  ) throws(SystemError) {
    let kept = inputs.map(\.raw)
    let status = unsafe cb_publish(
      folder.descriptor, descriptor, isNamed ? 1 : 0, temporaryName, name, replacing ? 1 : 0, kept,
      kept.count)
    if status != 0 { throw SystemError(number: status) }
  }

  /// Removes what may be there of the temporary name.
  func remove() { if isNamed { unsafe cb_remove(folder.descriptor, temporaryName) } }
}

/// Why the system did not do something.
struct SystemError: Error, Hashable, CustomStringConvertible {
  let number: Int32

  /// Whether there is a file where none may be.
  var isTaken: Bool { number == EEXIST }

  /// Whether something is there that is not a regular file.
  var isNotAFile: Bool { number == Int32(CB_NOT_A_FILE) }

  /// Whether what is there is an input.
  var isInput: Bool { number == Int32(CB_IS_INPUT) }

  /// The system's words for it.
  var description: String { explanation(of: number) }
}
