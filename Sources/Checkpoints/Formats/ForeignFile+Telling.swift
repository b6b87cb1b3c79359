import Foundation

extension ForeignFile {
  /// Tells what the start of a file that is not a checkpoint belongs to.
  ///
  /// Only the start is looked at: that is what a format is told by, and it costs nothing.
  ///
  /// - Parameter start: the first 512 bytes, or all there are.
  init(_ start: [UInt8]) {
    guard !start.isEmpty else {
      self = .empty
      return
    }
    let file = FileStart(start)
    self =
      file.pretender ?? file.knownBinary ?? file.pickle ?? file.knownText
      ?? .unknown(Array(start.prefix(8)))
  }
}

/// The first bytes of a file that is not a checkpoint.
private struct FileStart {
  private let start: [UInt8]
  /// The start as text, without a mark of byte order, spaces before it, and capital letters.
  private let text: String

  init(_ start: [UInt8]) {
    self.start = start
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let content = start.starts(with: mark) ? start[3...] : start[...]
    text = String(decoding: content, as: UTF8.self).lowercased()
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private func contains(_ word: String) -> Bool { start.firstRange(of: Array(word.utf8)) != nil }

  /// A checkpoint that something was done to.
  var pretender: ForeignFile? {
    if start.allSatisfy({ $0 == 0 }) { return .zeros }
    if let place = start.firstRange(of: [0x50, 0x4B, 3, 4])?.lowerBound, place > 0 {
      return .prefixed(bytes: place)
    }
    if start.starts(with: [0xEF, 0xBF, 0xBD]) || start.starts(with: [0xC2, 0x80]) {
      return .converted
    }
    if start.starts(with: Array("PK".utf8)) {
      return start.starts(with: [0x50, 0x4B, 5, 6]) ? .emptyZip : .partOfZip
    }
    return nil
  }

  var knownBinary: ForeignFile? {
    if let signature = Signature.of(start) { return .signature(signature) }
    // The first field of an ONNX model is its version, a small number; others of the kind have it too.
    guard start[0] == 8 || start[0] == 0x12 && contains("pytorch") else { return nil }
    return contains("serve") || contains("saved_model") ? .tensorFlow : .onnx
  }
}

// Pickles that torch.save did not write.
extension FileStart {
  var pickle: ForeignFile? {
    guard isPickle else { return nil }
    if contains("119547037146038801333356") { return .oldProtocol }
    if contains("joblib.") { return .joblib }
    if contains("torch.distributed.checkpoint") { return .distributedIndex }
    if contains("_load_from_bytes") || contains("ctorch") || contains("torch.") {
      return .pickledTensors
    }
    return contains("blobs") ? .caffe2 : .pickle
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

extension FileStart {
  var knownText: ForeignFile? {
    if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) { return .utf16 }
    if text.hasPrefix("version https://git-lfs") { return .pointer(.lfs) }
    if text.contains("/annex/objects/") { return .pointer(.annex) }
    if text.hasPrefix("outs:"), text.contains("path:") { return .pointer(.dvc) }
    if text.hasPrefix("<?xml"), text.contains("<net ") { return .openVINO }
    if text.hasPrefix("<?xml"), text.contains("<error>") { return .serverError }
    if ["<!doctype", "<html", "<head", "<!--"].contains(where: text.hasPrefix) { return .html }
    if let first = text.first, "{[".contains(first), let json { return json }
    return plainText
  }

  /// A JSON object or list, as far as its start tells.
  private var json: ForeignFile? {
    if text.contains("\"weight_map\"") { return .index }
    let next = text.dropFirst().first { !$0.isWhitespace }
    guard next == nil || next == "\"" || next == "}" || text.first == "[" && next != nil,
      !isTable
    else { return nil }
    return .json
  }

  /// `[name]` alone on a line, as in TOML and INI.
  private var isTable: Bool {
    guard let line = text.split(whereSeparator: \.isNewline).first else { return false }
    return line.hasPrefix("[") && line.hasSuffix("]")
      && line.dropFirst().dropLast().allSatisfy { $0.isLetter || $0 == "_" || $0 == "." }
  }

  private var plainText: ForeignFile? {
    guard
      let whole = String(validating: start.prefix(500), as: UTF8.self)
        ?? String(validating: start.prefix(497), as: UTF8.self),
      !whole.unicodeScalars.contains(where: { $0.value < 32 && !(9...13).contains($0.value) })
    else { return nil }
    let line =
      whole.trimmingCharacters(in: .whitespacesAndNewlines)
      .split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    return line.isEmpty ? .blank : .words(line.bounded)
  }
}
