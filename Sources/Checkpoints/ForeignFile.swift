import Foundation

/// What a file is that is no checkpoint, and what to do about it.
///
/// Only the start of a file is looked at: that is what a format is told by, and it costs nothing.
struct ForeignFile {
  private let start: [UInt8]
  /// The start as text, without a mark of byte order, spaces before it, and capital letters.
  private let text: String

  /// Says what the start of a file that is no checkpoint belongs to.
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
    for (place, bytes, message) in ForeignFile.signatures
    where start.dropFirst(place).starts(with: bytes) {
      return message
    }
    // The first field of an ONNX model is its version, a small number; others of the kind have it too.
    guard start[0] == 8 || start[0] == 0x12 && contains("pytorch") else { return nil }
    if contains("serve") || contains("saved_model") {
      return "looks like a TensorFlow model; use a PyTorch checkpoint of the network"
    }
    return "looks like a model of ONNX or Core ML; use the PyTorch checkpoint it was exported from"
  }

  private var unknown: String {
    let shown = start.prefix(8).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
      .joined(separator: " ")
    return "starts with the bytes \(shown), which is no format that is read: a file of torch.save, "
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
        + "folder with \"python -m torch.distributed.checkpoint.format_utils dcp_to_torch FOLDER "
        + "model.pt\""
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

// Texts.
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

// Formats by their first bytes.
extension ForeignFile {
  /// Where the bytes are, the bytes, and what a file with them is.
  private static let signatures: [(Int, [UInt8], String)] =
    compressed + models + others

  private static func text(_ word: String, at place: Int = 0, _ message: String) -> (
    Int, [UInt8], String
  ) { (place, Array(word.utf8), message) }

  private static func packed(_ bytes: [UInt8], _ program: String) -> (Int, [UInt8], String) {
    (0, bytes, "is compressed with \(program); decompress it first")
  }

  private static func archive(_ bytes: [UInt8], _ kind: String) -> (Int, [UInt8], String) {
    (0, bytes, "is \(kind) archive; extract the model first")
  }

  private static let compressed: [(Int, [UInt8], String)] =
    [
      packed([0x1F, 0x8B], "gzip"), packed([0x28, 0xB5, 0x2F, 0xFD], "zstd"),
      packed([0xFD, 0x37, 0x7A, 0x58, 0x5A], "xz"), packed(Array("BZh".utf8), "bzip2"),
      packed([4, 0x22, 0x4D, 0x18], "lz4"), packed(Array("LZIP".utf8), "lzip"),
      packed([0x1F, 0x9D], "compress"), packed([0x5D, 0, 0], "lzma"),
      packed([0xFF, 6, 0, 0] + Array("sNaPpY".utf8), "snappy"),
      archive([0x37, 0x7A, 0xBC, 0xAF], "a 7z"), archive(Array("Rar!".utf8), "a RAR"),
      archive(Array("MSCF".utf8), "a cabinet"), archive(Array("!<arch>".utf8), "an ar"),
      archive(Array("070701".utf8), "a cpio"), archive(Array("hsqs".utf8), "a squashfs"),
      archive(Array("xar!".utf8), "a xar"),
    ]
    + [1, 0x5E, 0x9C, 0xDA].map { packed([0x78, $0], "zlib, as joblib does it") }
    + (0..<16).map { packed([0x50 + $0, 0x2A, 0x4D, 0x18], "zstd") }

  private static let models: [(Int, [UInt8], String)] = [
    (
      0, [0x89] + Array("HDF".utf8),
      "is an HDF5 file, as Keras and MATLAB write it; save the model with torch.save"
    ),
    text("GGUF", "is a GGUF file; use the checkpoint it was made from"),
    text("lmgg", "is a GGML file; use the checkpoint it was made from"),
    text("tjgg", "is a GGML file; use the checkpoint it was made from"),
    text("fmgg", "is a GGML file; use the checkpoint it was made from"),
    text("PYTORCH1", "is in a format that PyTorch itself does not read any more"),
    text("PTMF", at: 4, "is a model for PyTorch Mobile; use the checkpoint it was made from"),
    text("ET1", at: 4, "is a program of ExecuTorch; use the checkpoint it was made from"),
    text("TFL3", at: 4, "is a model of TensorFlow Lite, expected a checkpoint of PyTorch"),
    text("ptrt", "is an engine of TensorRT; use the checkpoint it was made from"),
    text("ftrt", "is an engine of TensorRT; use the checkpoint it was made from"),
    (
      0, [4, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0],
      "is a file of Torch7, the program before PyTorch; load it in Python with the package torchfile"
    ),
    (
      0, [0x12, 1, 0, 0, 0, 0, 0, 0],
      "is a file of MXNet, expected a checkpoint of PyTorch"
    ),
    text(
      "MATLAB ", "is a file of MATLAB; load it with scipy.io.loadmat, and save it with numpy.save"),
    text("SQLite format 3", "is a database of SQLite, expected a checkpoint"),
    text("PAR1", "is a table of Parquet, expected a checkpoint"),
    text("ARROW1", "is a table of Arrow, expected a checkpoint"),
    text("Salted__", "is encrypted with openssl; decrypt it first"),
    text("age-encryption.org", "is encrypted with age; decrypt it first"),
    text("-----BEGIN PGP MESSAGE", "is encrypted with PGP; decrypt it first"),
  ]

  private static let others: [(Int, [UInt8], String)] = [
    (0, [0x89] + Array("PNG".utf8), "is a picture, expected a checkpoint"),
    (0, [0xFF, 0xD8, 0xFF], "is a picture, expected a checkpoint"),
    text("GIF8", "is a picture, expected a checkpoint"),
    text("RIFF", "is a picture, a video or a sound, expected a checkpoint"),
    text("ftyp", at: 4, "is a video, expected a checkpoint"),
    (0, [0x1A, 0x45, 0xDF, 0xA3], "is a video, expected a checkpoint"),
    text("%PDF", "is a PDF document, expected a checkpoint"),
    (0, [0x7F] + Array("ELF".utf8), "is a program or a library, expected a checkpoint"),
    (0, [0x4D, 0x5A, 0x90], "is a program or a library, expected a checkpoint"),
    (0, [0xCF, 0xFA, 0xED, 0xFE], "is a program or a library, expected a checkpoint"),
  ]
}
