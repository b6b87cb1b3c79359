public import Foundation
public import Tensors

/// Writes tensors as safetensors.
///
/// The widest element types come first, so that all elements are aligned, and names are in order
/// among the same width: the file of the same tensors is always the same.
///
/// ```swift
/// var writer = SafetensorsWriter()
/// writer.add("output", output)
/// try writer.write(to: "output.safetensors")
/// ```
public struct SafetensorsWriter {
  private struct Entry {
    let name: String
    let dtype: String
    let width: Int
    let shape: [Int]
    let bytes: Data
  }

  private var entries: [Entry] = []
  private var names: Set<String> = []
  private let metadata: [String: String]

  /// Makes an empty file.
  ///
  /// - Parameter metadata: notes for the header, texts by name.
  public init(metadata: [String: String] = [:]) { self.metadata = metadata }

  /// Adds a tensor of `Float`, as it is.
  ///
  /// - Precondition: no tensor has that name yet.
  public mutating func add(_ name: String, _ tensor: Tensor) {
    append(name, "F32", 4, tensor.shape, bytes(tensor.scalars.lazy.map(\.bitPattern)))
  }

  /// Adds a tensor of `Double`, as it is.
  ///
  /// - Precondition: no tensor has that name yet.
  public mutating func add(_ name: String, _ tensor: Tensor64) {
    append(name, "F64", 8, tensor.shape, bytes(tensor.scalars.lazy.map(\.bitPattern)))
  }

  /// Adds integers of 64 bits.
  ///
  /// - Precondition: no tensor has that name yet, and the shape, where there is one, has as many
  ///   elements.
  public mutating func add(_ name: String, integers: [Int], shape: Shape? = nil) {
    append(name, "I64", 8, shape ?? Shape([integers.count]), bytes(integers))
  }

  /// Adds elements of any type as the bytes they have.
  ///
  /// - Parameters:
  ///   - name: what the tensor is called.
  ///   - shape: the axis lengths.
  ///   - scalarType: the element type.
  ///   - bytes: the elements in row-major order, the lowest byte of each first.
  /// - Throws: ``CheckpointError`` where the format has no such type.
  /// - Precondition: no tensor has that name yet, and there are as many bytes as shape and type say.
  public mutating func add(
    _ name: String, shape: Shape, scalarType: ScalarType, littleEndianBytes bytes: [UInt8]
  ) throws(CheckpointError) {
    guard let dtype = scalarType.safetensorsName(rank: shape.rank) else {
      throw CheckpointError(
        .unsupported, "is of type \(scalarType.name), which safetensors does not have", entry: name)
    }
    append(name, dtype, scalarType.size, shape, Data(bytes))
  }

  private mutating func append(
    _ name: String, _ dtype: String, _ width: Int, _ shape: Shape, _ bytes: Data
  ) {
    precondition(names.insert(name).inserted, "two tensors are called \(name)")
    precondition(
      bytes.count == shape.count * width, "\(name) has \(bytes.count) bytes for \(shape)")
    entries.append(
      Entry(name: name, dtype: dtype, width: width, shape: shape.axes, bytes: bytes))
  }

  private func bytes(_ values: some Collection<some FixedWidthInteger>) -> Data {
    Data([UInt8](littleEndian: values))
  }

  /// The bytes of the file.
  public var data: Data {
    let ordered = entries.sorted { ($1.width, $0.name) < ($0.width, $1.name) }
    let header = SafetensorsHeader(
      ordered.map { .init(name: $0.name, dtype: $0.dtype, width: $0.width, shape: $0.shape) },
      metadata: metadata)
    var data = header.bytes
    for index in header.order { data += ordered[index].bytes }
    return data
  }

  /// Writes the file: completely, or not at all.
  ///
  /// - Parameter path: where to; a file that is there is replaced.
  /// - Throws: ``CheckpointError`` where it cannot be written.
  public func write(to path: String) throws(CheckpointError) {
    try AtomicFile.write(data, to: OutputFile(FilePath(path), replacing: true))
  }
}
