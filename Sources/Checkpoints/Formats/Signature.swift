/// The first bytes of a format that is not a checkpoint's, and what a file with them is.
struct Signature: Hashable, Sendable {
  /// Where the bytes are.
  private let place: Int
  private let bytes: [UInt8]
  /// The end of a sentence that begins with the name of the file.
  let message: String

  private init(_ bytes: [UInt8], at place: Int = 0, _ message: String) {
    (self.bytes, self.place, self.message) = (bytes, place, message)
  }

  private init(_ word: String, at place: Int = 0, _ message: String) {
    self.init(Array(word.utf8), at: place, message)
  }

  /// The format that a file starts with; nil for one that is not known.
  static func of(_ start: [UInt8]) -> Signature? {
    all.first { start.dropFirst($0.place).starts(with: $0.bytes) }
  }

  private static let all = packed + archives + models + tables + media

  private static let packed: [Signature] = {
    var programs: [([UInt8], String)] = [
      ([0x1F, 0x8B], "gzip"), ([0x28, 0xB5, 0x2F, 0xFD], "zstd"),
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "xz"), (Array("BZh".utf8), "bzip2"),
      ([4, 0x22, 0x4D, 0x18], "lz4"), (Array("LZIP".utf8), "lzip"), ([0x1F, 0x9D], "compress"),
      ([0x5D, 0, 0], "lzma"), ([0xFF, 6, 0, 0] + Array("sNaPpY".utf8), "snappy"),
    ]
    programs += [1, 0x5E, 0x9C, 0xDA].map { ([0x78, $0], "zlib, as joblib does it") }
    programs += (0..<16).map { ([0x50 + $0, 0x2A, 0x4D, 0x18], "zstd") }
    return programs.map { Signature($0, "is compressed with \($1); decompress it first") }
  }()

  private static let archives: [Signature] = [
    ([0x37, 0x7A, 0xBC, 0xAF], "a 7z"), (Array("Rar!".utf8), "a RAR"),
    (Array("MSCF".utf8), "a cabinet"), (Array("!<arch>".utf8), "an ar"),
    (Array("070701".utf8), "a cpio"), (Array("hsqs".utf8), "a squashfs"),
    (Array("xar!".utf8), "a xar"),
  ].map { Signature($0, "is \($1) archive; extract the model first") }

  private static let models: [Signature] = {
    let source = "use the checkpoint it was made from"
    return [
      Signature(
        [0x89] + Array("HDF".utf8),
        "is an HDF5 file, as Keras and MATLAB write it; save the model with torch.save"),
      Signature("GGUF", "is a GGUF file; \(source)"),
      Signature("lmgg", "is a GGML file; \(source)"),
      Signature("tjgg", "is a GGML file; \(source)"),
      Signature("fmgg", "is a GGML file; \(source)"),
      Signature("PYTORCH1", "is in a format that PyTorch itself does not read any more"),
      Signature("PTMF", at: 4, "is a model for PyTorch Mobile; \(source)"),
      Signature("ET1", at: 4, "is a program of ExecuTorch; \(source)"),
      Signature("TFL3", at: 4, "is a model of TensorFlow Lite, expected a checkpoint of PyTorch"),
      Signature("ptrt", "is an engine of TensorRT; \(source)"),
      Signature("ftrt", "is an engine of TensorRT; \(source)"),
      Signature(
        [4, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0],
        "is a file of Torch7, the program before PyTorch; load it in Python with the package "
          + "torchfile"),
      Signature(
        [0x12, 1, 0, 0, 0, 0, 0, 0], "is a file of MXNet, expected a checkpoint of PyTorch"),
    ]
  }()

  private static let tables: [Signature] = [
    Signature(
      "MATLAB ",
      "is a file of MATLAB; load it with scipy.io.loadmat, and save it with numpy.save"),
    Signature("SQLite format 3", "is a database of SQLite, expected a checkpoint"),
    Signature("PAR1", "is a table of Parquet, expected a checkpoint"),
    Signature("ARROW1", "is a table of Arrow, expected a checkpoint"),
    Signature("Salted__", "is encrypted with openssl; decrypt it first"),
    Signature("age-encryption.org", "is encrypted with age; decrypt it first"),
    Signature("-----BEGIN PGP MESSAGE", "is encrypted with PGP; decrypt it first"),
  ]

  private static let media: [Signature] = {
    let picture = "is a picture, expected a checkpoint"
    let program = "is a program or a library, expected a checkpoint"
    return [
      Signature([0x89] + Array("PNG".utf8), picture), Signature([0xFF, 0xD8, 0xFF], picture),
      Signature("GIF8", picture),
      Signature("RIFF", "is a picture, a video or a sound, expected a checkpoint"),
      Signature("ftyp", at: 4, "is a video, expected a checkpoint"),
      Signature([0x1A, 0x45, 0xDF, 0xA3], "is a video, expected a checkpoint"),
      Signature("%PDF", "is a PDF document, expected a checkpoint"),
      Signature([0x7F] + Array("ELF".utf8), program), Signature([0x4D, 0x5A, 0x90], program),
      Signature([0xCF, 0xFA, 0xED, 0xFE], program),
    ]
  }()
}
