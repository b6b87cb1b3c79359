import Foundation

/// What a file is that is not a checkpoint, and what to do about it.
///
/// Only the start of a file is looked at: that is what a format is told by, and it costs nothing.
struct ForeignFile {
  private let start: [UInt8]
  /// The start as text, without a mark of byte order, spaces before it, and capital letters.
  private let text: String

  /// Says what the start of a file that is not a checkpoint belongs to.
  ///
  /// - Parameter start: the first 512 bytes, or all there are.
  /// - Returns: the end of a sentence that begins with the name of the file.
  static func explanation(_ start: [UInt8]) -> String {
    guard !start.isEmpty else {
      return "is empty; the download or the save did not finish, get it again"
    }
    let file = ForeignFile(start)
    return file.pretender ?? file.knownBinary ?? file.pickle ?? file.knownText ?? file.unknown
  }

  private init(_ start: [UInt8]) {
    self.start = start
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let content = start.starts(with: mark) ? start[3...] : start[...]
    text = String(decoding: content, as: UTF8.self).lowercased()
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private func contains(_ word: String) -> Bool { start.firstRange(of: Array(word.utf8)) != nil }

  /// A checkpoint that something was done to.
  private var pretender: String? {
    if start.allSatisfy({ $0 == 0 }) {
      return "starts with nothing but zeros; the copy or the download of it did not finish, get it "
        + "again"
    }
    if let place = start.firstRange(of: [0x50, 0x4B, 3, 4])?.lowerBound, place > 0 {
      return "has a zip archive behind \(place) bytes of something else; remove these, or get the "
        + "file again"
    }
    if start.starts(with: [0xEF, 0xBF, 0xBD]) || start.starts(with: [0xC2, 0x80]) {
      return "is a binary file that was converted as if it were text; transfer it again as it is"
    }
    if start.starts(with: Array("PK".utf8)) {
      return start.starts(with: [0x50, 0x4B, 5, 6])
        ? "is an empty zip archive: saving failed, or there was nothing to save; save the model again"
        : "is a part of a zip archive; copy or download it again"
    }
    return nil
  }

  private var knownBinary: String? {
    if let signature = Signature.of(start) { return signature.message }
    // The first field of an ONNX model is its version, a small number; others of the kind have it too.
    guard start[0] == 8 || start[0] == 0x12 && contains("pytorch") else { return nil }
    if contains("serve") || contains("saved_model") {
      return "looks like a TensorFlow model; use a PyTorch checkpoint of the network"
    }
    return "looks like a model of ONNX or Core ML; use the PyTorch checkpoint it was exported from"
  }

  private var unknown: String {
    let shown = hexadecimal(start.prefix(8), separator: " ")
    return
      "starts with the bytes \(shown), which is not a format that is read: a file of torch.save, "
      + "safetensors, .npy or .npz; is it the right file, and is all of it there?"
  }
}

// Pickles that torch.save did not write.
extension ForeignFile {
  private var pickle: String? {
    guard isPickle else { return nil }
    let again = "; load it in Python, and save its tensors with torch.save"
    if contains("119547037146038801333356") {
      return
        "was saved with pickle protocol 0 or 1, which torch.load does not read either; save it "
        + "again without pickle_protocol"
    }
    if contains("joblib.") { return "is a file of joblib" + again }
    if contains("torch.distributed.checkpoint") {
      return "is the index of a distributed checkpoint, without its numbers; make one file of its "
        + "folder with " + FolderExplanation.joiningShards
    }
    if contains("_load_from_bytes") || contains("ctorch") || contains("torch.") {
      return "was written by pickle.dump, not by torch.save" + again
    }
    if contains("blobs") { return "is a pickle of Caffe2" + again }
    return
      "is a bare pickle, as programs of numpy or scikit-learn write it, and not what torch.save "
      + "writes" + again
  }

  private var isPickle: Bool {
    if start[0] == 0x80 { return start.count == 1 || start[1] <= 5 }
    // Protocols 0 and 1 have no mark of their own: a dict or list that is remembered, a name, a number.
    let beginnings = ["(dp", "(lp", "(tp", "}q", "]q", "ccopy_reg\n", "c__", "cnumpy", "ctorch"]
    return beginnings.contains { start.starts(with: $0.utf8) }
      || start == [0x4E, 0x2E] || start.starts(with: "L119547037146038801333356L\n".utf8)
  }
}

// MARK: - Texts

extension ForeignFile {
  private var knownText: String? {
    if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) {
      return "is text in UTF-16, expected a checkpoint; download the file itself"
    }
    if text.hasPrefix("version https://git-lfs") {
      return "is a Git LFS pointer, a text that stands for the real file; run \"git lfs pull\""
    }
    if text.contains("/annex/objects/") {
      return
        "is a pointer of git-annex, a text that stands for the real file; run \"git annex get\""
    }
    if text.hasPrefix("outs:"), text.contains("path:") {
      return "is a pointer of DVC, a text that stands for the real file; run \"dvc pull\""
    }
    if text.hasPrefix("<?xml"), text.contains("<net ") {
      return "is a model of OpenVINO; use the PyTorch checkpoint it was made from"
    }
    if text.hasPrefix("<?xml"), text.contains("<error>") {
      return "is the error message of a server instead of the model; check the link, log in, and "
        + "download it again"
    }
    if ["<!doctype", "<html", "<head", "<!--"].contains(where: text.hasPrefix) {
      return "is an HTML page that was saved under this name; log in, or use the direct link, and "
        + "download the model again"
    }
    if let first = text.first, "{[".contains(first), let json = json { return json }
    return plainText
  }

  /// A JSON object or list, as far as its start tells.
  private var json: String? {
    if text.contains("\"weight_map\"") {
      return "is the index of a checkpoint in several files, which its \"weight_map\" names; give "
        + "one of those, or join them to one file in Python first"
    }
    let next = text.dropFirst().first { !$0.isWhitespace }
    guard next == nil || next == "\"" || next == "}" || text.first == "[" && next != nil,
      !isTable
    else { return nil }
    return "is JSON text: an architecture file, which belongs to --arch, or the error message of a "
      + "server instead of the model"
  }

  /// `[name]` alone on a line, as in TOML and INI.
  private var isTable: Bool {
    guard let line = text.split(whereSeparator: \.isNewline).first else { return false }
    return line.hasPrefix("[") && line.hasSuffix("]")
      && line.dropFirst().dropLast().allSatisfy { $0.isLetter || $0 == "_" || $0 == "." }
  }

  private var plainText: String? {
    guard
      let whole = String(validating: start.prefix(500), as: UTF8.self)
        ?? String(validating: start.prefix(497), as: UTF8.self),
      !whole.unicodeScalars.contains(where: { $0.value < 32 && !(9...13).contains($0.value) })
    else { return nil }
    let line =
      whole.trimmingCharacters(in: .whitespacesAndNewlines)
      .split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    guard !line.isEmpty else { return "is text without a word in it; get the file again" }
    return "is text, and begins with \(line.quoted), expected a checkpoint; where a download gave "
      + "this, it is the answer of the server or a pointer instead of the file"
  }
}
