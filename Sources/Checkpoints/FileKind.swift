import Foundation

/// What kind of file some bytes are, told from the bytes alone.
enum FileKind {
  case zip
  case safetensors
  case npy
  case legacy

  /// - Throws: ``CheckpointError`` that says what the file is instead, and what to do.
  static func recognize(_ data: Data) throws(CheckpointError) -> FileKind {
    guard !data.isEmpty else {
      throw CheckpointError(
        .notACheckpoint, "is empty; the download or the save did not finish, get it again")
    }
    let start = [UInt8](data.prefix(512))
    func begins(_ bytes: [UInt8]) -> Bool { start.starts(with: bytes) }
    func begins(_ text: String) -> Bool { start.starts(with: text.utf8) }
    func not(_ message: String) -> CheckpointError { CheckpointError(.notACheckpoint, message) }

    if begins([0x50, 0x4B, 3, 4]) { return .zip }
    if begins([0x93] + "NUMPY".utf8) { return .npy }
    if begins([0x50, 0x4B, 5, 6]) {
      throw not("is an empty zip archive; saving the model failed, save it again")
    }
    if begins("version https://git-lfs") {
      throw not(
        "is a Git LFS pointer, a text that stands for the real file; run \"git lfs pull\"")
    }
    let text = String(decoding: start, as: UTF8.self).lowercased()
      .trimmingCharacters(in: .whitespacesAndNewlines)
    if text.hasPrefix("<!doctype") || text.hasPrefix("<html") || text.hasPrefix("<?xml") {
      throw not(
        "is an HTML page that was saved under this name; log in, or use the direct link, and "
          + "download the model again")
    }
    if begins([0x80]), start.dropFirst(2).prefix(32).contains(LegacyFile.magic) { return .legacy }
    if begins("{") || begins("[") {
      throw not(
        "is JSON text: an architecture file, which belongs to --arch, or the error message of a "
          + "server instead of the model")
    }
    if start.count > 262, start[257..<262].elementsEqual("ustar".utf8) {
      throw CheckpointError(
        .unsupported,
        "is a tar archive; extract it, or save a model of PyTorch before 0.1.10 again")
    }
    if isSafetensors(start) { return .safetensors }
    for (bytes, message) in foreign where begins(bytes) { throw not(message) }
    if begins([0x80]), start.count > 1, start[1] <= 5 {
      throw CheckpointError(
        .unsupported,
        "is a bare pickle, as Caffe2 or numpy programs write it, and not what torch.save writes; "
          + "load it in Python and save its tensors with torch.save")
    }
    throw not(
      "starts with \(start.prefix(8).map { String($0, radix: 16) }.joined(separator: " ")), "
        + "which is no format of PyTorch, safetensors or numpy")
  }

  private static let foreign: [([UInt8], String)] = [
    ([0x1F, 0x8B], "is compressed with gzip; decompress it first"),
    ([0x28, 0xB5, 0x2F, 0xFD], "is compressed with zstd; decompress it first"),
    ([0x37, 0x7A, 0xBC, 0xAF], "is a 7z archive; extract the model first"),
    ([0x89, 0x48, 0x44, 0x46], "is an HDF5 file; save the model with torch.save"),
    (Array("GGUF".utf8), "is a GGUF file; use the checkpoint it was made from"),
    (Array("PYTORCH1".utf8), "is in a format that PyTorch itself does not read any more"),
    ([0x08], "looks like an ONNX file; use the PyTorch checkpoint it was exported from"),
  ]

  /// Eight bytes of length, then a JSON object.
  private static func isSafetensors(_ start: [UInt8]) -> Bool {
    guard start.count >= 9, start[8] == UInt8(ascii: "{") else { return false }
    return start[4..<8].allSatisfy { $0 == 0 }
  }
}
