public import Tensors

/// A file of a few tensors by name, as a result is kept: its name tells the format.
///
/// ```swift
/// let format = TensorFile.Format(fileExtension: "npz")
/// try format?.write([("output", TensorSource(output))], to: target)
/// ```
package enum TensorFile {
  /// A format of such files.
  package enum Format: String, Hashable, Sendable, CaseIterable {
    /// The format of Hugging Face.
    case safetensors
    /// One array of numpy, without a name.
    case npy
    /// Several arrays of numpy.
    case npz
    /// The zip archive of `torch.save`, with a dict of tensors.
    case torch = "zip"

    /// The ends of names that stand for the format.
    package var fileExtensions: [String] {
      switch self {
      case .safetensors: ["safetensors"]
      case .npy: ["npy"]
      case .npz: ["npz"]
      case .torch: ["pt", "pth", "ckpt", "bin"]
      }
    }

    /// The format that a name ends in; nil where that is not known.
    ///
    /// - Parameter fileExtension: without a dot, in lower case.
    package init?(fileExtension: String) {
      let found = Format.allCases.first { $0.fileExtensions.contains(fileExtension) }
      guard let found else { return nil }
      self = found
    }

    /// Writes a file, reads it again, compares every bit, and only then gives it its name.
    ///
    /// - Parameters:
    ///   - tensors: by name, in order.
    ///   - target: where to.
    /// - Throws: ``CheckpointError`` where a tensor cannot be read or written, the format does not have
    ///   its type, or the disk is full; the path then holds what it held before.
    /// - Precondition: no two tensors have the same name, and there is one where the format holds one.
    package func write(
      _ tensors: [(name: String, tensor: TensorSource)], to target: OutputFile
    ) throws(CheckpointError) {
      switch self {
      case .safetensors: try SafetensorsFile.write(tensors, to: target)
      case .torch:
        try TorchWriter.write(.dict(tensors.map { ($0.name, .tensor($0.tensor)) }), to: target)
      case .npy:
        precondition(tensors.count == 1, "an .npy file holds one array")
        try numpy([("", tensors[0].tensor)], to: target)
      case .npz: try numpy(tensors.map { ($0.name, $0.tensor) }, to: target)
      }
    }

    private func numpy(
      _ tensors: [(path: String, tensor: TensorSource)], to target: OutputFile
    ) throws(CheckpointError) {
      do throws(CheckpointError) {
        let file = try PendingFile(target)
        if self == .npy {
          try NumpyFile.write(tensors[0].path, tensors[0].tensor, to: file)
        } else {
          try NumpyFile.write(tensors.map { ($0.path, $0.tensor) }, to: file)
        }
        try file.synchronize()
        try WrittenFile(file).compare(tensors)
        try file.publish()
      } catch {
        throw error.renaming(file: target.path.description)
      }
    }
  }
}

extension TensorSource {
  /// Takes a tensor that is in memory, as it is.
  public init(_ tensor: Tensor) {
    self.init(shape: tensor.shape, scalarType: .float32) { () throws(CheckpointError) in
      [UInt8](littleEndian: tensor.scalars.lazy.map(\.bitPattern))
    }
  }

  /// Takes integers of 64 bits, in one axis.
  public init(integers: [Int]) {
    self.init(shape: Shape([integers.count]), scalarType: .int64) { () throws(CheckpointError) in
      [UInt8](littleEndian: integers)
    }
  }
}

extension [UInt8] {
  /// The bytes of numbers, the lowest of each first.
  init(littleEndian values: some Collection<some FixedWidthInteger>) {
    self = []
    for value in values {
      if isEmpty { reserveCapacity(values.count * value.bitWidth / 8) }
      for index in 0..<value.bitWidth / 8 {
        append(UInt8(truncatingIfNeeded: value >> (8 * index)))
      }
    }
  }
}
