public import Foundation
import Tensors

/// A file that PyTorch or a program like it wrote: tensors by path, and the objects around them.
///
/// What kind of file it is is told from its bytes, never from its name. Opening reads directories
/// and the pickle; the bytes of a tensor are read, and compared with their checksum, when it is asked
/// for. Nothing in the file is executed.
///
/// ```swift
/// let checkpoint = try Checkpoint(contentsOf: "model.pt")
/// for tensor in checkpoint.tensors { print(tensor.path, tensor.shape) }
/// let epoch = checkpoint.root?["epoch"]?.int
/// ```
public struct Checkpoint: Sendable {
  /// What kind of file it is.
  public enum Format: String, Hashable, Sendable, CaseIterable {
    /// The zip archive of `torch.save`, since version 1.6.
    case zip
    /// The pickles one after the other of `torch.save`, before version 1.6.
    case legacy
    /// The tar archive of `torch.save`, before version 0.1.10.
    case tar
    /// The format of Hugging Face.
    case safetensors
    /// One array of numpy.
    case npy
    /// Several arrays of numpy, in a zip archive.
    case npz
    /// A program of `torch.export.save`, with its weights.
    case exported
  }

  /// The file's name, for messages.
  public let name: String

  /// What kind of file it is.
  public let format: Format

  /// The size of the file.
  public let byteCount: Int

  /// What was pickled; nil for a format without objects.
  public let root: PickledValue?

  /// Every tensor that can be reached from the root, in the order of the file.
  public let tensors: [StoredTensor]

  /// The classes and functions that the pickle names, sorted.
  public let globals: [GlobalUse]

  /// The notes in the header of a safetensors file, texts by name; empty for other formats.
  public let metadata: [String: String]

  /// The program of an exported file; nil for other formats.
  package let program: ExportedProgram?

  private let objects: TorchObjects?
  private let contents: FileContents

  /// Opens a file, which stays open as long as the checkpoint or one of its tensors is there.
  ///
  /// Of a large file only what is asked for is in memory. A file that gets shorter meanwhile is an error
  /// when what is missing is read.
  ///
  /// - Parameters:
  ///   - path: of the file.
  ///   - limits: how much it may ask for.
  /// - Throws: ``CheckpointError`` where it cannot be read or is not a checkpoint.
  public init(contentsOf path: FilePath, limits: Limits = .standard) throws(CheckpointError) {
    let file = try CheckpointError.at(file: path.description) { () throws(CheckpointError) in
      try OpenFile(path)
    }
    try self.init(path.name.description, FileContents(file), limits)
  }

  /// Opens a file by a path that is a text; see ``init(contentsOf:limits:)-(FilePath,_)``.
  ///
  /// - Parameters:
  ///   - path: of the file.
  ///   - limits: how much it may ask for.
  /// - Throws: ``CheckpointError`` where it cannot be read or is not a checkpoint.
  public init(contentsOf path: String, limits: Limits = .standard) throws(CheckpointError) {
    try self.init(contentsOf: FilePath(path), limits: limits)
  }

  /// Reads a file that is in memory.
  ///
  /// - Parameters:
  ///   - name: what to call it in messages.
  ///   - data: its bytes.
  ///   - limits: how much it may ask for.
  /// - Throws: ``CheckpointError`` where it is not a checkpoint.
  public init(
    name: String, data: Data, limits: Limits = .standard
  ) throws(CheckpointError) {
    // Offsets in the file are indices from here on.
    let bytes = data.startIndex == 0 ? data : Data(Array(data))
    try self.init(name, FileContents(bytes), limits)
  }

  init(
    _ name: String, _ contents: FileContents, _ limits: Limits
  ) throws(CheckpointError) {
    let parts = try CheckpointError.at(file: name) { () throws(CheckpointError) in
      try Parts(of: contents, file: name, limits.fitting(fileSize: contents.count))
    }
    self.name = name
    self.contents = contents
    byteCount = contents.count
    (format, objects, metadata) = (parts.format, parts.objects, parts.metadata)
    program = parts.program
    (root, globals) = (parts.objects?.root, parts.objects?.globals ?? [])
    tensors = parts.objects?.tensors ?? parts.tensors
  }
  /// The SHA-256 of the file that was opened, in hexadecimal digits: of the bytes that its tensors are
  /// read from, even if another file has taken its name since.
  ///
  /// Reads the whole file, piece by piece.
  ///
  /// - Throws: ``CheckpointError`` where the file cannot be read, or has become shorter.
  public func sha256() throws(CheckpointError) -> String {
    var hash = SHA256()
    try CheckpointError.at(file: name) { () throws(CheckpointError) in
      try contents.forEachPiece { hash.update($0) }
    }
    return hexadecimal(hash.digest)
  }

  /// The tensor that a value of the pickle is; nil where it is something else.
  ///
  /// - Parameters:
  ///   - value: any value below ``root``.
  ///   - path: what the tensor is called.
  /// - Returns: the tensor, or nil.
  /// - Throws: ``CheckpointError`` where it is a tensor that contradicts itself.
  public func tensor(
    _ value: PickledValue, path: String
  ) throws(CheckpointError) -> StoredTensor? {
    guard let objects else { return nil }
    return try CheckpointError.at(file: name) { () throws(CheckpointError) in
      try objects.tensor(value, path: path)
    }
  }
}

extension Checkpoint {
  /// What is read when a file is opened.
  private struct Parts {
    let format: Format
    /// What was pickled, and the tensors in it; nil for a format without objects.
    var objects: TorchObjects?
    /// The tensors of a format without objects.
    var tensors: [StoredTensor] = []
    var metadata: [String: String] = [:]
    /// The program of an exported file.
    var program: ExportedProgram?

    init(
      of contents: FileContents, file: String, _ limits: Limits
    ) throws(CheckpointError) {
      let fileSize = contents.count
      switch try FileKind.recognize(contents) {
      case .zip:
        let archive = try ZipArchive(contents, limits: limits)
        let isNumpy =
          !archive.entries.isEmpty && archive.entries.allSatisfy { $0.name.hasSuffix(".npy") }
        if isNumpy {
          format = .npz
          tensors = try NumpyReader.tensors(
            of: archive, file: file, fileSize: fileSize, limits: limits)
        } else if let exported = ExportedArchive(
          archive, file: file, fileSize: fileSize, limits: limits)
        {
          format = .exported
          let found = try exported.contents()
          (tensors, program) = (found.tensors, found.program)
        } else {
          format = .zip
          objects = try TorchArchive(archive, limits: limits)
            .objects(file: file, fileSize: fileSize)
        }
      case .legacy:
        format = .legacy
        var legacy = LegacyFile(contents, limits: limits)
        objects = try legacy.objects(file: file)
      case .tar:
        format = .tar
        objects = try TarFile(contents, file: file, limits: limits).objects()
      case .safetensors:
        format = .safetensors
        (tensors, metadata) = try SafetensorsReader.read(contents, file: file, limits: limits)
      case .npy:
        format = .npy
        tensors = [try NumpyReader.tensor(of: contents, file: file, limits: limits)]
      }
    }
  }
}
