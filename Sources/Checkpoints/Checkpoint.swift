public import Foundation
import Tensors

/// A file that PyTorch or a program like it wrote: tensors by path, and the objects around them.
///
/// What kind of file it is is told from its bytes, never from its name. Opening reads directories
/// and the pickle; the bytes of a tensor are read, and compared with their checksum, when it is asked
/// for. Nothing in the file is executed.
public struct Checkpoint: Sendable {
  /// What kind of file it is.
  public enum Format: String, Hashable, Sendable {
    /// The zip archive of `torch.save`.
    case zip
    /// What `torch.save` wrote before version 1.6.
    case legacy
    /// The format of the library of that name: tensors and nothing else.
    case safetensors
    /// One array of numpy.
    case npy
    /// Several arrays of numpy, in a zip archive.
    case npz
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

  private let reader: TensorReader?

  /// Opens a file by mapping it to memory.
  ///
  /// - Throws: ``CheckpointError`` where it cannot be read or is no checkpoint.
  public init(contentsOf path: String, limits: Limits = .standard) throws(CheckpointError) {
    let name = URL(filePath: path).lastPathComponent
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
    } catch {
      let reason = (error as NSError).localizedDescription
      throw CheckpointError(.file, "cannot be read: \(reason)", file: path)
    }
    try self.init(name: name, data: data, limits: limits)
  }

  /// Reads a file that is in memory.
  ///
  /// - Throws: ``CheckpointError`` where it is no checkpoint.
  public init(
    name: String, data: Data, limits: Limits = .standard
  ) throws(CheckpointError) {
    do throws(CheckpointError) {
      try self.init(named: name, data, limits)
    } catch {
      throw error.at(file: name)
    }
  }

  private init(named name: String, _ data: Data, _ limits: Limits) throws(CheckpointError) {
    self.name = name
    byteCount = data.count
    switch try FileKind.recognize(data) {
    case .zip:
      let archive = try ZipArchive(data, limits: limits)
      if !archive.entries.isEmpty, archive.entries.allSatisfy({ $0.name.hasSuffix(".npy") }) {
        format = .npz
        tensors = try NumpyReader.tensors(of: archive, file: name, limits: limits)
        (root, reader) = (nil, nil)
        return
      }
      format = .zip
      let torch = try TorchArchive(archive, file: name, limits: limits)
      root = torch.root
      reader = torch.reader
      tensors = try torch.reader.tensors(below: torch.root)
    case .legacy:
      format = .legacy
      let legacy = try LegacyFile(data, file: name, limits: limits)
      root = legacy.root
      reader = legacy.reader
      tensors = try legacy.reader.tensors(below: legacy.root)
    case .safetensors:
      format = .safetensors
      tensors = try SafetensorsReader.tensors(of: data, file: name, limits: limits)
      (root, reader) = (nil, nil)
    case .npy:
      format = .npy
      tensors = [try NumpyReader.tensor(of: data, path: "", file: name, limits: limits)]
      (root, reader) = (nil, nil)
    }
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
    guard let reader else { return nil }
    do throws(CheckpointError) {
      return try reader.tensor(value, path: path)
    } catch {
      throw error.at(file: name)
    }
  }

  /// The globals that the pickle names, sorted, and whether any of them is understood as a tensor.
  public var globals: [(name: String, isUnderstood: Bool)] {
    guard let root else { return [] }
    var names: Set<String> = []
    for content in root.graph.contents {
      if case .global(let module, let name) = content { names.insert(module + "." + name) }
    }
    return names.sorted().map { name in
      let last = name.split(separator: ".").last.map(String.init) ?? ""
      let known =
        name == "collections.OrderedDict" || name.hasPrefix("torch.") && name.hasSuffix("Storage")
        || TensorReader.functions.contains(last)
      return (name, known)
    }
  }
}
