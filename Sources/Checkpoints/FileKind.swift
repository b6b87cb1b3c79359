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
    if start.starts(with: [0x50, 0x4B, 3, 4]) { return .zip }
    if start.starts(with: numpyMagic) { return .npy }
    // A short integer, after the start of a pickle and perhaps of a frame.
    if start.first == 0x80, start.prefix(40).contains([0x8A, 10] + LegacyFile.magic) {
      return .legacy
    }
    if isTar(start) { return .tar }
    if isSafetensors(start) { return .safetensors }
    throw CheckpointError(.notACheckpoint, explanation(start))
  }

  static let numpyMagic: [UInt8] = [0x93] + "NUMPY".utf8

  private static func isTar(_ start: [UInt8]) -> Bool {
    guard start.count == 512 else { return false }
    let name = String(decoding: start.prefix { $0 != 0 }, as: UTF8.self)
    return start[257..<262].elementsEqual("ustar".utf8) || TarFile.memberNames.contains(name)
  }

  /// Eight bytes of length, then a JSON object.
  private static func isSafetensors(_ start: [UInt8]) -> Bool {
    guard start.count >= 9, start[8] == UInt8(ascii: "{") else { return false }
    return start[4..<8].allSatisfy { $0 == 0 }
  }
}

// Files that are something else.
extension FileKind {
  private static func explanation(_ start: [UInt8]) -> String {
    guard !start.isEmpty else {
      return "is empty; the download or the save did not finish, get it again"
    }
    func begins(_ text: String) -> Bool { start.starts(with: text.utf8) }
    if begins("version https://git-lfs") {
      return "is a Git LFS pointer, a text that stands for the real file; run \"git lfs pull\""
    }
    let text = String(decoding: start, as: UTF8.self).lowercased()
      .trimmingCharacters(in: .whitespacesAndNewlines)
    if ["<!doctype", "<html", "<?xml", "<head"].contains(where: text.hasPrefix) {
      return "is an HTML page that was saved under this name; log in, or use the direct link, and "
        + "download the model again"
    }
    if text.hasPrefix("{") || text.hasPrefix("[") {
      return "is JSON text: an architecture file, which belongs to --arch, or the error message "
        + "of a server instead of the model"
    }
    if start.count > 8, start[4..<8].elementsEqual("PTMF".utf8) {
      return "is a model for PyTorch Mobile; use the checkpoint it was made from"
    }
    for (bytes, message) in foreign where start.starts(with: bytes) { return message }
    if begins("PK") { return "is a part of a zip archive; copy or download it again" }
    if start[0] == 0x80, start.count > 1, start[1] <= 5 {
      return "is a bare pickle, as Caffe2 or numpy programs write it, and not what torch.save "
        + "writes; load it in Python and save its tensors with torch.save"
    }
    let shown = start.prefix(8).map { String($0, radix: 16) }.joined(separator: " ")
    return "starts with the bytes \(shown), which is no format of PyTorch, safetensors or numpy"
  }

  private static let foreign: [([UInt8], String)] = [
    (
      [0x50, 0x4B, 5, 6],
      "is an empty zip archive; saving the model failed, save it again"
    ),
    ([0x1F, 0x8B], "is compressed with gzip; decompress it first"),
    ([0x28, 0xB5, 0x2F, 0xFD], "is compressed with zstd; decompress it first"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "is compressed with xz; decompress it first"),
    (Array("BZh".utf8), "is compressed with bzip2; decompress it first"),
    ([0x37, 0x7A, 0xBC, 0xAF], "is a 7z archive; extract the model first"),
    ([0x89, 0x48, 0x44, 0x46], "is an HDF5 file; save the model with torch.save"),
    (Array("GGUF".utf8), "is a GGUF file; use the checkpoint it was made from"),
    (Array("PYTORCH1".utf8), "is in a format that PyTorch itself does not read any more"),
    // The first field of an ONNX model is its version, a small number.
    ([0x08], "looks like an ONNX file; use the PyTorch checkpoint it was exported from"),
  ]
}
