import Foundation

/// What kind of file some bytes are, told from the bytes alone.
enum FileKind {
  case zip
  case legacy
  case tar
  case safetensors
  case npy

  /// Tells the kind of a file.
  ///
  /// - Throws: ``CheckpointError`` that says what the file is instead, and what to do.
  static func recognize(_ contents: FileContents) throws(CheckpointError) -> FileKind {
    let start = try contents.prefix(512).bytes()
    if start.starts(with: Magic.zip) { return .zip }
    if start.starts(with: Magic.numpy) { return .npy }
    // A short integer, after the start of a pickle and perhaps of a frame.
    if start.first == 0x80, start.prefix(40).contains([0x8A, 10] + Magic.legacy) {
      return .legacy
    }
    if isTar(start) { return .tar }
    if isSafetensors(start) { return .safetensors }
    throw CheckpointError(ForeignFile(start))
  }

  private static func isTar(_ start: [UInt8]) -> Bool {
    guard start.count == 512 else { return false }
    let name = String(decoding: start.prefix { $0 != 0 }, as: UTF8.self)
    return start[257..<262].elementsEqual("ustar".utf8) || Magic.tarMembers.contains(name)
  }

  /// Eight bytes of length, then a JSON object.
  private static func isSafetensors(_ start: [UInt8]) -> Bool {
    guard start.count >= 9 else { return false }
    let text = start[8...].drop { $0 == 32 }
    guard text.first == UInt8(ascii: "{") else { return false }
    // Behind a length that no file has, the text has to look like JSON.
    let next = text.dropFirst().first { $0 != 32 }
    return start[4..<8].allSatisfy { $0 == 0 } || next == UInt8(ascii: "\"")
  }
}
